// Sentences of the page, by their English words, in the language that the reader has chosen.

import { LINES } from "./indonesian-lines.js";
import { PAGE } from "./indonesian-page.js";

const INDONESIAN = new Map(Object.entries({ ...LINES, ...PAGE }));
const english = new WeakMap();
let language = remembered() ?? (navigator.language.startsWith("id") ? "id" : "en");

function remembered() {
  try {
    const name = localStorage.getItem("language");
    return ["en", "id"].includes(name) ? name : null;
  } catch {
    return null;
  }
}

/** A sentence with its values. Values go in once: what is in them is text. */
export function say(sentence, values = {}, to = language) {
  const text = (to === "id" && INDONESIAN.get(sentence)) || sentence;
  return text.replace(/\{(\w+)\}/g, (whole, name) => (Object.hasOwn(values, name) ? String(values[name]) : whole));
}

/** Why a line is not kept. A reason may hold another one. */
export function sayReason({ sentence, values }, to = language) {
  const texts = Object.entries(values).map(([name, value]) => [name, value?.sentence ? sayReason(value, to) : value]);
  return say(sentence, Object.fromEntries(texts), to);
}

export function switchLanguage() {
  language = language === "id" ? "en" : "id";
  try {
    localStorage.setItem("language", language);
  } catch {
    // A browser that keeps nothing still shows the page.
  }
}

/** Puts the page's own words in. */
export function translatePage() {
  document.documentElement.lang = language;
  for (const place of document.querySelectorAll("[data-text]")) {
    if (!english.has(place)) english.set(place, place.textContent);
    place.textContent = say(english.get(place));
  }
  const button = document.getElementById("language");
  button.textContent = language === "id" ? "English" : "Bahasa Indonesia";
  button.lang = language === "id" ? "en" : "id";
}
