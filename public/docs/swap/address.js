// The page's address holds its choices, so that a link can be shared.

import { NAMES } from "./runner.js";

export const STYLES = ["auto", "rest", "exec"];
const FIELDS = ["a", "b", "as", "bs"];

/** Choices of this address; the server that serves the page where there are none. */
export function choicesOf(search, origin) {
  const query = new URLSearchParams(search);
  const modules = query.has("m") ? query.get("m").split(",").filter((name) => NAMES.includes(name)) : NAMES;
  const style = (name) => (STYLES.includes(query.get(name)) ? query.get(name) : "auto");
  return { a: query.get("a") ?? origin, b: query.get("b") ?? "", as: style("as"), bs: style("bs"), modules };
}

/** The query of these choices, without what goes without saying. */
export function searchOf(choices, origin) {
  const search = new URLSearchParams();
  const usual = { a: origin, b: "", as: "auto", bs: "auto" };
  for (const name of FIELDS) if (choices[name] !== usual[name]) search.set(name, choices[name]);
  if (choices.modules.length !== NAMES.length) search.set("m", choices.modules.join(","));
  const text = search.toString();
  return text && `?${text}`;
}
