// The first page: what this is, and where everything is.

import { DEMO, DEMO_PASSWORD } from "../shared/demo.js";
import { el, icon, one } from "../shared/dom.js";
import { frame } from "../shared/frame.js";
import { isDemo } from "../shared/hosting.js";
import { translate } from "../shared/language.js";
import { PAGES, TEXTS } from "./texts.js";

function card([name, drawing]) {
  return el("li", {}, el(
    "a",
    { class: "card", href: `/${name}/` },
    icon(drawing),
    el("strong", { "data-text": `nav.${name}` }),
    el("span", { "data-text": `home.${name}` }),
  ));
}

function login([role, email]) {
  return el(
    "tr",
    {},
    el("th", { scope: "row", "data-text": `signin.${role}` }),
    el("td", { class: "code" }, email),
    el("td", { class: "code" }, DEMO_PASSWORD),
    el("td", { "data-text": `home.for.${role}` }),
  );
}

const shown = Object.entries(PAGES).filter(([name]) => !HIDDEN_PAGES.split(",").includes(name));
one("#cards").replaceChildren(...shown.map(card));
frame(TEXTS);
if (await isDemo()) {
  one("#logins tbody").replaceChildren(...Object.entries(DEMO).map(login));
  one("#logins").hidden = false;
  translate(one("#logins"));
}
