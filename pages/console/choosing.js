// What there is to choose from: courses and sessions as options, `[value, text]`.

import { el } from "../shared/dom.js";
import { tell } from "../shared/language.js";

/** Sessions in the order they come, with those that are open marked. A new one stands first. */
export function sessionOptions(sessions, chosen) {
  const known = sessions.some(({ session_id }) => session_id === chosen);
  const all = chosen && !known ? [{ session_id: chosen, open: false }, ...sessions] : sessions;
  return all.map(({ session_id: id, open }) => [id, open ? `${id} · ${tell("state.open")}` : id]);
}

/** Fills a select; `kind` says what there is none of, or what to choose while there is none chosen. */
export function fill(select, options, chosen, kind) {
  const hint = options.length ? `console.any.${kind}` : `console.none.${kind}`;
  const shown = options.length && chosen ? options : [["", tell(hint)], ...options];
  select.replaceChildren(...shown.map(([value, text]) => el(
    "option", { value, selected: value === chosen }, text,
  )));
  select.disabled = options.length === 0;
}
