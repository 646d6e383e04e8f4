// The instructor's console: one course and session at a time, and everything of it live.

import { call } from "../shared/api.js";
import { courseOptions, courses as listenToCourses } from "../shared/courses.js";
import { one, setText } from "../shared/dom.js";
import { idToken, leave } from "../shared/firebase.js";
import { frame, showUser } from "../shared/frame.js";
import { onLanguage, tell } from "../shared/language.js";
import { keep, recall } from "../shared/memory.js";
import { notice } from "../shared/notice.js";
import { admit } from "../shared/signin.js";
import { fill, sessionOptions } from "./choosing.js";
import { askNew, askReason } from "./dialogs.js";
import { importRoster, save } from "./files.js";
import * as listening from "./listening.js";
import * as projector from "./projector.js";
import * as roster from "./roster.js";
import * as teachers from "./teachers.js";
import { TEXTS } from "./texts.js";
import { failed, isProjecting, project, remember } from "./view.js";

const asked = new URLSearchParams(location.search);
const at = { course: asked.get("course") ?? recall("console")?.course ?? null, session: asked.get("session") };
let account = null; // {uid, role} of who is signed in
let courses = [];
let elsewhere = []; // courses that other clients have opened sessions of
let sessions = [];
let state; // of the session: its document, null where there is none, undefined until we know
let entered = null; // the course that was entered
let isOurs = false; // whether the user may read and change it, and it is listened to
let visit = null; // changes with each course that is entered
let ofCourse = () => {};
let ofSession = () => {};

frame(TEXTS);
one("#plain").checked = recall("plain") ?? false;
project(asked.get("view") === "projector");
onLanguage(redraw);
call("/presence/__/health").then(({ auth_mode: mode }) => { one("#open-mode").hidden = mode !== "open"; }, () => {});
admit(one("#signin"), ["instructor", "admin"], (user) => {
  account = user;
  showUser(user, leave);
  one("#console").hidden = false;
  listenToCourses(user, (found) => {
    courses = found;
    drawCourses();
  }, failed);
  othersCourses();
});

one("#course").addEventListener("change", ({ target }) => target.value && enterCourse(target.value));
one("#session").addEventListener("change", ({ target }) => target.value && enterSession(target.value));
one("#new-course").addEventListener("click", () => askNew("course", async (id, name) => {
  await teachers.claim(id, name);
  enterCourse(id);
}));
one("#edit-teachers").addEventListener("click", () => teachers.show(at.course, account.uid, () => location.reload()));
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
  for (const id of ["#import", "#accounts", "#edit-teachers", "#new-session"]) one(id).hidden = !isOurs;
  one("#accounts").href = `/people/?${new URLSearchParams({ course: at.course ?? "" })}`;
  const course = at.course ?? courseOptions(courses)[0]?.[0]; // never one that entering would claim
  if (course && entered === null) enterCourse(course, at.session);
  drawTitle();
}

function drawSessions() {
  const known = sessionOptions(sessions, at.session);
  fill(one("#session"), known, at.session, "session");
  if (!at.session && known.length) enterSession(known[0][0]);
}

/** Shows a course. One that is not the user's becomes so where it has no teacher. */
async function enterCourse(course, session = null) {
  leaveCourse();
  Object.assign(at, { course, session });
  entered = course;
  const ours = visit = {};
  notice("");
  drawCourses();
  drawRoom();
  const may = await mayEnter(course);
  if (visit !== ours || !may) return;
  isOurs = true;
  keep("console", { course });
  const ends = [
    listening.sessions(course, (found) => {
      sessions = found;
      drawSessions();
    }, denied),
    listening.roster(course, (students) => roster.hear({ roster: students }, mark), denied),
  ];
  ofCourse = () => ends.forEach((end) => end());
  drawCourses();
  if (session) enterSession(session);
  else drawRoom();
}

function leaveCourse() {
  ofCourse();
  ofCourse = () => {};
  leaveSession();
  sessions = [];
  isOurs = false;
  roster.hear({ roster: [] }, mark);
}

/** A listener's error. Of a course that the user teaches no longer nothing stays, what this computer kept of it neither. */
function denied(error) {
  if (error.code === "permission-denied" && isOurs) {
    leaveCourse();
    at.session = null;
    drawCourses();
    drawSessions();
    drawRoom();
  }
  failed(error);
}

async function mayEnter(course) {
  if (account.role === "admin" || courses.some(({ course_id }) => course_id === course)) return true;
  try {
    await teachers.claim(course);
    return true;
  } catch (error) {
    if (at.course === course) failed(error);
    return false;
  }
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
  }, denied);
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
  if (state?.open) projector.run(at.course, at.session, state.stopped_at?.toMillis() ?? 0);
  else if (state !== undefined) projector.rest();
  const name = state === undefined ? "" : state === null ? "new" : state.open ? "open" : "closed";
  const tag = one("#state");
  tag.className = `tag ${name === "open" ? "good" : ""}`;
  setText(tag, name && at.session ? tell(`state.${name}`) : "");
  one("#open").hidden = !at.session || name === "open" || name === "";
  setText(one("#open"), tell(name === "closed" ? "console.reopen" : "console.open"));
  one("#stop").hidden = name !== "open";
  for (const button of document.querySelectorAll("[data-export]")) {
    button.disabled = !isOurs || (!at.session && !("whole" in button.dataset));
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
