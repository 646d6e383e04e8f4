// The API for people: /openapi.json in a viewer that also calls it, in the language of the page.

import i18next from "i18next";
import "openapi-explorer";
import { one } from "../shared/dom.js";
import { frame } from "../shared/frame.js";
import { language, onLanguage, tell } from "../shared/language.js";
import { INDONESIAN, TEXTS } from "./texts.js";

const viewer = one("openapi-explorer");
let api;

/** The document in the language of the page; it is also what the viewer's own words follow. */
function translated() {
  const spoken = structuredClone(api);
  spoken.servers = [{ url: location.origin, description: tell("docs.server") }];
  spoken.info["x-locale"] = language();
  if (language() !== "id") return spoken;
  spoken.info.description = api.info["x-description-id"];
  for (const operation of Object.values(spoken.paths).flatMap(Object.values)) {
    operation.summary = operation["x-summary-id"] ?? operation.summary;
  }
  return spoken;
}

async function show() {
  if (api) await viewer.loadSpec(translated());
}

i18next.on("initialized", () => i18next.addResourceBundle("id", "translation", INDONESIAN));
frame(TEXTS);
onLanguage(show);
try {
  const answer = await fetch("/openapi.json");
  if (!answer.ok) throw new Error(answer.statusText);
  api = await answer.json();
  await show();
} catch {
  viewer.hidden = true;
  one("#problem").dataset.text = "docs.failed";
  one("#problem").textContent = tell("docs.failed");
}
