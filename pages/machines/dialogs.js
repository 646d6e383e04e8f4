// What the page shows once: a key, a PIN.

import { el, one, setText } from "../shared/dom.js";
import { tell } from "../shared/language.js";

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
