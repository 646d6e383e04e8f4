// The rules of one AUTH_MODE, made from firestore.rules. Rules cannot read a function's setting, so the mode
// is written into them:
//
//   node infra/rules.mjs              predeploy of firebase.json: by config/.env.PROJECT, into build/
//   node infra/rules.mjs MODE FILE    `dev.py up`

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { Problem } from "./problem.mjs";
import * as settings from "./settings.mjs";

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const SWITCH = /(function isOpen\(\) \{\s*return )false;/;

/** The rules with the answer of isOpen(). */
export function rulesOf(text, mode) {
  if (!SWITCH.test(text)) throw new Problem("firestore.rules has no function isOpen() that returns false");
  return mode === "open" ? text.replace(SWITCH, "$1true;") : text;
}

function main([mode, file]) {
  const { GCLOUD_PROJECT: project } = process.env;
  if (!mode && !project) throw new Problem("this is run by `firebase deploy`");
  const text = readFileSync(join(ROOT, "firestore.rules"), "utf8");
  const rules = rulesOf(text, mode ?? settings.authMode(project));
  const path = file ?? join(ROOT, "build", "firestore.rules");
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, rules);
}

try {
  main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof Problem)) throw error;
  console.error(`infra/rules.mjs: ${error.message}`);
  process.exitCode = 1;
}
