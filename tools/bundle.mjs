// `npm run bundle`: each page's modules and what they use from npm, as the few files a browser loads.
//
// pages/NAME/main.js becomes public/lib/NAME.js, and the styles of libraries that it imports NAME.css.
// What several pages share is a file beside it, so that Firebase is loaded once and kept. The kiosk's
// page is served by its function and lies with it.

import { existsSync } from "node:fs";
import { mkdir, readdir, rm } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const ROOT = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const IN_ITS_FUNCTION = { kiosk: "functions/kiosk/kiosk/static" };
const OPTIONS = {
  absWorkingDir: ROOT,
  bundle: true,
  splitting: true,
  format: "esm",
  target: "es2022",
  minify: true,
  legalComments: "linked",
  chunkNames: "shared/[hash]",
  loader: { ".png": "dataurl", ".svg": "dataurl" },
  logLevel: "warning",
};

/** Where the pages go that have an entry: a folder, and the names of those that are for it. */
async function pages() {
  const folders = await readdir(path.join(ROOT, "pages"));
  const found = new Map();
  for (const name of folders.filter((name) => existsSync(entry(name))).sort()) {
    const folder = IN_ITS_FUNCTION[name] ?? "public/lib";
    found.set(folder, [...(found.get(folder) ?? []), name]);
  }
  return found;
}

/** Takes away what an earlier run has made, and nothing that lies beside it. */
async function clear(folder) {
  await mkdir(folder, { recursive: true });
  const made = (await readdir(folder)).filter((name) => /\.js(\.LEGAL\.txt)?$/.test(name));
  const gone = [...made, "shared"].map((name) => path.join(folder, name));
  await Promise.all(gone.map((name) => rm(name, { recursive: true, force: true })));
}

function entry(name) {
  return path.join(ROOT, "pages", name, "main.js");
}

for (const [folder, names] of await pages()) {
  await clear(path.join(ROOT, folder));
  await build({
    ...OPTIONS,
    entryPoints: names.map((name) => ({ in: entry(name), out: name })),
    outdir: folder,
  });
  console.log(`${folder}: ${names.join(", ")}`);
}
