// Commands: sending one, and what becomes of each.

import { now } from "../shared/clock.js";
import { confirm } from "../shared/dialog.js";
import { el, keyed, one, setText } from "../shared/dom.js";
import { locale, tell } from "../shared/language.js";
import * as api from "./api.js";

const COMMANDS = [
  "open_door", "close_door", "test_motor", "test_led", "test_sensor", "check_connection", "check_model_update",
  "reboot_edge",
];
const RISKY = ["reboot_edge"];
const KINDS = { pending: "", delivered: "warn", done: "good", failed: "bad", expired: "bad" };

let heard = [];

/** Fills the form; `machine()` says of which machine, `failed` is told of errors. */
export function begin(machine, failed) {
  const form = one("#command");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const { command, expires, params } = form.elements;
    const given = parsed(params.value);
    setText(one(".problem", form), given ? "" : tell("command.json"));
    if (!given) return;
    const fields = { command: command.value, expires_in: Number(expires.value), params: given };
    const { uuid, name } = machine();
    const send = () => api.send(uuid, fields);
    const title = tell(`command.${command.value}`);
    if (RISKY.includes(command.value)) confirm(title, tell("command.sure", { name }), title, send);
    else send().catch(failed);
  });
}

/** An object as it is written, `{}` where nothing is; null where it is none. */
function parsed(text) {
  try {
    const found = JSON.parse(text.trim() || "{}");
    return found !== null && typeof found === "object" && !Array.isArray(found) ? found : null;
  } catch {
    return null;
  }
}

/** Takes what a listener has heard, and draws it. */
export function hear(events) {
  heard = events;
  draw();
}

/** Draws the choice and the list, in the language that is shown. */
export function draw() {
  const select = one("#command").elements.command;
  keyed(select, COMMANDS, (name) => name, (name) => el("option", { value: name }), (option, name) => {
    setText(option, tell(`command.${name}`));
  });
  one("#no-commands").hidden = heard.length > 0;
  keyed(one("#commands"), heard, ({ data }) => data.id, line, fill);
}

function line() {
  return el(
    "li",
    {},
    el("span", {}, el("strong"), el("span", { class: "quiet small number" })),
    el("span", { class: "tag" }),
    el("code", { class: "small" }),
  );
}

function fill(item, event) {
  const state = stateOf(event);
  const [what, tag, result] = item.children;
  setText(what.firstChild, COMMANDS.includes(event.data.action) ? tell(`command.${event.data.action}`) : event.data.action);
  setText(what.lastChild, tell("command.by", { time: time(event.created_at), who: event.sent_by }));
  tag.className = `tag ${KINDS[state] ?? ""}`;
  item.dataset.state = state;
  setText(tag, tell(`command.state.${state}`));
  setText(result, event.result ?? "");
}

/** What waits beyond its time has expired, whether or not anybody has written that down yet. */
function stateOf({ status, expires_at: end }) {
  return status === "pending" && now() >= end.toMillis() ? "expired" : status;
}

function time(at) {
  return new Intl.DateTimeFormat(locale(), { dateStyle: "short", timeStyle: "medium" }).format(at.toMillis());
}
