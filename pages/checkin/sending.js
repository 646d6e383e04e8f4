// Sending check-ins: again after a lost answer, later after a lost network, signed in where it must be.

import { ApiError, call, sentence } from "../shared/api.js";
import { el, keyed, one, setText } from "../shared/dom.js";
import { showUser } from "../shared/frame.js";
import { tell } from "../shared/language.js";
import { say } from "./answer.js";
import * as queue from "./queue.js";

const SEND_AGAIN = 3000; // milliseconds
const OVER = ["token_expired", "session_closed"]; // what a repeat is told after a lost answer

let sending = false;
let account = null; // Firebase, once the server has asked for an account

/** Sends what waits from an earlier visit, and from now on whatever comes to wait. */
export function begin() {
  setInterval(drawQueue, 1000);
  setInterval(sendQueue, SEND_AGAIN);
  addEventListener("online", sendQueue);
  sendQueue();
}

/**
 * One check-in, sent as often as it takes; what no answer came for goes to the queue. Returns
 * whether it is recorded.
 */
export async function attempt(fields, { first = false } = {}) {
  try {
    const { presence_id: proof } = await call("/presence/checkin", {
      body: fields, token: account?.idToken, attempts: first ? 3 : 1,
    });
    return accepted(fields, proof);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    if (error.isPassing) hold(fields);
    else if (error.code === "unauthorized") await askForAccount(fields);
    else if (OVER.includes(error.code) && await hasArrived(fields)) return accepted(fields, "✓");
    else refused(fields, error);
    return false;
  }
}

/** Whether an earlier attempt had arrived, and only its answer was lost. */
async function hasArrived({ user_id, course_id, session_id }) {
  try {
    const query = { user_id, course_id, session_id };
    const { status } = await call("/presence/status", { query, token: account?.idToken });
    return status === "checked_in";
  } catch {
    return false;
  }
}

function accepted(fields, proof) {
  queue.drop(fields);
  const values = { user: fields.user_id, course: fields.course_id, session: fields.session_id, proof };
  say("good", "answer.good", () => tell("answer.proof", values));
  drawQueue();
  return true;
}

function refused(fields, error) {
  queue.drop(fields);
  say("bad", "answer.bad", () => sentence(error));
  drawQueue();
}

function hold(fields) {
  const kept = queue.add(fields);
  say("wait", "answer.waiting", () => tell(kept ? "answer.kept" : "answer.unkept"));
  drawQueue();
}

/** Tries what waits, one after the other. */
async function sendQueue() {
  if (sending) return;
  sending = true;
  try {
    for (const { fields } of queue.all()) await attempt(fields);
  } finally {
    sending = false;
  }
}

/** A server in verified mode: signs in with the account, then sends the same again. */
async function askForAccount(fields) {
  const [firebase, { admit }] = await Promise.all([
    import("../shared/firebase.js"), import("../shared/signin.js"),
  ]);
  account = firebase;
  say("wait", "answer.waiting", () => sentence(new ApiError("unauthorized")));
  admit(one("#signin"), null, (signedIn) => {
    showUser(signedIn, firebase.leave);
    attempt(fields);
  });
  one("#signin").scrollIntoView({ block: "nearest" });
}

/** Draws what waits, in the language that is shown. */
export function drawQueue() {
  const waiting = queue.all();
  one("#queue").hidden = waiting.length === 0;
  keyed(one("#queue ul"), waiting, ({ fields }) => Object.values(fields).join("\n"), row, (item, entry) => {
    const left = queue.secondsLeft(entry);
    const text = left ? tell("queue.left", { seconds: left }) : tell("queue.late");
    setText(item.children[1], text);
    setText(item.children[2], tell("queue.drop"));
  });
}

function row({ fields }) {
  return el(
    "li",
    {},
    el("strong", {}, `${fields.user_id} · ${fields.course_id} / ${fields.session_id} · ${fields.qr_token}`),
    el("span", { class: "number" }),
    el("button", {
      type: "button", class: "little", on: { click: () => { queue.drop(fields); drawQueue(); } },
    }),
  );
}
