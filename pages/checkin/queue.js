// Check-ins that no answer came for. They survive a reload, and they do not pretend to be recorded.

import { now } from "../shared/clock.js";
import { keep, recall } from "../shared/memory.js";

const LIFE = 120_000; // milliseconds: no code lives longer, whenever it was scanned
let waiting = [];
let isKept = true;

/** What waits, the oldest first: `{fields, until}`. Other tabs put in and take out too. */
export function all() {
  if (isKept) waiting = recall("queue") ?? [];
  return waiting;
}

/** Puts a check-in in, once. Returns whether the browser keeps it beyond this page. */
export function add(fields) {
  if (!all().some((entry) => same(entry.fields, fields))) {
    waiting = [...waiting, { fields, until: now() + LIFE }];
  }
  isKept = keep("queue", waiting);
  return isKept;
}

/** Takes one out: it was answered, or its owner does not want it any more. */
export function drop(fields) {
  waiting = all().filter((entry) => !same(entry.fields, fields));
  keep("queue", waiting.length ? waiting : null);
}

/** Seconds that its code may still be good for; 0 when it is too late for certain. */
export function secondsLeft(entry) {
  return Math.max(0, Math.ceil((entry.until - now()) / 1000));
}

function same(one, other) {
  return ["user_id", "course_id", "session_id", "qr_token"].every((name) => one[name] === other[name]);
}
