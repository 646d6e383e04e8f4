// The instructor's console: one course and session at a time, and everything of it live.

import { call } from "../shared/api.js";
import { one, setText } from "../shared/dom.js";
import { idToken, leave } from "../shared/firebase.js";
import { frame, showUser } from "../shared/frame.js";
import { onLanguage, tell } from "../shared/language.js";
import { keep, recall } from "../shared/memory.js";
import { admit } from "../shared/signin.js";
import { courseOptions, fill, sessionOptions } from "./choosing.js";
import { askNew, askReason } from "./dialogs.js";
import { importRoster, save } from "./files.js";
import * as listening from "./listening.js";
import * as projector from "./projector.js";
import * as roster from "./roster.js";
import { TEXTS } from "./texts.js";
import { failed, isProjecting, notice, project, remember } from "./view.js";

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
  project(!isProjecting());
  if (isProjecting()) document.documentElement.requestFullscreen?.().catch(() => {}); // the window, then
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
    if (isProjecting()) project(false);
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
  const known = courseOptions([...elsewhere, ...courses], at.course);
  fill(one("#course"), known, at.course, "course");
  one("#import").hidden = !at.course;
  const course = at.course ?? known[0]?.[0];
  if (course && entered === null) enterCourse(course, at.session);
  drawTitle();
}

function drawSessions() {
  const known = sessionOptions(sessions, at.session);
  fill(one("#session"), known, at.session, "session");
  if (!at.session && known.length) enterSession(known[0][0]);
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
  remember(at);
  if (state?.open) projector.run(at.course, at.session);
  else if (state !== undefined) projector.rest();
  const name = state === undefined ? "" : state === null ? "new" : state.open ? "open" : "closed";
  const tag = one("#state");
  tag.className = `tag ${name === "open" ? "good" : ""}`;
  setText(tag, name && at.session ? tell(`state.${name}`) : "");
  one("#open").hidden = !at.session || name === "open" || name === "";
  setText(one("#open"), tell(name === "closed" ? "console.reopen" : "console.open"));
  one("#stop").hidden = name !== "open";
  for (const button of document.querySelectorAll("[data-export]")) {
    button.disabled = !at.course || (!at.session && !("whole" in button.dataset));
  }
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
  if (!at.session) return;
  const status = roster.other(row.status);
  askReason(status, row.name || row.id, (reason) => call("/presence/mark", {
    body: { course_id: at.course, session_id: at.session, user_id: row.id, status, reason },
    token: idToken,
  }));
}

function redraw() {
  drawCourses();
  drawSessions();
  drawRoom();
  roster.draw(mark);
}
