// Behind the technician's PIN: the pad, then the commands and what becomes of them.

import { now } from "../shared/clock.js";
import { el, setText } from "../shared/dom.js";
import { locale, tell } from "../shared/language.js";

const DIGITS = 6;
const LEFT_ALONE = 180_000; // then the panel closes: nobody leaves it open for the next user
const RISKY = new Set(["reboot_edge"]);
const STATES = { done: "doneState", failed: "failedState" };
const ENDED = ["PIN_SESSION_INVALID", "PIN_SESSION_OTHER_MACHINE"];

/** The dialog. `open()` asks for the PIN; `events(list)` tells what became of commands. */
export function maintenance(dialog, api, timeZone) {
  let session = null; // {session_token, ends, permissions, technician_name}
  let typed = "";
  let lockedUntil = 0;
  let said = "";
  let sent = []; // ids, the newest first
  let commands = new Map(); // id → event
  let sure = null;
  let busy = false;
  let touched = 0;
  let opening = 0; // a PIN's answer counts only in the opening it was typed in

  function draw() {
    dialog.replaceChildren(...(session ? panel() : pad()));
    tick();
  }

  function pad() {
    const digit = (number) => el("button", { type: "button", class: "digit", on: { click: () => type(number) } }, number);
    return [
      el("h2", { id: "maintenance-title" }, tell("pinTitle")),
      el("p", { class: "dots", role: "status", "aria-label": tell("pinLabel", { count: typed.length }) },
        Array.from({ length: DIGITS }, (_, place) => el("span", { class: place < typed.length ? "dot on" : "dot" }))),
      el("p", { class: "said", role: "alert" }),
      el("div", { class: "pad" },
        [..."123456789"].map(digit),
        el("button", { type: "button", class: "digit quiet", on: { click: back } }, tell("back")),
        digit("0"),
        el("button", { type: "button", class: "digit quiet", on: { click: close } }, tell("close"))),
    ];
  }

  function panel() {
    const time = new Date(session.ends).toLocaleTimeString(locale(), {
      hour: "2-digit", minute: "2-digit", timeZone,
    });
    return [
      el("div", { class: "top" },
        el("h2", { id: "maintenance-title" }, tell("hello", { name: session.technician_name })),
        el("p", {}, tell("sessionUntil", { time }))),
      el("p", { class: "said", role: "alert" }),
      el("div", { class: "commands" }, session.permissions.map((command) =>
        el("button", { type: "button", class: RISKY.has(command) ? "risky" : "", "data-command": command,
          on: { click: () => send(command) } }, tell(sure === command ? "sure" : command)))),
      el("h3", {}, tell("sent")),
      el("ol", { class: "outcomes", "aria-live": "polite" },
        sent.length ? sent.map(outcome) : el("li", { class: "none" }, tell("nothingSent"))),
      el("p", { class: "hint" }, tell("staysClosed")),
      el("div", { class: "ways" },
        el("button", { type: "button", on: { click: close } }, tell("closeMenu")),
        el("button", { type: "button", class: "primary", on: { click: end } }, tell("endMaintenance"))),
    ];
  }

  function outcome({ id, command }) {
    const event = commands.get(id);
    const over = event?.status === "pending" && now() >= event.expires_at.toMillis();
    const state = over ? "expired" : event?.status ?? "pending";
    return el("li", { class: state, "data-command": command },
      el("span", {}, tell(command)),
      el("strong", {}, tell(STATES[state] ?? state)),
      event?.result ? el("small", {}, event.result) : null);
  }

  function type(number) {
    if (busy || wait() > 0) return;
    said = "";
    typed = (typed + number).slice(0, DIGITS);
    draw();
    if (typed.length === DIGITS) enter();
  }

  function back() {
    typed = typed.slice(0, -1);
    draw();
  }

  async function enter() {
    busy = true;
    const asked = opening;
    try {
      const given = await api.enter(typed);
      if (asked !== opening) return;
      session = { ...given, ends: Date.parse(given.session_expires_at) };
      sent = [];
      said = "";
    } catch (error) {
      if (asked !== opening) return;
      const left = error.details?.remaining_attempts;
      if (error.code === "PIN_LOCKED") lockedUntil = now() + error.details.retry_after * 1000;
      else if (error.code !== "WRONG_PIN") said = tell("failed");
      else said = left > 0 ? tell("wrongPin", { left }) : tell("lastPin");
    }
    busy = false;
    typed = "";
    draw();
  }

  async function send(command) {
    if (RISKY.has(command) && sure !== command) {
      sure = command;
      draw();
      return;
    }
    sure = null;
    said = "";
    const asked = opening;
    try {
      const given = await api.send(command, session.session_token);
      if (asked !== opening) return;
      sent = [{ id: given.request_id, command }, ...sent].slice(0, 8);
    } catch (error) {
      if (asked !== opening) return;
      if (ENDED.includes(error.code)) session = null;
      said = tell(ENDED.includes(error.code) ? "sessionOver"
        : error.code === "COMMAND_NOT_PERMITTED" ? "notPermitted" : "failed");
    }
    draw();
  }

  /** The machine is open to users again. */
  async function end() {
    said = "";
    const asked = opening;
    try {
      await api.endMaintenance(session.session_token);
    } catch (error) {
      if (asked !== opening) return;
      if (!ENDED.includes(error.code)) {
        said = tell("failed");
        draw();
        return;
      }
    }
    if (asked === opening) close();
  }

  function close() {
    dialog.close();
  }

  function wait() {
    return Math.ceil((lockedUntil - now()) / 1000);
  }

  function tick() {
    if (!dialog.open) return;
    const line = dialog.querySelector(".said");
    if (line) setText(line, wait() > 0 && !session ? tell("locked", { time: clock(wait()) }) : said);
    for (const button of dialog.querySelectorAll(".digit:not(.quiet)")) button.disabled = wait() > 0 && !session;
    if (session && now() >= session.ends) {
      session = null;
      said = tell("sessionOver");
      draw();
    } else if (now() - touched > LEFT_ALONE) close();
  }

  dialog.setAttribute("aria-labelledby", "maintenance-title");
  dialog.addEventListener("close", () => {
    opening += 1;
    busy = false;
    session = null; // the next technician enters a PIN again
    typed = "";
    said = "";
    sure = null;
    dialog.replaceChildren();
  });
  dialog.addEventListener("pointerdown", () => { touched = now(); });
  dialog.addEventListener("keydown", (event) => {
    touched = now();
    if (session) return;
    if (/^[0-9]$/.test(event.key)) type(event.key);
    else if (event.key === "Backspace") back();
  });

  return {
    open() {
      touched = now();
      if (!dialog.open) dialog.showModal();
      draw();
    },
    events(list) {
      commands = new Map(list.map((event) => [event.id, event]));
      if (dialog.open && session) draw();
    },
    redraw() {
      if (dialog.open) draw();
    },
    tick,
  };
}

function clock(seconds) {
  const minutes = Math.floor(seconds / 60);
  return `${minutes}:${String(seconds % 60).padStart(2, "0")}`;
}
