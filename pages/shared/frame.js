// The frame of every page: where one is, language, colours, who is signed in.

import { el, icon, one } from "./dom.js";
import { learn, other, speak, translate } from "./language.js";
import { TEXTS } from "./texts.js";
import { restore, turn } from "./theme.js";

// HIDDEN_PAGES: tools/bundle.mjs
const PAGES = ["console", "checkin", "sensors", "map", "stations", "machines"]
  .filter((name) => !HIDDEN_PAGES.split(",").includes(name));
const SUPERVISORS = ["instructor", "admin"];
const HALF_MOON = "M12 3a9 9 0 1 0 0 18zM12 3a9 9 0 0 1 0 18";
const LINES = "M4 7h16M4 12h16M4 17h16";

/** Draws the frame into the page's header and shows the page's texts. */
export function frame(texts = {}) {
  learn(TEXTS);
  learn(texts);
  restore();
  const header = one("#frame");
  header.replaceChildren(skip(), brand(), ...navigation(), languageButton(), themeButton());
  translate();
}

/** Shows who is signed in, with a way out; `null` takes it away. `leave` is called to sign out. */
export function showUser(user, leave) {
  for (const old of document.querySelectorAll("#account, #pages .own")) old.remove();
  if (!user) return;
  one("#pages").append(...["people", "me"]
    .filter((name) => name === "me" || SUPERVISORS.includes(user.role))
    .map((name) => link(name, "own")));
  const account = el(
    "div",
    { id: "account" },
    el("span", { class: "who", title: user.email ?? "" }, user.name ?? user.uid),
    el("button", { type: "button", class: "plain", "data-text": "frame.leave", on: { click: leave } }),
  );
  one("#frame").append(account);
  translate(one("#frame"));
}

function skip() {
  return el("a", { class: "skip", href: "#main", "data-text": "nav.skip" });
}

function brand() {
  return el("a", { class: "brand", href: "/" }, icon("M5 12a3 3 0 1 0 6 0a3 3 0 1 0-6 0M11 12h3M14 6l3-2M14 18l3 2M11 10l4-4M11 14l4 4"), "Simpul");
}

function navigation() {
  const links = el("nav", { id: "pages", "data-label": "nav.label" }, PAGES.map((name) => link(name)));
  const button = el("button", {
    type: "button", class: "plain menu", "aria-expanded": "false", "aria-controls": "pages",
    "data-label": "nav.menu", on: { click: () => open(button.getAttribute("aria-expanded") !== "true") },
  }, icon(LINES));
  const open = (yes) => {
    button.setAttribute("aria-expanded", String(yes));
    links.classList.toggle("open", yes);
  };
  links.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      open(false);
      button.focus();
    }
  });
  return [button, links];
}

function link(name, kind = null) {
  return el("a", {
    class: kind,
    href: `/${name}/`,
    "data-text": `nav.${name}`,
    "aria-current": location.pathname.startsWith(`/${name}/`) ? "page" : null,
  });
}

function languageButton() {
  const button = el("button", {
    id: "language", type: "button", class: "plain", "data-text": "frame.language", lang: other(),
    on: {
      click: () => {
        speak(other());
        button.lang = other();
      },
    },
  });
  return button;
}

function themeButton() {
  return el("button", {
    id: "theme", type: "button", class: "plain", "data-label": "frame.theme", "data-hint": "frame.theme",
    on: { click: turn },
  }, icon(HALF_MOON));
}

