// `npm run bundle`: each page's modules and what they use from npm, as the few files a browser loads.
//
// pages/NAME/main.js becomes public/lib/NAME.js, and the styles of libraries that it imports NAME.css.
// What several pages share is a file beside it, so that Firebase is loaded once and kept. The kiosk's
// page is served by its function and lies with it.

import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, rm } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const ROOT = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const IN_ITS_FUNCTION = { kiosk: "functions/kiosk/kiosk/static" };
// The viewer of the API writes style attributes and elements, which the policy of our pages refuses.
// Properties it takes. What the elements would say is in public/docs/docs.css, and in viewer.css for
// what lies within its shadow roots.
const VIEWER_WITHOUT_INLINE_STYLES = {
  name: "viewer-without-inline-styles",
  setup({ onLoad }) {
    onLoad({ filter: /openapi-explorer[\\/]dist[\\/]es[\\/]/ }, async ({ path: file }) => {
      if (path.basename(file) === "theme.js") return { contents: 'export default () => "";' };
      const contents = withoutInlineStyles(await readFile(file, "utf8"));
      if (path.basename(file) !== "schema-styles.js") return { contents };
      const ours = path.join(ROOT, "pages", "docs", "viewer.css");
      return { contents: contents.replace("css`", "css`" + (await readFile(ours, "utf8"))) };
    });
  },
};
const OPTIONS = {
  absWorkingDir: ROOT,
  bundle: true,
  splitting: true,
  format: "esm",
  target: "es2022",
  minify: true,
  charset: "utf8",
  legalComments: "external",
  chunkNames: "shared/[hash]",
  loader: { ".png": "dataurl", ".svg": "dataurl" },
  logLevel: "warning",
  // Pages that `dev.py deploy --preset` leaves out; the navigation does not name them.
  define: { HIDDEN_PAGES: JSON.stringify(process.env.SIMPUL_HIDDEN_PAGES ?? "") },
  plugins: [VIEWER_WITHOUT_INLINE_STYLES],
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

/** Templates of lit whose `style="…"` are `.style="…"`, and without elements of style. */
function withoutInlineStyles(code) {
  return code
    .replace(/<style>.*?<\/style>/gs, "")
    .replace(/\sstyle="([^"]*)"/g, (_, style) => (style.includes("${") ? ` .style="${style}"` : ` .style=\${${JSON.stringify(style)}}`));
}

function entry(name) {
  return path.join(ROOT, "pages", name, "main.js");
}

for (const [folder, names] of await pages()) {
  await clear(path.join(ROOT, folder));
  await build({
    ...OPTIONS,
    splitting: folder === "public/lib", // a function serves the one file of its page
    entryPoints: names.map((name) => ({ in: entry(name), out: name })),
    outdir: folder,
  });
  console.log(`${folder}: ${names.join(", ")}`);
}
