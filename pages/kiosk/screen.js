// What the public sees: the code to log in with, the welcome, or why the machine cannot be used.

import { now } from "../shared/clock.js";
import { el, setText } from "../shared/dom.js";
import { tell } from "../shared/language.js";
import { drawn } from "../shared/qr.js";

const SILENT_AFTER = 600_000;
const RENEW_BEFORE = 20_000; // while the old code is still good
const TRY_AGAIN = 5_000;
const IDLE = 120_000;
const REFUSED = ["FORBIDDEN", "MACHINE_BLOCKED"]; // to a page whose proof is over
const WARN = 20_000;

/** Which of its faces the machine shows now. */
export function face(live) {
  if (!live) return "connecting";
  const seen = live.last_seen?.toMillis?.() ?? 0;
  if (live.session) return "inUse";
  if (live.is_maintenance_mode || now() < (live.maintenance?.active_until?.toMillis?.() ?? 0)) return "inMaintenance";
  if (live.status !== "online" || now() - seen > SILENT_AFTER) return "offline";
  if ((live.bin_level ?? 0) >= (live.bin_full_threshold_percent ?? 100)) return "full";
  return "online";
}

/** The screen's middle. `show(face, live)` draws it; `tick()` once a second keeps it true. `refused` is told of a refusal. */
export function screen(root, api, refused) {
  let shown = "";
  let current = ""; // the face alone: an answer may come once it has changed
  let code = null; // {token, qr_content, ends}
  let asking = false;
  let tryAt = 0;
  let touched = now();
  let ending = false;
  let session = null; // that is shown: another one is not ended by its button

  async function renew() {
    asking = true;
    try {
      const given = await api.code();
      if (current !== "online") return; // claimed or changed meanwhile: the welcome stays
      code = { ...given, ends: Date.parse(given.expires_at) };
      draw("online", null);
    } catch (error) {
      tryAt = Date.now() + TRY_AGAIN;
      if (REFUSED.includes(error.code)) refused();
    } finally {
      asking = false;
    }
  }

  function draw(face, live) {
    if (face === "online") root.replaceChildren(...inviting(code));
    else if (face === "inUse") root.replaceChildren(...greeting(live.session, done, stay));
    else root.replaceChildren(...notice(face));
  }

  async function done() {
    if (ending) return;
    ending = true;
    await api.endSession(session).catch(() => {}); // the button is there to be pressed again
    ending = false;
  }

  function stay() {
    touched = now();
  }

  addEventListener("pointerdown", stay);
  addEventListener("keydown", stay);

  return {
    show(face, live, force = false) {
      const key = `${face} ${live?.session?.session_id ?? ""}`;
      if (key === shown && !force) return;
      shown = key;
      current = face;
      session = live?.session?.session_id ?? null;
      if (face === "inUse") code = null; // it was claimed: nobody can log in with it again
      touched = now();
      draw(face, live);
    },
    tick(face) {
      if (face === "online") {
        const left = code ? code.ends - now() : 0;
        if (left < RENEW_BEFORE && !asking && Date.now() >= tryAt) renew();
        if (code && left <= 0) {
          code = null;
          draw("online", null);
        }
        const line = root.querySelector(".renewed");
        if (line && code) {
          const seconds = Math.max(0, Math.ceil((left - RENEW_BEFORE) / 1000));
          setText(line, tell("renewed", { seconds }));
        }
      } else if (face === "inUse") {
        const left = IDLE - (now() - touched);
        const line = root.querySelector(".ends");
        line.hidden = left > WARN;
        setText(line.querySelector("p"), tell("endsSoon", { seconds: Math.max(0, Math.ceil(left / 1000)) }));
        if (left <= 0) {
          touched = now();
          done();
        }
      }
    },
  };
}

function inviting(code) {
  return [
    el("div", { class: "invite" },
      el("h2", {}, tell("scanTitle")),
      el("p", {}, tell("scanHint")),
      el("ol", { class: "steps" }, ["step1", "step2", "step3"].map((key) => el("li", {}, tell(key))))),
    el("div", { class: "code" },
      code ? drawn(code.qr_content, tell("scanLabel")) : el("p", { class: "empty" }, tell("noCode")),
      el("p", { class: "renewed", "aria-live": "off" })),
  ];
}

function greeting(session, done, stay) {
  return [
    el("div", { class: "welcome" },
      el("p", { class: "hi" }, tell("welcome")),
      el("h2", { class: "who" }, session.user_name),
      el("p", {}, tell("putIn")),
      el("button", { type: "button", class: "primary", on: { click: done } }, tell("done")),
      el("div", { class: "ends", hidden: true },
        el("p", {}),
        el("button", { type: "button", on: { click: stay } }, tell("stay")))),
  ];
}

function notice(face) {
  if (face === "connecting") return [el("p", { class: "notice" }, tell("connecting"))];
  const key = face === "inMaintenance" ? "maintenance" : face;
  return [
    el("div", { class: `notice ${face}` },
      el("h2", {}, tell(`${key}Title`)),
      el("p", {}, tell(`${key}Hint`))),
  ];
}
