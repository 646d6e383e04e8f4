// What `firebase deploy` runs around the upload of each codebase (firebase.json):
//
//   predeploy    node infra/hooks.mjs add shared [GROUP …]
//   postdeploy   node infra/hooks.mjs remove
//
// Both work in the codebase's folder and can be run again at any time, also after a deploy that broke off.

import * as copies from "./copies.mjs";
import { Problem } from "./problem.mjs";
import * as settings from "./settings.mjs";

try {
  const [action, ...names] = process.argv.slice(2);
  const { RESOURCE_DIR: folder, GCLOUD_PROJECT: project } = process.env;
  if (!folder || !project) throw new Problem("this is run by `firebase deploy`");
  if (action === "add" && names.length > 0) {
    settings.add(folder, project);
    copies.add(folder, names);
  } else if (action === "remove" && names.length === 0) {
    settings.remove(folder, project);
    copies.remove(folder);
  } else {
    throw new Problem("usage: node infra/hooks.mjs add NAME … | remove");
  }
} catch (error) {
  if (!(error instanceof Problem)) throw error;
  console.error(`infra/hooks.mjs: ${error.message}`);
  process.exitCode = 1;
}
