// `firebase deploy` uploads a codebase's own folder and nothing else: what the function shares with others
// is copied into it before, and taken out after.
//
// A copy is a folder with a .gitignore of its own. Git does not see it, the upload leaves only that file
// out, and a folder that is no such copy is never removed.

import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { Problem } from "./problem.mjs";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const MARK = "# copied for a deploy\n";
const LEFT_OUT = new Set(["__pycache__", ".gitignore"]);

/** Copies these packages (`shared`, or groups) into a folder, in place of earlier copies. */
export function add(folder, names) {
  remove(folder);
  for (const name of names) {
    const from = home(name);
    const to = join(folder, name);
    if (existsSync(to) && readdirSync(to).length > 0) {
      throw new Problem(`${to} is not a copy of ${from}: move it away, it would be deployed instead`);
    }
    mkdirSync(to, { recursive: true });
    writeFileSync(join(to, ".gitignore"), `${MARK}*\n`); // first: a broken copy is known as one
    cpSync(from, to, { recursive: true, filter: (path) => !LEFT_OUT.has(basename(path)) });
  }
}

/** Removes the copies in a folder. */
export function remove(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && isCopy(path)) rmSync(path, { recursive: true, maxRetries: 3 });
  }
}

function home(name) {
  const folder = name === "shared" ? join(ROOT, name) : join(ROOT, "functions", name, name);
  if (!existsSync(join(folder, "__init__.py"))) throw new Problem(`${folder} is not a package`);
  return folder;
}

function isCopy(folder) {
  const mark = join(folder, ".gitignore");
  return existsSync(mark) && readFileSync(mark, "utf8").startsWith(MARK);
}
