// Accounts: those of a course for its teachers, all of them for admins.

import { call, sentence } from "../shared/api.js";
import { courseOptions, courses as listenToCourses } from "../shared/courses.js";
import { confirm } from "../shared/dialog.js";
import { el, one, setText } from "../shared/dom.js";
import { idToken, leave } from "../shared/firebase.js";
import { frame, showUser } from "../shared/frame.js";
import { locale, onLanguage, tell } from "../shared/language.js";
import { notice } from "../shared/notice.js";
import { admit } from "../shared/signin.js";
import * as dialogs from "./dialogs.js";
import * as importing from "./importing.js";
import * as table from "./table.js";
import { TEXTS } from "./texts.js";

const PLAIN = /^[\w.@-]+$/; // an id that a shell takes as it is: others are not offered to be pasted
let account = null; // {uid, role} of who is signed in
let courses = [];
let course = new URLSearchParams(location.search).get("course") ?? "";
let people = [];
let next = null; // the following page of all accounts
let requests = [];
let visit = 0; // counts what was asked for: an older answer is not shown

frame(TEXTS);
onLanguage(redraw);
admit(one("#signin"), ["instructor", "admin"], (user) => {
  account = user;
  showUser(user, leave);
  one("#people").hidden = false;
  listenToCourses(user, (found) => {
    courses = found;
    drawCourses();
  }, failed);
  if (isAdmin()) {
    show();
    showRequests();
  }
});

one("#course").addEventListener("change", ({ target }) => {
  course = target.value;
  notice("");
  show();
});
one("#search").addEventListener("input", draw);
one("#role").addEventListener("change", draw);
one("#more").addEventListener("click", () => show(next));
one("#invite").addEventListener("click", () => dialogs.invite({ isAdmin: isAdmin(), course: courseName() }, async (fields) => {
  const { link, uid } = await post("/people/invite", { ...fields, ...(course && { course_id: course }) });
  await show();
  if (link) dialogs.showLink(tell("link.invited", { name: fields.name }), link);
  else notice(tell("invite.exists", { name: fields.name, uid }));
}));
one("#import").addEventListener("click", () => importing.ask(course, (counts) => {
  notice(tell("import.done", counts));
  show();
}));

function isAdmin() {
  return account?.role === "admin";
}

function courseName() {
  return course && courses.find(({ course_id: id }) => id === course)?.name || course;
}

function post(path, body) {
  return call(path, { body, token: idToken });
}

/** Asks for the accounts that the choice names; `page` adds a further page. */
async function show(page = null) {
  visit += 1;
  const asked = visit;
  remember();
  if (!course && !isAdmin()) return;
  try {
    const query = { ...(course && { course_id: course }), ...(page && { page }) };
    const found = await call("/people/list", { query, token: idToken });
    if (asked !== visit) return;
    people = page ? [...people, ...found.items] : found.items;
    next = found.next;
    draw();
  } catch (error) {
    if (asked === visit) failed(error);
  }
}

async function showRequests() {
  try {
    requests = (await call("/people/requests", { token: idToken })).items;
    drawRequests();
  } catch (error) {
    failed(error);
  }
}

function drawCourses() {
  const options = courseOptions(courses, course);
  const first = isAdmin() ? [["", tell("people.everyone")]] : options.length ? [] : [["", tell("people.no.course")]];
  one("#course").replaceChildren(...[...first, ...options].map(([value, text]) => el(
    "option", { value, selected: value === course }, text,
  )));
  if (!course && !isAdmin() && options.length) [[course]] = options;
  if (one("#course").value !== course) one("#course").value = course;
  if (people.length === 0) show();
  draw();
}

function draw() {
  one("#import").hidden = !course;
  one("#invite").hidden = !course && !isAdmin();
  const wanted = one("#search").value.trim().toLowerCase();
  const role = one("#role").value;
  const shown = people.filter((person) => (!role || person.role === role)
    && [person.name, person.email, person.uid].some((text) => text.toLowerCase().includes(wanted)));
  setText(one("#count"), new Intl.NumberFormat(locale()).format(shown.length));
  setText(one("#empty"), shown.length ? "" : tell(people.length ? "people.none.found" : "people.none"));
  one("#more").hidden = next === null;
  table.draw(shown, { account, course, isAdmin: isAdmin() }, { link, role: changeRole, remove });
}

function drawRequests() {
  one("#requests").hidden = requests.length === 0;
  one("#requests ul").replaceChildren(...requests.map((request) => el(
    "li", {},
    el("span", {}, `${request.name || request.email || request.uid} (${request.uid})`),
    el("span", { class: "quiet" }, [when(request.requested_at), request.reason].filter(Boolean).join(" · ")),
    PLAIN.test(request.uid) ? el("code", { class: "small" }, `python3 dev.py forget --user ${request.uid} --project …`) : null,
  )));
}

async function link(person) {
  notice("");
  try {
    const made = await post("/people/reset", { uid: person.uid, ...(course && { course_id: course }) });
    dialogs.showLink(tell("link.reset", { name: person.name }), made.link);
  } catch (error) {
    failed(error);
  }
}

async function changeRole(person, role) {
  try {
    await post("/people/role", { uid: person.uid, role: role || null });
    await show();
    notice(tell("role.changed", { name: person.name }));
  } catch (error) {
    draw(); // the choice goes back to what holds
    failed(error);
  }
}

function remove(person) {
  const key = course ? "remove.roster" : "remove.account";
  confirm(tell(key, { name: person.name || person.uid }), tell(`${key}.what`), tell(`${key}.yes`), async () => {
    await post("/people/remove", { uid: person.uid, ...(course && { course_id: course }) });
    await show();
  });
}

function redraw() {
  if (!account) return;
  drawCourses();
  drawRequests();
}

function remember() {
  history.replaceState(null, "", course ? `?${new URLSearchParams({ course })}` : location.pathname);
}

function when(time) {
  return new Date(time).toLocaleDateString(locale(), { dateStyle: "medium" });
}

function failed(error) {
  notice(sentence(error), "bad");
}
