// The rotating code: renewed on the server's clock, while the one before is still good.

import { call, sentence } from "../shared/api.js";
import { heard, now } from "../shared/clock.js";
import { one, setText } from "../shared/dom.js";
import { idToken } from "../shared/firebase.js";
import { tell } from "../shared/language.js";
import { qrText } from "../shared/link.js";
import { keep, recall, TAB } from "../shared/memory.js";
import { drawn } from "../shared/qr.js";

const LIFE = 120_000; // milliseconds that the server gives a code
const SHOWN_FOR = 60_000; // so that whoever scans in the last moment has a minute left
const AGAIN = 3000; // after an attempt that failed

let place = null; // {course, session} whose code is shown
let codes = []; // the newest last: {code, issued, expires}
let waiting = false;
let notBefore = 0;
let problem = null;

setInterval(tick, 250);

/**
 * Shows codes of this session from now on; a reload in between goes on with the same code. Those
 * from before it was stopped the last time, in milliseconds, are no codes any more.
 */
export function run(course, session, stopped) {
  if (place?.course !== course || place.session !== session) {
    place = { course, session };
    const kept = recall("codes", TAB);
    codes = kept?.course === course && kept.session === session ? kept.codes : [];
    problem = null;
    notBefore = 0;
  }
  codes = codes.filter(({ issued }) => issued > stopped);
  tick();
}

/** Shows none. */
export function rest() {
  place = null;
  codes = [];
  problem = null;
  draw();
}

/** Opens a session by asking for its first code, and shows it. Raises ApiError. */
export async function start(course, session) {
  const first = await renew({ course, session });
  place = { course, session };
  show(first);
}

async function renew({ course, session }, more = {}) {
  const asked = Date.now();
  const body = { course_id: course, session_id: session, ...more };
  const { qr_token: code, expires_at } = await call("/presence/qr/generate", { body, token: idToken });
  const expires = Date.parse(expires_at);
  const issued = expires - LIFE;
  heard(issued, issued + 1, asked, Date.now());
  return { code, issued, expires };
}

/** Draws everything again, in the language that is shown. */
export function draw() {
  const moment = now();
  const current = codes.at(-1)?.expires > moment ? codes.at(-1) : null;
  drawCode(current);
  one("#countdown").hidden = !current;
  if (current) drawCountdown(Math.max(0, current.issued + SHOWN_FOR - moment));
  const before = codes.at(-2);
  const left = before && current ? Math.ceil((before.expires - moment) / 1000) : 0;
  setText(one("#overlap"), left > 0 ? tell("qr.overlap", { seconds: left }) : "");
  setText(one("#where"), current ? tell("qr.where", { address: `${location.host}/checkin` }) : "");
  setText(one("#projector-problem"), place && problem ? told(current, moment) : "");
}

async function tick() {
  const due = (codes.at(-1)?.issued ?? -Infinity) + SHOWN_FOR <= now();
  if (place && due && !waiting && Date.now() >= notBefore) {
    waiting = true;
    await next(place);
    waiting = false;
  }
  draw();
}

async function next(asked) {
  try {
    const made = await renew(asked, { renew: true }); // a session that was stopped stays so
    if (place !== asked) return;
    show(made);
  } catch (error) {
    problem = error;
    notBefore = Date.now() + AGAIN;
  }
}

function show(made) {
  codes = [...codes.slice(-1), made];
  keep("codes", { ...place, codes }, TAB);
  problem = null;
  draw();
}

function told(current, moment) {
  if (problem.status) return sentence(problem);
  if (!current) return tell("qr.gone");
  return tell("qr.lost", { seconds: Math.ceil((current.expires - moment) / 1000) });
}

function drawCountdown(left) {
  const countdown = one("#countdown");
  one(".bar span", countdown).style.transform = `scaleX(${left / SHOWN_FOR})`;
  setText(one("p", countdown), tell("qr.next", { seconds: Math.ceil(left / 1000) }));
}

function drawCode(current) {
  const holder = one("#qr");
  const bare = one("#plain").checked;
  const text = current && place ? (bare ? current.code : qrText({ ...place, code: current.code })) : "";
  const label = current ? tell("qr.label", { code: current.code }) : "";
  if (holder.dataset.holds !== text) {
    holder.dataset.holds = text;
    holder.replaceChildren(...(text ? [drawn(text, label)] : []));
    setText(one("#code"), current?.code ?? "");
  }
  holder.firstElementChild?.setAttribute("aria-label", label);
}
