// The map: every device as it moves, and the track of the one that is chosen.

import { ApiError, sentence } from "../shared/api.js";
import { now } from "../shared/clock.js";
import { el, keyed, one, setText } from "../shared/dom.js";
import { leave } from "../shared/firebase.js";
import { frame, showUser } from "../shared/frame.js";
import { locale, onLanguage, tell } from "../shared/language.js";
import { keep, recall } from "../shared/memory.js";
import { admit } from "../shared/signin.js";
import { devices as listen, isFresh } from "./devices.js";
import { TEXTS } from "./texts.js";
import * as tracking from "./tracking.js";
import { view } from "./view.js";

const OLDER = 5000; // milliseconds after which "a moment ago" is told anew

const asked = new URLSearchParams(location.search).get("device");
let followed = null;
let list = [];
let selected = null;
let seen = false; // whether the map has been moved to where the devices are
let map = null;

frame(TEXTS);
onLanguage(redraw);
admit(one("#signin"), null, (user) => {
  showUser(user, leave);
  if (followed) return;
  one("#map-page").hidden = false;
  map = view(one("#map"), choose, (isMissing) => { one("#no-tiles").hidden = !isMissing || !one("#tiles").checked; });
  map.useTiles(one("#tiles").checked = recall("tiles") ?? false);
  tracking.begin(map, failed);
  followed = listen(user, hear, failed);
  one("#follow").hidden = followed.isWhole;
  one("#search").hidden = !followed.isWhole;
  if (asked) {
    followed.add(asked);
    choose(asked);
  }
  redraw();
  setInterval(drawList, OLDER);
});

one("#tiles").addEventListener("change", ({ target }) => {
  keep("tiles", target.checked);
  one("#no-tiles").hidden = true;
  map.useTiles(target.checked);
});
one("#follow").addEventListener("submit", (event) => {
  event.preventDefault();
  const { device } = event.target.elements;
  const id = device.value.trim();
  followed.add(id);
  choose(id);
  device.value = "";
});
one("#search").addEventListener("input", drawList);
one("#all").addEventListener("click", () => map.fit(placed()));
one("#close").addEventListener("click", () => choose(null));

function hear(found) {
  list = found;
  if (!seen && placed().length && !selected) map.fit(placed());
  seen ||= placed().length > 0;
  tracking.hear(list.find(({ id }) => id === selected));
  drawList();
}

/** Chooses a device, or none: its track is shown beside all the others. */
function choose(id) {
  selected = id;
  const query = id === null ? location.pathname : `?${new URLSearchParams({ device: id })}`;
  history.replaceState(null, "", query);
  one("#track").hidden = id === null;
  tracking.show(id);
  drawList();
}

function placed() {
  return list.filter(({ state }) => state === "here");
}

function redraw() {
  map?.translate();
  tracking.draw();
  drawList();
}

function drawList() {
  if (!followed) return;
  const moment = now();
  const words = one("#search").value.trim().toLowerCase();
  const shown = list.filter(({ id }) => id.toLowerCase().includes(words));
  map.show(placed().map((device) => ({ ...device, isFresh: isFresh(device, moment) })), selected);
  keyed(one("#devices"), shown, ({ id }) => id, row, (item, device) => fill(item, device, moment));
  const fresh = placed().filter((device) => isFresh(device, moment)).length;
  setText(one("#count"), tell("map.count", { fresh, all: list.length }));
  const nothing = followed.isWhole ? "map.nobody" : "map.name";
  setText(one("#empty"), shown.length ? "" : tell(list.length ? "map.nothing" : nothing));
  one("#all").disabled = placed().length === 0;
}

function row({ id }) {
  const drop = el("button", { type: "button", class: "plain little drop", on: { click: () => {
    followed.drop(id);
    if (selected === id) choose(null);
  } } }, "×");
  return el("li", {}, el(
    "button",
    { type: "button", class: "device-row", on: { click: () => choose(selected === id ? null : id) } },
    el("span", { class: "dot" }),
    el("span", { class: "who-name" }, id),
    el("span", { class: "quiet small number" }),
  ), followed.isWhole ? null : drop);
}

function fill(item, device, moment) {
  const [button, drop] = item.children;
  button.setAttribute("aria-pressed", String(device.id === selected));
  button.classList.toggle("stale", device.state !== "here" || !isFresh(device, moment));
  setText(button.lastChild, device.state === "here" ? age(moment - device.received) : tell(`map.${device.state}`));
  drop?.setAttribute("aria-label", tell("map.drop", { device: device.id }));
}

function age(milliseconds) {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  if (seconds < 10) return tell("map.now");
  const told = new Intl.RelativeTimeFormat(locale(), { style: "short", numeric: "always" });
  if (seconds < 60) return told.format(-seconds, "second");
  if (seconds < 3600) return told.format(-Math.round(seconds / 60), "minute");
  if (seconds < 48 * 3600) return told.format(-Math.round(seconds / 3600), "hour");
  return told.format(-Math.round(seconds / 86_400), "day");
}

function failed(error) {
  const refused = error.code === "permission-denied" ? new ApiError("forbidden", { status: 403 }) : error;
  setText(one("#problem"), sentence(refused));
}
