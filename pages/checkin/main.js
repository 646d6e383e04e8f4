// Check-in: scan, type or follow a link; honest about what has been recorded and what has not.

import { ApiError, call, sentence } from "../shared/api.js";
import { el, one, setText } from "../shared/dom.js";
import { frame } from "../shared/frame.js";
import { onLanguage, tell } from "../shared/language.js";
import { read } from "../shared/link.js";
import { keep, recall } from "../shared/memory.js";
import { drawAnswer, say } from "./answer.js";
import { attempt, begin, drawQueue } from "./sending.js";
import { TEXTS } from "./texts.js";

const form = one("#form");
const { user, course, session, code } = form.elements;
let camera = null; // an AbortController while it looks

frame(TEXTS);
onLanguage(redraw);
user.value = recall("user") ?? "";
fillFromLink();
sessions();
redraw();
begin();

form.addEventListener("submit", (event) => {
  event.preventDefault();
  const missing = [user, course, session, code].find((input) => !input.value.trim());
  if (missing) {
    say("bad", "answer.bad", () => sentence(new ApiError(`missing_field: ${labelOf(missing)}`)));
    missing.focus();
    return;
  }
  send(typed(code.value.trim()));
});
one("#scan").addEventListener("click", () => (camera ? camera.abort() : look()));
// A link that this tab opens while it shows the page changes no more than what is behind `#`.
addEventListener("hashchange", () => read(location.href).code && location.reload());
one("#open").addEventListener("change", ({ target }) => choose(target.value));

/** What the phone's own camera app has opened us with; a student known here is checked in at once. */
function fillFromLink() {
  const link = read(location.href);
  course.value = link.course ?? recall("course") ?? "";
  session.value = link.session ?? recall("session") ?? "";
  code.value = link.code ?? "";
  // The code is used once: a reload or a bookmark must not send it again.
  if (location.search || link.course || link.code) history.replaceState(null, "", location.pathname);
  if (!link.code || !link.session) return;
  if (user.value) send(link.code);
  else user.focus();
}

/** Sends what the form says. */
async function send(token) {
  const fields = {
    user_id: user.value.trim(),
    device_id: device(),
    course_id: course.value.trim(),
    session_id: session.value.trim(),
    qr_token: token,
  };
  for (const [name, input] of Object.entries({ user, course, session })) keep(name, input.value.trim());
  say("wait", "answer.sending", () => "");
  if (await attempt(fields, { first: true })) code.value = "";
}

/** A code as people type it, with or without what every code begins with. */
function typed(text) {
  return read(text).code ?? (/^[a-z0-9]{6,}$/i.test(text) ? `TKN-${text.toUpperCase()}` : text);
}

/** Looks for a code with the camera until one is found or somebody stops it. */
async function look() {
  setText(one("#scan-problem"), "");
  if (!user.value.trim()) {
    setText(one("#scan-problem"), tell("scan.user"));
    user.focus();
    return;
  }
  if (!navigator.mediaDevices?.getUserMedia) {
    setText(one("#scan-problem"), tell("scan.none"));
    return;
  }
  camera = new AbortController();
  one("#camera").hidden = false;
  redraw();
  let text = null;
  try {
    const { scan } = await import("./camera.js");
    text = await scan(one("#camera video"), (found) => read(found).code !== null, camera.signal);
  } catch (error) {
    setText(one("#scan-problem"), tell(error.name === "NotAllowedError" ? "scan.refused" : "scan.missing"));
  }
  camera = null;
  one("#camera").hidden = true;
  redraw();
  if (text) found(text);
}

function found(text) {
  navigator.vibrate?.(60);
  const scanned = read(text);
  code.value = scanned.code;
  if (scanned.course && scanned.session) {
    course.value = scanned.course;
    session.value = scanned.session;
  }
  if (course.value.trim() && session.value.trim()) send(scanned.code);
  else say("wait", "answer.waiting", () => tell("scan.session"));
}

/** Offers the open sessions; where just one is open, it is that. */
async function sessions() {
  let items = [];
  try {
    ({ items } = await call("/presence/sessions/active", { attempts: 1 }));
  } catch {
    // The ids can still be typed.
  }
  const select = one("#open");
  select.append(...items.map((item, index) => el(
    "option", { value: String(index) }, `${item.course_id} / ${item.session_id}`,
  )));
  select.items = items;
  const at = items.findIndex((item) => item.course_id === course.value && item.session_id === session.value);
  if (at >= 0 || (items.length === 1 && !course.value)) choose(String(Math.max(at, 0)));
  select.closest(".field").hidden = items.length === 0;
}

function choose(index) {
  const select = one("#open");
  select.value = index;
  one("#ids").hidden = index !== "";
  const item = select.items?.[Number(index)];
  if (index === "" || !item) return;
  course.value = item.course_id;
  session.value = item.session_id;
}

/** A name for this phone, drawn once: it shows the instructor when one phone serves several. */
function device() {
  const known = recall("device") ?? `web-${[...crypto.getRandomValues(new Uint8Array(8))].map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
  keep("device", known);
  return known;
}

function redraw() {
  drawAnswer();
  drawQueue();
  setText(one("#scan"), tell(camera ? "scan.stop" : "scan.start"));
}

function labelOf(input) {
  return one("span", input.closest("label")).textContent;
}
