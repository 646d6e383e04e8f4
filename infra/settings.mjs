// The settings of a function, for the deploy. The Firebase CLI sets what a codebase's .env.PROJECT says,
// and only that: it drops the environmentVariables of a manifest. So that file is written from both:
//
//   predeploy    node infra/settings.mjs add       config/.env.PROJECT and the manifest → .env.PROJECT
//   postdeploy   node infra/settings.mjs remove
//
// What a function would refuse to start with is refused here: in a second, not after a build.

import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const CONFIG = join(dirname(dirname(fileURLToPath(import.meta.url))), "config");
const FILE = `.env.${process.env.GCLOUD_PROJECT}`; // both are set by the CLI
const FOLDER = process.env.RESOURCE_DIR;

class Problem extends Error {}

function read(path) {
  return existsSync(path) ? readFileSync(path, "utf8") : "";
}

/** The names and values of a dotenv file. */
function parsed(text) {
  const pairs = text.matchAll(/^\s*(?:export\s+)?(\w+)\s*=\s*["']?([^"'#\r\n]*)/gm);
  return Object.fromEntries([...pairs].map(([, name, value]) => [name, value.trim()]));
}

/** The environmentVariables of a manifest: the lines that are indented below that word. */
function declared(manifest) {
  const block = /^( *)environmentVariables:[ \t]*\r?\n((?:\1 +\S.*\r?\n?)*)/m.exec(manifest);
  const pairs = (block?.[2] ?? "").matchAll(/^ *(\w+): *["']?([^"'#\r\n]*)/gm);
  return [...pairs].map(([, name, value]) => `${name}=${value.trim()}\n`).join("");
}

function problemsOf(settings) {
  const emulators = Object.keys(settings).filter((name) => name.includes("EMULATOR"));
  const problems = emulators.map((name) => `${name} must not be set`);
  if (!["open", "verified"].includes(settings.AUTH_MODE)) {
    problems.push("AUTH_MODE must be open or verified; begin with a copy of config/env.example");
  }
  return problems;
}

function add() {
  const own = read(join(CONFIG, FILE));
  const problems = problemsOf(parsed(own));
  if (problems.length > 0) throw new Problem(`config/${FILE}: ${problems.join("; ")}`);
  const text = `${own.trimEnd()}\n${declared(read(join(FOLDER, "functions.yaml")))}`;
  writeFileSync(join(FOLDER, FILE), text);
}

try {
  if (!FOLDER || !process.env.GCLOUD_PROJECT) throw new Problem("this is run by `firebase deploy`");
  const actions = { add, remove: () => rmSync(join(FOLDER, FILE), { force: true }) };
  const act = actions[process.argv[2]];
  if (!act) throw new Problem("usage: node infra/settings.mjs add | remove");
  act();
} catch (error) {
  if (!(error instanceof Problem)) throw error;
  console.error(`infra/settings.mjs: ${error.message}`);
  process.exitCode = 1;
}
