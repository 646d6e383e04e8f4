// Technicians' PINs of the machine that is shown. They are asked for, not listened to: nobody may read them.

import { ask, confirm } from "../shared/dialog.js";
import { el, keyed, one, setText } from "../shared/dom.js";
import { locale, tell } from "../shared/language.js";
import * as api from "./api.js";
import { showPin } from "./dialogs.js";

let list = [];
let of = null;
let failed = null;

/** Connects the buttons; `machine()` says of which machine, `tellOf` is told of errors. */
export function begin(machine, tellOf) {
  failed = tellOf;
  one("#new-pin").addEventListener("click", () => ask(one("#pin"), async (fields) => {
    const { uuid } = machine();
    const made = await api.addPin(uuid, asked(fields));
    await load(uuid);
    showPin(made);
  }));
  one("#unlock").addEventListener("click", async () => {
    try {
      const { unlocked_clients: count } = await api.unlock(machine().uuid);
      setText(one("#pin-notice"), tell("pin.unlocked", { count }));
    } catch (error) {
      failed(error);
    }
  });
}

function asked(fields) {
  return {
    technician_name: fields.get("name").trim(),
    expires_in_hours: Number(fields.get("hours")),
    permissions: fields.getAll("permission"),
    ...(fields.get("digits") && { pin: fields.get("digits") }),
  };
}

/** Asks for the PINs of a machine and shows them. */
export async function load(uuid) {
  if (of !== uuid) {
    list = [];
    setText(one("#pin-notice"), "");
  }
  of = uuid;
  draw();
  try {
    const found = await api.pins(uuid);
    if (of === uuid) list = found;
  } catch (error) {
    failed(error);
  }
  draw();
}

/** Draws the list, in the language that is shown. */
export function draw() {
  one("#no-pins").hidden = list.length > 0;
  keyed(one("#pins"), list, (pin) => pin.pin_id, line, fill);
}

function line() {
  const item = el(
    "li",
    {},
    el("span", {}, el("strong"), el("span", { class: "quiet small number" })),
    el("button", { type: "button", class: "little danger", on: { click: () => revoke(item.pin) } }),
  );
  return item;
}

function fill(item, pin) {
  item.pin = pin;
  const [what, button] = item.children;
  setText(what.firstChild, pin.technician_name);
  const until = new Intl.DateTimeFormat(locale(), { dateStyle: "medium", timeStyle: "short" }).format(Date.parse(pin.expires_at));
  setText(what.lastChild, tell(pin.is_expired ? "pin.expired" : "pin.until", { time: until, count: pin.permissions.length }));
  setText(button, tell("pin.revoke"));
  button.setAttribute("aria-label", tell("pin.revoke.of", { name: pin.technician_name }));
}

function revoke(pin) {
  const uuid = of;
  const title = tell("pin.revoke.of", { name: pin.technician_name });
  confirm(title, tell("pin.revoke.what"), tell("pin.revoke"), async () => {
    await api.revoke(uuid, pin.pin_id);
    await load(uuid);
  });
}
