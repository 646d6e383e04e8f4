// Sends what was measured, in its order, as often as it takes. A batch keeps the times of its samples, so
// the server knows one that it has already: what is sent twice is counted once.

import { ApiError, call } from "../shared/api.js";
import { openStore } from "./store.js";

const MOST = 2000; // batches and points that may wait: some twenty minutes without network
const SHORTEST_PAUSE = 1000; // milliseconds after the first failure; doubled after each further one
const LONGEST_PAUSE = 30_000;
const LOCK = "simpul-sensors"; // of several tabs one sends

/**
 * `{add, again, counts, isKept}`. `changed` is called after each change; `askForAccount` where the server
 * wants one, and returns a function that gives an ID token, or null.
 */
export async function outbox(changed, askForAccount) {
  const store = await openStore();
  const counts = {
    accel: 0, gps: 0, waiting: await store.length(), dropped: 0, refused: 0, at: null, problem: null,
  };
  let token = null;
  let sending = false;
  let wanted = false;
  let failures = 0;
  let timer = null;

  async function add(kind, body, count) {
    if (counts.waiting >= MOST) await drop();
    await store.add({ kind, body, count });
    counts.waiting = await store.length();
    changed();
    flush();
  }

  /** Of too many the oldest goes: what is new says more. */
  async function drop() {
    const oldest = await store.first();
    if (!oldest) return;
    await store.remove(oldest.number);
    counts.dropped += oldest.count;
  }

  async function flush() {
    wanted = true;
    if (sending || timer) return;
    sending = true;
    try {
      while (wanted && !timer) {
        wanted = false;
        await locked(sendAll);
      }
    } catch {
      later(0); // the browser's store failed: what waits is tried again
    } finally {
      sending = false;
    }
  }

  async function sendAll() {
    for (let entry = await store.first(); entry; entry = await store.first()) {
      if (!await sent(entry)) return;
      await store.remove(entry.number);
      counts.waiting = await store.length();
      changed();
    }
  }

  /** Whether this entry is done with: accepted, or refused for good. */
  async function sent({ kind, body, count }) {
    try {
      await call(`/telemetry/${kind}`, { body, token, attempts: 1 });
      counts[kind] += count;
      Object.assign(counts, { at: Date.now(), problem: null });
      failures = 0;
      return true;
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      counts.problem = Object.assign(error, { device: body.device_id });
      if (error.code === "unauthorized") token = await askForAccount();
      if (!isForLater(error)) counts.refused += count;
      else later(error.retryAfter * 1000);
      changed();
      return !isForLater(error);
    }
  }

  function later(pause) {
    const usual = Math.min(SHORTEST_PAUSE * 2 ** failures, LONGEST_PAUSE);
    failures += 1;
    clearTimeout(timer);
    timer = setTimeout(again, Math.max(pause, usual));
  }

  function again() {
    clearTimeout(timer);
    timer = null;
    flush();
  }

  addEventListener("online", again);
  flush();
  return { add, again, counts, isKept: store.isKept };
}

/** Whether the same body may be accepted later: no answer, a busy server, an account that is missing. */
function isForLater(error) {
  return error.isPassing || [401, 429].includes(error.status);
}

async function locked(work) {
  if (!navigator.locks) return work();
  return navigator.locks.request(LOCK, { ifAvailable: true }, (lock) => (lock ? work() : null));
}
