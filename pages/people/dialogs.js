// The dialogs of one person: an invitation, and a link to hand over.

import { ask } from "../shared/dialog.js";
import { el, one, setText } from "../shared/dom.js";
import { tell } from "../shared/language.js";
import { ROLES } from "./table.js";

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
  ask(dialog, () => save({
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
