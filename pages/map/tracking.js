// The chosen device's track: its range of time, the line, and the moment that is played.

import { now } from "../shared/clock.js";
import { one, setText } from "../shared/dom.js";
import { locale, tell } from "../shared/language.js";
import { playback } from "./playback.js";
import { at, history, length } from "./track.js";

const MINUTE = 60_000;
const form = one("#range");
const slider = one("#moment");
const player = playback(moved, () => Number(one("#speed").value));

let map = null;
let failed = null;
let device = null;
let track = null; // {points, isWhole}; null while it is fetched
let spot = null; // the moment that is shown, in milliseconds; null: all of it
let asked = 0;

/** Takes the map to draw on, and who is told of errors. */
export function begin(drawOn, tellOf) {
  map = drawOn;
  failed = tellOf;
  form.elements.span.addEventListener("change", chooseSpan);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    fetchTrack();
  });
  one("#play").addEventListener("click", player.toggle);
  slider.addEventListener("input", () => player.seek(Number(slider.value)));
}

/** Shows the track of this device; null: of none. */
export function show(id) {
  device = id;
  setText(one("#track-title"), id ?? "");
  player.stop();
  [track, spot] = [null, null];
  draw();
  if (id !== null) fetchTrack();
}

/** Takes a new position of the chosen device into the line, where the range goes until now. */
export function hear(heard) {
  if (!track || heard?.id !== device || heard.state !== "here" || form.elements.span.value === "own") return;
  const { ms, lat, lng } = heard;
  if (ms <= (track.points.at(-1)?.ms ?? 0)) return;
  track.points.push({ ms, lat, lng });
  if (spot === null) player.load(track.points[0].ms, ms);
  draw();
}

async function fetchTrack() {
  const mine = asked += 1;
  const { from, to } = range();
  if (!(from < (to ?? Infinity))) return;
  try {
    const found = await history(device, from, to);
    if (mine !== asked || device === null) return;
    track = found;
  } catch (error) {
    if (mine !== asked) return;
    track = { points: [], isWhole: true };
    if (error.code !== "device_not_found") failed(error);
  }
  spot = null;
  const { points } = track;
  if (points.length) player.load(points[0].ms, points.at(-1).ms);
  map.fit(points);
  draw();
}

/** `{from, to}` in milliseconds; `to` null: until now, and on. */
function range() {
  const { span, from, to } = form.elements;
  if (span.value === "own") return { from: Date.parse(from.value), to: Date.parse(to.value) };
  if (span.value === "today") return { from: new Date(now()).setHours(0, 0, 0, 0), to: null };
  return { from: now() - Number(span.value) * MINUTE, to: null };
}

function chooseSpan({ target }) {
  const isOwn = target.value === "own";
  one("#own").hidden = !isOwn;
  for (const name of ["from", "to"]) form.elements[name].required = isOwn;
  if (!isOwn) return fetchTrack();
  form.elements.from.value ||= local(track?.points[0]?.ms ?? now() - 60 * MINUTE);
  form.elements.to.value ||= local(now() + MINUTE);
  return undefined;
}

function moved(ms) {
  spot = !player.isPlaying && ms >= track.points.at(-1).ms ? null : ms;
  draw();
}

/** Draws the line, the moment and what is said of them. */
export function draw() {
  const points = device === null ? [] : track?.points ?? [];
  const place = spot !== null && points.length ? at(points, spot) : null;
  map?.track(points, place);
  one("#player").hidden = points.length < 2;
  setText(one("#summary"), summary(points));
  if (points.length < 2) return;
  slider.min = points[0].ms;
  slider.max = points.at(-1).ms;
  slider.value = spot ?? points.at(-1).ms;
  const shown = time(spot ?? points.at(-1).ms);
  setText(one("#time"), shown);
  slider.setAttribute("aria-valuetext", shown);
  const play = one("#play");
  play.classList.toggle("playing", player.isPlaying);
  setText(one("span", play), tell(player.isPlaying ? "track.hold" : "track.play"));
}

function summary(points) {
  if (device !== null && track === null) return tell("frame.wait");
  if (!points.length) return tell("track.empty");
  const metres = length(points);
  const number = (value, digits) => new Intl.NumberFormat(locale(), { maximumFractionDigits: digits }).format(value);
  const values = {
    count: number(points.length, 0),
    distance: metres < 1000 ? `${number(metres, 0)} m` : `${number(metres / 1000, 1)} km`,
    time: new Intl.DateTimeFormat(locale(), { dateStyle: "medium", timeStyle: "short" }).format(points[0].ms),
  };
  return tell(track.isWhole ? "track.summary" : "track.newest", values);
}

function time(ms) {
  return new Intl.DateTimeFormat(locale(), { dateStyle: "medium", timeStyle: "medium" }).format(ms);
}

/** A time as an input for local dates and times holds it. */
function local(ms) {
  const shifted = new Date(ms - new Date(ms).getTimezoneOffset() * MINUTE);
  return shifted.toISOString().slice(0, 16);
}
