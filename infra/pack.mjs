// `firebase deploy` uploads a codebase's own folder and nothing else. This puts what the function
// shares with others into that folder before, and takes it out after:
//
//   predeploy    node infra/pack.mjs add shared [GROUP …]
//   postdeploy   node infra/pack.mjs remove
//
// The CLI names the folder in RESOURCE_DIR. A copy is a folder with a .gitignore of its own: git does
// not see it, the upload leaves only that file out, and what is not such a folder is never removed.

import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const MARK = "# copied for deploy\n";

class Problem extends Error {}

/** The folder that is about to be uploaded. */
function target() {
  const folder = process.env.RESOURCE_DIR;
  if (!folder) throw new Problem("RESOURCE_DIR is not set: this is run by `firebase deploy`");
  return resolve(folder);
}

/** Where a package of this name lives: `shared`, or a group's. */
function home(name) {
  const folder = name === "shared" ? join(ROOT, name) : join(ROOT, "functions", name, name);
  if (!existsSync(join(folder, "__init__.py"))) throw new Problem(`${folder} is not a package`);
  return folder;
}

function isCopy(folder) {
  const mark = join(folder, ".gitignore");
  return existsSync(mark) && readFileSync(mark, "utf8").startsWith(MARK);
}

function remove(into) {
  for (const entry of readdirSync(into, { withFileTypes: true })) {
    const folder = join(into, entry.name);
    if (entry.isDirectory() && isCopy(folder)) rmSync(folder, { recursive: true, maxRetries: 3 });
  }
}

function add(into, names) {
  remove(into); // of a deploy that broke off
  for (const name of names) {
    const from = home(name);
    const to = join(into, name);
    if (existsSync(to) && readdirSync(to).length > 0) {
      throw new Problem(`${to} is not a copy of ${from}: move it away, it would be deployed instead`);
    }
    mkdirSync(to, { recursive: true });
    writeFileSync(join(to, ".gitignore"), `${MARK}*\n`); // first: a broken copy is known as one
    const filter = (path) => basename(path) !== "__pycache__" && basename(path) !== ".gitignore";
    cpSync(from, to, { recursive: true, filter });
  }
}

try {
  const [action, ...names] = process.argv.slice(2);
  if (action === "add" && names.length > 0) add(target(), names);
  else if (action === "remove" && names.length === 0) remove(target());
  else throw new Problem("usage: node infra/pack.mjs add NAME … | remove");
} catch (error) {
  if (!(error instanceof Problem)) throw error;
  console.error(`infra/pack.mjs: ${error.message}`);
  process.exitCode = 1;
}
