// The page's dialogs: forms, questions, and what is shown once.

import { sentence } from "../shared/api.js";
import { el, one, setText } from "../shared/dom.js";
import { tell } from "../shared/language.js";

/** Shows a form's dialog; `save(fields)` gets its texts, may raise, and is told of then. */
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
      await save(new FormData(form));
      dialog.close();
    } catch (error) {
      setText(problem, sentence(error));
    }
    submit.disabled = false;
  };
  one("[data-close]", dialog).onclick = () => dialog.close();
  dialog.showModal();
  dialog.querySelector("input")?.focus();
}

/** Asks whether to go on; `go()` is done then. */
export function confirm(title, text, button, go) {
  const dialog = one("#confirm");
  setText(one("h2", dialog), title);
  setText(one("p", dialog), text);
  setText(one("[type=submit]", dialog), button);
  ask(dialog, go);
  one("[data-close]", dialog).focus();
}

/** Shows a machine's key, this once, with its file. */
export function showKey({ uuid, api_key: key, name }) {
  const dialog = one("#secret");
  setText(one("h2", dialog), tell("secret.key", { name }));
  setText(one(".what", dialog), tell("secret.key.what"));
  setText(one("output", dialog), key);
  const save = one("#save");
  save.hidden = false;
  save.onclick = () => download(`${uuid}.json`, { uuid, api_key: key, base_url: location.origin });
  open(dialog);
}

/** Shows a PIN, this once. */
export function showPin({ pin, technician_name: name }) {
  const dialog = one("#secret");
  setText(one("h2", dialog), tell("secret.pin", { name }));
  setText(one(".what", dialog), tell("secret.pin.what"));
  setText(one("output", dialog), pin);
  one("#save").hidden = true;
  open(dialog);
}

/** What was shown is not left on the page. */
function open(dialog) {
  dialog.onclose = () => {
    setText(one("output", dialog), "");
    one("#save").onclick = null;
  };
  one("[data-close]", dialog).onclick = () => dialog.close();
  one("#copy").onclick = () => navigator.clipboard?.writeText(one("output", dialog).textContent).then(
    () => setText(one("#copy"), tell("secret.copied")), () => {},
  );
  setText(one("#copy"), tell("secret.copy"));
  dialog.showModal();
}

function download(name, content) {
  const url = URL.createObjectURL(new Blob([`${JSON.stringify(content, null, 2)}\n`], { type: "application/json" }));
  el("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
