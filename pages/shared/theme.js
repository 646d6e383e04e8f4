// Light or dark: what the system says, until somebody chooses. public/js/theme.js does it first.

import { keep, recall } from "./memory.js";

/** Whether the page is dark now. */
export function isDark() {
  const chosen = document.documentElement.dataset.theme;
  return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
}

/** Turns to the other one and remembers it, unless that is what the system says. */
export function turn() {
  const wanted = isDark() ? "light" : "dark";
  document.documentElement.dataset.theme = wanted;
  const system = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
  keep("theme", wanted === system ? null : wanted);
}

/** What was chosen on an earlier visit. */
export function restore() {
  const chosen = recall("theme");
  if (chosen === "dark" || chosen === "light") document.documentElement.dataset.theme = chosen;
}
