// Machines, for admins: a list that is live, and everything of the one that is chosen.

import { ApiError, sentence } from "../shared/api.js";
import { ask, confirm } from "../shared/dialog.js";
import { el, keyed, one, setText } from "../shared/dom.js";
import { leave } from "../shared/firebase.js";
import { frame, showUser } from "../shared/frame.js";
import { onLanguage, tell } from "../shared/language.js";
import { admit } from "../shared/signin.js";
import * as api from "./api.js";
import * as commands from "./commands.js";
import * as details from "./details.js";
import { showKey } from "./dialogs.js";
import * as listening from "./listening.js";
import * as pins from "./pins.js";
import { TEXTS } from "./texts.js";

const OLDER = 5000; // milliseconds after which online and expired are told anew

let machines = null;
let chosen = new URLSearchParams(location.search).get("machine");
let entered = null; // the machine that is listened to
let measurements = [];
let ends = [];

frame(TEXTS);
onLanguage(redraw);
admit(one("#signin"), "admin", (user) => {
  showUser(user, leave);
  if (machines) return;
  machines = [];
  one("#machines-page").hidden = false;
  commands.begin(current, failed);
  pins.begin(current, failed);
  listening.machines((found) => {
    machines = found;
    redraw();
  }, failed);
  setInterval(redraw, OLDER);
});

one("#register").addEventListener("click", () => ask(one("#new"), async (fields) => {
  const given = [...fields].map(([name, value]) => [name, value.trim()]).filter(([, value]) => value);
  const made = await api.register(Object.fromEntries(given));
  choose(made.uuid);
  showKey(made);
}));
one("#new-key").addEventListener("click", () => {
  const { uuid, name } = current();
  confirm(tell("key.title", { name }), tell("key.what"), tell("key.new"), async () => {
    showKey({ ...await api.newKey(uuid), name });
  });
});
one("#block").addEventListener("click", () => {
  const { uuid, name, is_blocked: isBlocked } = current();
  const change = () => api.change(uuid, { is_blocked: !isBlocked });
  if (isBlocked) change().catch(failed);
  else confirm(tell("block.title", { name }), tell("block.what"), tell("machine.block"), change);
});
one("#maintenance").addEventListener("change", async ({ target }) => {
  try {
    await api.change(current().uuid, { policy: { is_maintenance_mode: target.checked } });
  } catch (error) {
    failed(error);
    redraw();
  }
});
one("#end-maintenance").addEventListener("click", () => api.endMaintenance(current().uuid).catch(failed));
one("#accept").addEventListener("click", () => {
  const { uuid, name, hardware_mismatch: { hardware_id: hardware } } = current();
  const accept = () => api.change(uuid, { hardware_id: hardware });
  confirm(tell("hardware.title", { name }), tell("hardware.what", { id: hardware }), tell("hardware.accept"), accept);
});
one("#search").addEventListener("input", redraw);

function current() {
  return machines.find(({ uuid }) => uuid === chosen) ?? null;
}

function choose(uuid) {
  chosen = uuid;
  history.replaceState(null, "", `?${new URLSearchParams({ machine: uuid })}`);
  redraw();
}

/** Listens to the machine that is shown, and to no other. */
function enter(uuid) {
  for (const end of ends) end();
  entered = uuid;
  measurements = [];
  commands.hear([]);
  setText(one("#problem"), "");
  ends = uuid === null ? [] : [
    listening.commands(uuid, commands.hear, failed),
    listening.measurements(uuid, (found) => {
      measurements = found;
      redraw();
    }, failed),
  ];
  if (uuid !== null) pins.load(uuid);
}

function redraw() {
  if (!machines) return;
  const words = one("#search").value.trim().toLowerCase();
  const shown = machines.filter(({ name, place, uuid }) => `${name} ${place ?? ""} ${uuid}`.toLowerCase().includes(words));
  keyed(one("#machines"), shown, ({ uuid }) => uuid, row, fill);
  const online = machines.filter(details.isOnline).length;
  setText(one("#count"), tell("machines.count", { online, all: machines.length }));
  setText(one("#empty"), shown.length ? "" : tell(machines.length ? "machines.nothing" : "machines.none"));
  if (!current() && machines.length && !chosen) chosen = machines[0].uuid;
  const machine = current();
  if (entered !== (machine?.uuid ?? null)) enter(machine?.uuid ?? null);
  one("#details").hidden = machine === null;
  if (machine === null) return;
  details.draw(machine, measurements);
  commands.draw();
  pins.draw();
}

function row({ uuid }) {
  return el("li", {}, el(
    "button",
    { type: "button", class: "machine-row", on: { click: () => choose(uuid) } },
    el("span", {}, el("strong"), el("span", { class: "quiet small" })),
    el("span", { class: "tags" }),
  ));
}

function fill(item, machine) {
  const [button] = item.children;
  button.setAttribute("aria-pressed", String(machine.uuid === chosen));
  setText(button.firstChild.firstChild, machine.name);
  setText(button.firstChild.lastChild, machine.place ?? "");
  details.drawTags(button.lastChild, machine);
}

function failed(error) {
  const refused = error.code === "permission-denied" ? new ApiError("forbidden", { status: 403 }) : error;
  setText(one("#problem"), sentence(refused));
}
