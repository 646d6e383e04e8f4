// Dialogs with a form, and questions before something is done.

import { sentence } from "./api.js";
import { one, setText } from "./dom.js";
import { learn } from "./language.js";

learn({ "dialog.cancel": { id: "Batal", en: "Cancel" } });

/**
 * Shows a form's dialog. `save(fields)` gets its texts, may raise, and is told of then. The dialog closes
 * once it has succeeded, and stays where it returns false.
 */
export function ask(dialog, save) {
  const form = one("form", dialog);
  const problem = one(".problem", dialog);
  const submit = one("[type=submit]", dialog);
  form.reset();
  setText(problem, "");
  form.onsubmit = async (event) => {
    event.preventDefault();
    submit.disabled = true;
    try {
      if (await save(new FormData(form)) !== false) dialog.close();
    } catch (error) {
      setText(problem, sentence(error));
    }
    submit.disabled = false;
  };
  one("[data-close]", dialog).onclick = () => dialog.close();
  dialog.showModal();
  dialog.querySelector("input")?.focus();
}

/** Asks in the dialog `#confirm` whether to go on; `go()` is done then. */
export function confirm(title, text, button, go) {
  const dialog = one("#confirm");
  setText(one("h2", dialog), title);
  setText(one("p", dialog), text);
  setText(one("[type=submit]", dialog), button);
  ask(dialog, go);
  one("[data-close]", dialog).focus();
}
