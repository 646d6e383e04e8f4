// The settings of a function. The Firebase CLI sets what a codebase's .env.PROJECT says and only that: it
// drops the environmentVariables of a manifest. So that file is written before a deploy, from both, and
// removed after. What a function would refuse to start with is refused here: in a second, not after a build.

import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { Problem } from "./problem.mjs";

const CONFIG = join(dirname(dirname(fileURLToPath(import.meta.url))), "config");

/** Writes a codebase's .env.PROJECT: config/.env.PROJECT, and what its manifest declares. */
export function add(folder, project) {
  const file = `.env.${project}`;
  const own = checked(project);
  const all = `${own.trimEnd()}\n${declared(read(join(folder, "functions.yaml")))}`;
  writeFileSync(join(folder, file), all);
}

export function remove(folder, project) {
  rmSync(join(folder, `.env.${project}`), { force: true });
}

/** The AUTH_MODE of a project. Throws a Problem where there is none. */
export function authMode(project) {
  return parsed(checked(project)).AUTH_MODE;
}

/** The text of config/.env.PROJECT. Throws a Problem where a function would refuse to start with it. */
function checked(project) {
  const file = `.env.${project}`;
  const text = read(join(CONFIG, file));
  const problems = problemsOf(parsed(text));
  if (problems.length > 0) throw new Problem(`config/${file}: ${problems.join("; ")}`);
  return text;
}

function read(path) {
  return existsSync(path) ? readFileSync(path, "utf8") : "";
}

/** The names and values of a dotenv file. */
function parsed(text) {
  const pairs = text.matchAll(/^\s*(?:export\s+)?(\w+)\s*=\s*["']?([^"'#\r\n]*)/gm);
  return Object.fromEntries([...pairs].map(([, name, value]) => [name, value.trim()]));
}

/** The environmentVariables of a manifest, the lines indented below that word, as a dotenv file. */
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
