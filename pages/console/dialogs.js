// The console's two dialogs: an entry by hand, and a new course or session.

import { sentence } from "../shared/api.js";
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
  open(dialog, () => save(reason.value.trim()));
}

/** Asks for the id of a new course or session, and for a course's name. */
export function askNew(kind, save) {
  const dialog = one("#create");
  setText(one("h2", dialog), tell(`create.${kind}`));
  one("#create-name").hidden = kind === "session";
  const { id, name } = one("form", dialog).elements;
  open(dialog, () => save(id.value.trim(), name.value.trim() || id.value.trim()));
}

function open(dialog, save) {
  const form = one("form", dialog);
  const problem = one(".problem", dialog);
  const submit = one("[type=submit]", dialog);
  form.reset();
  setText(problem, "");
  form.onsubmit = async (event) => {
    event.preventDefault();
    submit.disabled = true;
    try {
      await save();
      dialog.close();
    } catch (error) {
      setText(problem, sentence(error));
    }
    submit.disabled = false;
  };
  one("[data-close]", dialog).onclick = () => dialog.close();
  dialog.showModal();
  one("input", form).focus();
}
