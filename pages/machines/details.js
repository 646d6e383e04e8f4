// One machine: how it is, and what it measures.

import { now } from "../shared/clock.js";
import { el, keyed, one, setText } from "../shared/dom.js";
import { locale, tell } from "../shared/language.js";

const ONLINE_FOR = 600_000; // milliseconds, as shared/domain/devices.py has it
const SVG = "http://www.w3.org/2000/svg";
const WIDTH = 120; // of a small line, in its own units
const HEIGHT = 28;

/** Whether it was heard within the last ten minutes. */
export function isOnline(machine) {
  return machine.last_seen !== null && machine.last_seen !== undefined
    && now() - machine.last_seen.toMillis() <= ONLINE_FOR;
}

/** The technician's maintenance, while it lasts; null without one. */
function maintenance({ maintenance: begun }) {
  return begun && now() < begun.active_until.toMillis() ? begun : null;
}

/** The tags of a machine, `[kind, text]`: online, blocked, under maintenance, full. */
export function tags(machine) {
  const limit = machine.bin_full_threshold_percent ?? 90;
  return [
    isOnline(machine) ? ["good", tell("machine.online")] : ["", tell("machine.offline")],
    ...(machine.is_blocked ? [["bad", tell("machine.blocked")]] : []),
    ...(machine.hardware_mismatch ? [["bad", tell("machine.mismatch")]] : []),
    ...(machine.is_maintenance_mode || maintenance(machine) ? [["warn", tell("machine.maintenance")]] : []),
    ...(machine.bin_level >= limit ? [["warn", tell("machine.full")]] : []),
    ...(machine.session ? [["good", tell("machine.used")]] : []),
  ];
}

/** Puts a machine's tags where they belong. */
export function drawTags(place, machine) {
  place.replaceChildren(...tags(machine).map(([kind, text]) => el("span", { class: `tag ${kind}` }, text)));
}

/** Draws the machine and its newest `measurements`, the newest first. */
export function draw(machine, measurements) {
  setText(one("#machine-title"), machine.name);
  setText(one("#machine-place"), machine.place ?? "");
  setText(one("#machine-uuid"), machine.uuid);
  drawTags(one("#machine-tags"), machine);
  setText(one("#heard"), machine.last_seen ? tell("machine.heard", { time: time(machine.last_seen.toMillis()) }) : tell("machine.never"));
  drawBin(machine);
  drawNotices(machine);
  setText(one("#block"), tell(machine.is_blocked ? "machine.unblock" : "machine.block"));
  one("#maintenance").checked = Boolean(machine.is_maintenance_mode);
  drawSensors(machine, measurements);
}

function drawNotices(machine) {
  const begun = maintenance(machine);
  one("#technician").hidden = !begun;
  if (begun) {
    setText(one("#technician p"), tell("technician.there", {
      name: begun.technician_name, since: time(begun.started_at.toMillis()), until: time(begun.active_until.toMillis()),
    }));
  }
  const { hardware_mismatch: other } = machine;
  one("#mismatch").hidden = !other;
  if (other) setText(one("#mismatch p"), tell("hardware.other", { id: other.hardware_id, time: time(other.at.toMillis()) }));
}

function drawBin({ bin_level: level, bin_full_threshold_percent: limit }) {
  const isKnown = Number.isFinite(level);
  setText(one("#bin-text"), isKnown ? `${number(level, 0)} %` : tell("machine.unknown"));
  const meter = one("#bin");
  meter.value = isKnown ? level : 0;
  meter.high = limit ?? 90;
}

function drawSensors({ sensors = {}, measured_at: at }, measurements) {
  const names = Object.keys(sensors).sort();
  one("#no-sensors").hidden = names.length > 0;
  setText(one("#measured"), at ? tell("machine.measured", { time: time(at.toMillis()) }) : "");
  keyed(one("#sensors"), names, (name) => name, sensor, (item, name) => {
    setText(item.children[1], number(sensors[name], 3));
    const values = measurements.toReversed().map(({ data }) => data.sensors?.[name]).filter(Number.isFinite);
    item.children[2].firstChild.setAttribute("points", points(values));
  });
}

function sensor(name) {
  const drawing = document.createElementNS(SVG, "svg");
  drawing.setAttribute("viewBox", `0 -2 ${WIDTH} ${HEIGHT + 4}`);
  drawing.setAttribute("preserveAspectRatio", "none");
  drawing.setAttribute("aria-hidden", "true");
  drawing.append(document.createElementNS(SVG, "polyline"));
  return el("li", {}, el("span", { class: "quiet small" }, name), el("strong", { class: "number" }), drawing);
}

/** The corners of a small line through these values. */
function points(values) {
  if (values.length < 2) return "";
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const y = (value) => (high === low ? HEIGHT / 2 : HEIGHT - (value - low) / (high - low) * HEIGHT);
  return values.map((value, index) => `${(index / (values.length - 1) * WIDTH).toFixed(1)},${y(value).toFixed(1)}`).join(" ");
}

function number(value, digits) {
  return new Intl.NumberFormat(locale(), { maximumFractionDigits: digits }).format(value);
}

function time(milliseconds) {
  return new Intl.DateTimeFormat(locale(), { dateStyle: "medium", timeStyle: "medium" }).format(milliseconds);
}
