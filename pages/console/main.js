// The instructor's console: one course and session at a time, and everything of it live.

import { ApiError, call, sentence } from "../shared/api.js";
import { el, one, setText } from "../shared/dom.js";
import { idToken, leave } from "../shared/firebase.js";
import { frame, showUser } from "../shared/frame.js";
import { onLanguage, tell } from "../shared/language.js";
import { keep, recall } from "../shared/memory.js";
import { admit } from "../shared/signin.js";
import { askNew, askReason } from "./dialogs.js";
import { importRoster, save } from "./files.js";
import * as listening from "./listening.js";
import * as projector from "./projector.js";
import * as roster from "./roster.js";
import { TEXTS } from "./texts.js";

const asked = new URLSearchParams(location.search);
const at = { course: asked.get("course") ?? recall("console")?.course ?? null, session: asked.get("session") };
let courses = [];
let elsewhere = []; // courses that other clients have opened sessions of
let sessions = [];
let state; // of the session: its document, null where there is none, undefined until we know
let entered = null; // the course that is listened to
let ofCourse = () => {};
let ofSession = () => {};

frame(TEXTS);
one("#plain").checked = recall("plain") ?? false;
project(asked.get("view") === "projector");
onLanguage(redraw);
admit(one("#signin"), "instructor", (user) => {
  showUser(user, leave);
  one("#console").hidden = false;
  listening.courses((found) => {
    courses = found;
    drawCourses();
  }, failed);
  othersCourses();
});

one("#course").addEventListener("change", ({ target }) => enterCourse(target.value));
one("#session").addEventListener("change", ({ target }) => enterSession(target.value));
one("#new-course").addEventListener("click", () => askNew("course", async (id, name) => {
  await call("/presence/courses", { body: { course_id: id, name }, token: idToken });
  enterCourse(id);
}));
one("#new-session").addEventListener("click", () => askNew("session", async (id) => enterSession(id)));
one("#open").addEventListener("click", () => change(() => projector.start(at.course, at.session)));
one("#stop").addEventListener("click", () => change(() => call("/presence/qr/stop", {
  body: { course_id: at.course, session_id: at.session }, token: idToken,
})));
one("#large").addEventListener("click", () => {
  const yes = !document.body.classList.contains("projecting");
  project(yes);
  if (yes) document.documentElement.requestFullscreen?.().catch(() => {}); // then it fills the window
});
one("#plain").addEventListener("change", ({ target }) => {
  keep("plain", target.checked);
  projector.draw();
});
one("#search").addEventListener("input", () => roster.draw(mark));
one("#filter").addEventListener("change", () => roster.draw(mark));
one("#import input").addEventListener("change", async ({ target }) => {
  const [chosen] = target.files;
  if (!chosen) return;
  const { good, text } = await importRoster(at.course, chosen);
  target.value = "";
  notice(text, good ? "" : "bad");
});
for (const button of document.querySelectorAll("[data-export]")) {
  button.addEventListener("click", async () => {
    one(".exports").open = false;
    const session = "whole" in button.dataset ? null : at.session;
    await save(button.dataset.export, at.course, session).catch(failed);
  });
}
addEventListener("keydown", ({ key }) => {
  if (key === "Escape" && !document.querySelector("dialog[open]")) {
    one(".exports").open = false;
    if (document.body.classList.contains("projecting")) project(false);
  }
});

/** Courses that nobody has named here: other clients of the contract have opened sessions of them. */
async function othersCourses() {
  try {
    const { items } = await call("/presence/sessions/active", { token: idToken });
    elsewhere = items.map(({ course_id }) => ({ course_id, name: course_id }));
    drawCourses();
  } catch (error) {
    failed(error);
  }
}

function drawCourses() {
  const known = new Map([...elsewhere, ...courses].map((course) => [course.course_id, course.name]));
  if (at.course && !known.has(at.course)) known.set(at.course, at.course);
  const options = [...known].sort(([, a], [, b]) => a.localeCompare(b));
  fillSelect(one("#course"), options.map(([id, name]) => [id, name === id ? id : `${name} (${id})`]), at.course, "course");
  one("#import").hidden = !at.course;
  const course = at.course ?? options[0]?.[0];
  if (course && entered === null) enterCourse(course, at.session);
  drawTitle();
}

function drawSessions() {
  const ids = sessions.map(({ session_id }) => session_id);
  if (at.session && !ids.includes(at.session)) ids.unshift(at.session);
  const open = new Set(sessions.filter((session) => session.open).map(({ session_id }) => session_id));
  fillSelect(one("#session"), ids.map((id) => [id, open.has(id) ? `${id} · ${tell("state.open")}` : id]), at.session, "session");
  if (!at.session && ids.length) enterSession(ids[0]);
}

function fillSelect(select, options, chosen, kind) {
  const empty = options.length ? [] : [["", tell(`console.none.${kind}`)]];
  select.replaceChildren(...[...empty, ...options].map(([value, text]) => el(
    "option", { value, selected: value === chosen }, text,
  )));
  select.disabled = options.length === 0;
}

function enterCourse(course, session = null) {
  ofCourse();
  leaveSession();
  sessions = [];
  Object.assign(at, { course, session });
  entered = course;
  keep("console", { course });
  const ends = [
    listening.sessions(course, (found) => {
      sessions = found;
      drawSessions();
    }, failed),
    listening.roster(course, (students) => roster.hear({ roster: students }, mark), failed),
  ];
  ofCourse = () => ends.forEach((end) => end());
  drawCourses();
  if (session) enterSession(session);
  else drawRoom();
}

function enterSession(session) {
  leaveSession();
  at.session = session;
  ofSession = listening.room(at.course, session, {
    state: (found) => {
      state = found;
      drawRoom();
    },
    presences: (presences) => roster.hear({ presences }, mark),
    marks: (marks) => roster.hear({ marks }, mark),
  }, failed);
  drawSessions();
  drawRoom();
}

function leaveSession() {
  ofSession();
  ofSession = () => {};
  state = undefined;
  roster.forget();
  projector.rest();
  roster.draw(mark);
}

/** The projector and its buttons, as the session is. */
function drawRoom() {
  remember();
  if (state?.open) projector.run(at.course, at.session);
  else if (state !== undefined) projector.rest();
  const name = state === undefined ? "" : state === null ? "new" : state.open ? "open" : "closed";
  const tag = one("#state");
  tag.className = `tag ${name === "open" ? "good" : ""}`;
  setText(tag, name && at.session ? tell(`state.${name}`) : "");
  one("#open").hidden = !at.session || name === "open" || name === "";
  setText(one("#open"), tell(name === "closed" ? "console.reopen" : "console.open"));
  one("#stop").hidden = name !== "open";
  drawTitle();
  projector.draw();
}

function drawTitle() {
  const course = courses.find(({ course_id }) => course_id === at.course);
  setText(one("#projector-course"), course?.name ?? at.course ?? tell("console.none.course"));
  setText(one("#projector-session"), at.session ?? tell("console.none.session"));
}

/** Opens or stops the session; the listener tells what came of it. */
async function change(send) {
  try {
    notice("");
    await send();
  } catch (error) {
    failed(error);
  }
}

function mark(row) {
  const status = roster.other(row.status);
  askReason(status, row.name || row.id, (reason) => call("/presence/mark", {
    body: { course_id: at.course, session_id: at.session, user_id: row.id, status, reason },
    token: idToken,
  }));
}

/** The projector view fills the window; the address says so, for a reload. */
function project(yes) {
  if (!yes && document.fullscreenElement) document.exitFullscreen();
  document.body.classList.toggle("projecting", yes);
  const button = one("#large");
  button.setAttribute("aria-pressed", String(yes));
  button.dataset.text = yes ? "console.small" : "console.large";
  setText(button, tell(button.dataset.text));
  remember();
}

function remember() {
  const query = new URLSearchParams();
  if (at.course) query.set("course", at.course);
  if (at.session) query.set("session", at.session);
  if (document.body.classList.contains("projecting")) query.set("view", "projector");
  history.replaceState(null, "", `?${query}`);
}

function notice(text, kind = "") {
  const place = one("#notice");
  place.className = `notice ${kind}`;
  setText(place, text);
}

function failed(error) {
  const refused = error.code === "permission-denied" ? new ApiError("forbidden", { status: 403 }) : error;
  notice(sentence(refused), "bad");
}

function redraw() {
  drawCourses();
  drawSessions();
  drawRoom();
  roster.draw(mark);
}
