// Indonesian and English. `texts` are tables of key → {id, en}; the choice is remembered.

const LANGUAGES = ["id", "en"];
const texts = {};
const listeners = new Set();
let current = remembered() ?? (navigator.language.toLowerCase().startsWith("id") ? "id" : "en");

/** Adds a page's texts to those that are known. */
export function learn(more) {
  Object.assign(texts, more);
}

/** The language that is shown: `id` or `en`. */
export function language() {
  return current;
}

/** For dates and numbers. */
export function locale() {
  return current === "id" ? "id-ID" : "en-GB";
}

/** A text in the language that is shown, its `{name}` filled from `values`. */
export function tell(key, values = {}) {
  const text = texts[key]?.[current] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
}

/** Whether there is such a text. */
export function knows(key) {
  return Object.hasOwn(texts, key);
}

/** Shows another language, everywhere. */
export function speak(name) {
  current = name;
  try {
    localStorage.setItem("language", name); // as the stations page keeps it
  } catch {
    // Then it lasts until the next page.
  }
  translate();
  for (const listener of listeners) listener();
}

/** Calls back after each change of language, for what is not marked by `data-text`. */
export function onLanguage(listener) {
  listeners.add(listener);
}

/** Fills every element that names its text: `data-text`, and `data-label` for its aria-label. */
export function translate(root = document) {
  document.documentElement.lang = current;
  for (const element of root.querySelectorAll("[data-text]")) {
    element.textContent = tell(element.dataset.text);
  }
  for (const [name, attribute] of [["label", "aria-label"], ["placeholder", "placeholder"], ["hint", "title"]]) {
    for (const element of root.querySelectorAll(`[data-${name}]`)) {
      element.setAttribute(attribute, tell(element.dataset[name]));
    }
  }
  const title = document.documentElement.dataset.title;
  if (title) document.title = `${tell(title)} · Simpul`;
}

/** The language that is not shown. */
export function other() {
  return LANGUAGES.find((name) => name !== current);
}

function remembered() {
  try {
    const name = localStorage.getItem("language");
    return LANGUAGES.includes(name) ? name : null;
  } catch {
    return null;
  }
}
