// The console's two dialogs: an entry by hand, and a new course or session.

import { ask } from "../shared/dialog.js";
import { el, one, setText } from "../shared/dom.js";
import { tell } from "../shared/language.js";

const REASONS = { absent: ["ill", "leave", "left"], checked_in: ["phone", "late"] };

/** Asks for the reason of an entry by hand; `save(reason)` may raise, and is told of then. */
export function askReason(status, name, save) {
  const dialog = one("#mark");
  setText(one("h2", dialog), tell(`mark.${status}`, { name }));
  const { reason } = one("form", dialog).elements;
  one(".reasons", dialog).replaceChildren(...REASONS[status].map((key) => el(
    "button",
    { type: "button", class: "little", on: { click: () => { reason.value = tell(`reason.${key}`); reason.focus(); } } },
    tell(`reason.${key}`),
  )));
  ask(dialog, () => save(reason.value.trim()));
}

/** Asks for the id of a new course or session, and for a course's name. */
export function askNew(kind, save) {
  const dialog = one("#create");
  setText(one("h2", dialog), tell(`create.${kind}`));
  one("#create-name").hidden = kind === "session";
  const { id, name } = one("form", dialog).elements;
  ask(dialog, () => save(id.value.trim(), name.value.trim() || id.value.trim()));
}
