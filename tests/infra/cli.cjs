// What the Firebase CLI itself would do with a project folder, without a network, by its own modules:
//
//   node tests/infra/cli.cjs PROJECT_DIR
//
// runs the hooks before a deploy, reads every manifest, packs every codebase and runs the hooks after.
// Leaves in PROJECT_DIR an archive CODEBASE.zip for each, and deploy.json: the functions it would make.

const { copyFileSync, writeFileSync } = require("node:fs");
const { join, resolve } = require("node:path");

const CLI = join(__dirname, "..", "..", "node_modules", "firebase-tools", "lib");
const { Config } = require(join(CLI, "config"));
const { lifecycleHooks } = require(join(CLI, "deploy", "lifecycleHooks"));
const { normalizeAndValidate } = require(join(CLI, "functions", "projectConfig"));
const { loadUserEnvs } = require(join(CLI, "functions", "env"));
const { getRuntimeDelegate } = require(join(CLI, "deploy", "functions", "runtimes"));
const { resolveBackend } = require(join(CLI, "deploy", "functions", "build"));
const { allEndpoints, empty } = require(join(CLI, "deploy", "functions", "backend"));
const { prepareFunctionsUpload } = require(join(CLI, "deploy", "functions", "prepareFunctionsUpload"));
const { endpointsAreValid } = require(join(CLI, "deploy", "functions", "validate"));

const projectDir = resolve(process.argv[2]);
const projectId = "demo-deploy";
const config = Config.load({ configPath: join(projectDir, "firebase.json"), cwd: projectDir });
const options = { config, projectRoot: projectDir, projectId, project: projectId, cwd: projectDir };

async function codebase(one) {
  const sourceDir = config.path(one.source);
  const context = { projectId, projectDir, sourceDir, runtime: one.runtime };
  const delegate = await getRuntimeDelegate(context);
  await delegate.validate();
  const build = await delegate.discoverBuild({}, {});
  const userEnvs = loadUserEnvs({ functionsSource: sourceDir, projectId, projectDir });
  const { backend } = await resolveBackend({
    build, userEnvs, codebase: one.codebase, firebaseConfig: { projectId }, nonInteractive: true, isEmulator: false,
  });
  endpointsAreValid(backend, empty());
  const packed = await prepareFunctionsUpload(projectDir, sourceDir, one, [], undefined, {});
  copyFileSync(packed.pathToSource, join(projectDir, `${one.codebase}.zip`)); // the CLI deletes its own
  // As deploy/functions/prepare.js does: what the manifest says of the environment is dropped.
  const endpoints = allEndpoints(backend).map((one) => ({ ...one, environmentVariables: userEnvs }));
  return [one.codebase, endpoints];
}

async function main() {
  for (const target of ["hosting", "functions"]) await lifecycleHooks(target, "predeploy")({}, options);
  const found = [];
  for (const one of normalizeAndValidate(config.get("functions"))) found.push(await codebase(one));
  for (const target of ["hosting", "functions"]) await lifecycleHooks(target, "postdeploy")({}, options);
  writeFileSync(join(projectDir, "deploy.json"), JSON.stringify(Object.fromEntries(found)));
}

main().catch((error) => {
  console.error(error);
  process.exit(1);
});
