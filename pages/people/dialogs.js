// The dialogs of one person: an invitation, a link to hand over, a question before a removal.

import { sentence } from "../shared/api.js";
import { el, one, setText } from "../shared/dom.js";
import { tell } from "../shared/language.js";

const ROLES = ["student", "instructor", "owner", "technician", "admin"];

/** Asks whom to invite; `save(fields)` may raise, and is told of then. */
export function invite({ isAdmin, course }, save) {
  const dialog = one("#inviting");
  const { email, name, role, user_id: uid } = one("form", dialog).elements;
  const roles = isAdmin ? ROLES.filter((each) => course || each !== "student") : ["student"];
  role.replaceChildren(...roles.map((each) => el("option", { value: each }, tell(`role.${each}`))));
  const drawUid = () => {
    one("#invite-uid").hidden = role.value !== "student";
    uid.required = role.value === "student";
  };
  role.onchange = drawUid;
  setText(one("#invite-course"), course ? tell("invite.course", { course }) : "");
  open(dialog, () => save({
    email: email.value.trim(), name: name.value.trim(), role: role.value,
    ...(role.value === "student" && { user_id: uid.value.trim() }),
  }));
  drawUid();
}

/** Shows a link that is handed over, until the dialog is closed. */
export function showLink(title, link) {
  const dialog = one("#linking");
  const copy = one("#copy");
  setText(one("#link-title"), title);
  one("#link").value = link;
  setText(copy, tell("link.copy"));
  copy.onclick = async () => {
    one("#link").select();
    await navigator.clipboard.writeText(link).then(() => setText(copy, tell("link.copied")), () => {});
  };
  dialog.onclose = () => { one("#link").value = ""; };
  one("[data-close]", dialog).onclick = () => dialog.close();
  dialog.showModal();
}

/** Asks before something is taken away. */
export function confirm(title, what, yes, act) {
  const dialog = one("#confirming");
  setText(one("#confirm-title"), title);
  setText(one("#confirm-what"), what);
  setText(one("[type=submit]", dialog), yes);
  open(dialog, act);
}

/** Opens a dialog with a form; it closes once `save` has succeeded. */
export function open(dialog, save) {
  const form = one("form", dialog);
  const problem = one(".problem", dialog);
  const submit = one("[type=submit]", dialog);
  form.reset();
  setText(problem, "");
  form.onsubmit = async (event) => {
    event.preventDefault();
    submit.disabled = true;
    setText(problem, "");
    try {
      if (await save() !== false) dialog.close();
    } catch (error) {
      setText(problem, sentence(error));
    }
    submit.disabled = false;
  };
  one("[data-close]", dialog).onclick = () => dialog.close();
  dialog.showModal();
}
