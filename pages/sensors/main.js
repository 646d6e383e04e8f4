// This phone's sensors: measured, drawn, kept while there is no network, sent.

import { sentence } from "../shared/api.js";
import { one, setText } from "../shared/dom.js";
import { frame, showUser } from "../shared/frame.js";
import { isDemo } from "../shared/hosting.js";
import { locale, onLanguage, tell } from "../shared/language.js";
import { keep, recall } from "../shared/memory.js";
import { chart } from "./chart.js";
import { motion, simulatedMotion } from "./motion.js";
import { outbox } from "./outbox.js";
import { place, simulatedPlace } from "./place.js";
import { TEXTS } from "./texts.js";
import * as time from "./time.js";

const SEND_EVERY = 2000; // milliseconds; at 50 a second a batch holds 100 samples
const MOST_SAMPLES = 1000; // that a batch may hold

const form = one("#form");
const { device, accel, gps, simulate } = form.elements;
const problems = { accel: null, gps: null }; // names of texts
let ends = null; // of the sources, while they run
let samples = [];
let drawing = null;
let shown = 0;
let point = null;
let awake = null;

frame(TEXTS);
time.learn();
device.value = recall("sensors")?.device ?? `phone-${[...crypto.getRandomValues(new Uint8Array(3))].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
isDemo().then((here) => { one("#simulated").hidden = !here; });
onLanguage(redraw);
const sending = await outbox(changed, askForAccount);
redraw();

form.addEventListener("submit", (event) => {
  event.preventDefault();
  if (ends) stop();
  else start();
});
document.addEventListener("visibilitychange", () => {
  if (document.hidden) pack();
  else if (ends) stayAwake();
});

/** Begins with what is chosen; what cannot be had is said, and the rest goes on. */
async function start() {
  keep("sensors", { device: device.value.trim() });
  sending.counts.problem = null;
  Object.assign(problems, { accel: null, gps: null });
  ends = [];
  time.begin();
  const mine = ends;
  const timer = setInterval(pack, SEND_EVERY);
  ends.push(() => clearInterval(timer));
  redraw();
  stayAwake();
  const here = device.value.trim();
  if (gps.checked) {
    const begin = simulate.checked ? simulatedPlace : place;
    ends.push(begin((found) => takePoint(here, found), (code) => lose("gps", code)));
  }
  if (accel.checked) {
    const begin = simulate.checked ? simulatedMotion : motion;
    try {
      const end = await begin(takeSample);
      if (mine === ends) ends.push(end);
      else end();
    } catch (error) {
      if (!error.code) throw error;
      if (mine === ends) lose("accel", error.code);
    }
  }
  redraw();
}

function stop() {
  for (const end of ends) end();
  ends = null;
  pack();
  awake?.release().catch(() => {});
  redraw();
}

/** The server has answered, or something waits. Under a name of another account nothing more is measured. */
function changed() {
  const { problem } = sending.counts;
  if (ends && problem?.code === "forbidden" && problem.device === device.value.trim()) stop();
  redraw();
}

/** Why nothing is accepted, for people. */
function reason(problem) {
  return problem.code === "forbidden" ? tell("sensors.foreign", { device: problem.device }) : sentence(problem);
}

function lose(kind, code) {
  problems[kind] = code;
  const left = ["accel", "gps"].some((other) => form.elements[other].checked && !problems[other]);
  if (ends && !left && code !== "place.lost") stop();
  redraw();
}

function takeSample(sample) {
  drawing ??= showChart();
  drawing.add(sample);
  samples.push(sample);
  if (samples.length >= MOST_SAMPLES) pack();
  if (sample.ms - shown < 200) return; // more often than people can read
  shown = sample.ms;
  for (const axis of ["x", "y", "z"]) setText(one(`#${axis}`), number(sample[axis], 2));
}

function showChart() {
  one("#chart").hidden = false;
  one("#no-chart").hidden = true;
  return chart(one("#chart"));
}

function takePoint(here, found) {
  problems.gps = null;
  point = found;
  const { ms, ...fields } = found;
  sending.add("gps", { device_id: here, ...fields, ts: new Date(ms).toISOString() }, 1);
  redraw();
}

/** What has been measured since the last batch becomes one. */
function pack() {
  if (!samples.length) return;
  const rows = samples.map(({ ms, ...values }) => ({ t: new Date(ms).toISOString(), ...values }));
  samples = [];
  sending.add("accel", { device_id: device.value.trim(), samples: rows }, rows.length);
}

/** A phone that sleeps measures nothing. */
async function stayAwake() {
  awake = await navigator.wakeLock?.request("screen").catch(() => null);
}

/** A server in verified mode. Returns what gives the ID token. */
async function askForAccount() {
  const [firebase, { admit }] = await Promise.all([
    import("../shared/firebase.js"), import("../shared/signin.js"),
  ]);
  if (!one("#signin").hasChildNodes()) {
    admit(one("#signin"), null, (user) => {
      showUser(user, firebase.leave);
      sending.again();
    });
  }
  return firebase.idToken;
}

function redraw() {
  const { counts } = sending;
  one("#go").disabled = false;
  one("#go").className = ends ? "big danger" : "primary big";
  setText(one("#go"), tell(ends ? "sensors.stop" : "sensors.start"));
  for (const input of [device, accel, gps, simulate]) input.disabled = Boolean(ends);
  const state = ends ? (counts.problem ? "waiting" : "sending") : counts.waiting ? "rest" : "off";
  one("#state").className = `tag ${{ sending: "good", waiting: "warn", rest: "warn", off: "" }[state]}`;
  setText(one("#state"), tell(`state.${state}`));
  setText(one("#accel-problem"), problems.accel ? tell(problems.accel) : "");
  setText(one("#gps-problem"), problems.gps ? tell(problems.gps) : "");
  setText(one("#problem"), counts.problem ? reason(counts.problem) : "");
  for (const name of ["accel", "gps", "waiting"]) setText(one(`#count-${name}`), number(counts[name], 0));
  setText(one("#last"), counts.at ? tell("accepted.at", { time: clock(counts.at) }) : tell("accepted.never"));
  setText(one("#lost"), [
    ...(counts.dropped ? [tell("accepted.dropped", { count: number(counts.dropped, 0) })] : []),
    ...(counts.refused ? [tell("accepted.refused", { count: number(counts.refused, 0) })] : []),
  ].join(" "));
  setText(one("#kept"), tell(sending.isKept ? "buffer.kept" : "buffer.memory"));
  drawPoint();
}

function drawPoint() {
  one("#point").hidden = !point;
  one("#no-point").hidden = Boolean(point);
  if (!point) return;
  setText(one("#lat"), number(point.lat, 6));
  setText(one("#lng"), number(point.lng, 6));
  setText(one("#accuracy"), tell("place.accuracy", { metres: number(point.accuracy_m, 0) }));
  one("#on-map").href = `/map/?${new URLSearchParams({ device: device.value.trim() })}`;
}

function number(value, digits) {
  return new Intl.NumberFormat(locale(), { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value);
}

function clock(milliseconds) {
  return new Intl.DateTimeFormat(locale(), { timeStyle: "medium" }).format(milliseconds);
}
