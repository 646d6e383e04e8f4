// What is kept of the person who is signed in: to see, to take along, to have deleted.

import { call, sentence } from "../shared/api.js";
import { el, one, setText } from "../shared/dom.js";
import { idToken, leave } from "../shared/firebase.js";
import { frame, showUser } from "../shared/frame.js";
import { locale, onLanguage, tell } from "../shared/language.js";
import { notice } from "../shared/notice.js";
import { admit } from "../shared/signin.js";
import { TEXTS } from "./texts.js";

let own = null; // the newest answer
let checkins = [];

frame(TEXTS);
onLanguage(draw);
admit(one("#signin"), null, async (user) => {
  showUser(user, leave);
  if (user.role === null) notice(tell("signin.norole", { name: user.email ?? user.name }), "warn");
  else await load();
});

one("#more").addEventListener("click", () => load(own.checkins.next));
one("#download").addEventListener("click", download);
one("#forget").addEventListener("submit", (event) => {
  event.preventDefault();
  const reason = one("#forget").elements.reason.value.trim();
  ask({ body: { ...(reason && { reason }) } });
});
one("#withdraw").addEventListener("click", () => ask({ method: "DELETE" }));

async function load(after = null) {
  try {
    own = await call("/people/me", { query: { ...(after && { after }) }, token: idToken });
    checkins = after ? [...checkins, ...own.checkins.items] : own.checkins.items;
    one("#own").hidden = false;
    notice("");
    draw();
  } catch (error) {
    notice(sentence(error), "bad");
  }
}

async function ask(options) {
  try {
    await call("/people/me/forget", { ...options, token: idToken });
    await load();
    one("#forget").reset();
  } catch (error) {
    notice(sentence(error), "bad");
  }
}

/** Puts all pages of data into one JSON file. */
async function download() {
  const button = one("#download");
  button.disabled = true;
  const documents = [];
  try {
    let cursor = null;
    do {
      const page = await call("/people/me/data", { query: { ...(cursor && { cursor }) }, token: idToken });
      documents.push(...page.items);
      cursor = page.next;
      setText(one("#progress"), tell("me.documents", { count: documents.length }));
    } while (cursor);
    const content = JSON.stringify({ account: own.account, courses: own.courses, documents }, null, 2);
    const url = URL.createObjectURL(new Blob([content], { type: "application/json" }));
    el("a", { href: url, download: `simpul-${own.account.uid.replace(/[^\w.-]+/g, "-")}.json` }).click();
    setTimeout(() => URL.revokeObjectURL(url), 10_000);
  } catch (error) {
    notice(sentence(error), "bad");
  }
  button.disabled = false;
}

function draw() {
  if (!own) return;
  drawAccount();
  one("#checkins tbody").replaceChildren(...checkins.map(({ course_id: course, session_id: session, ts, device_id: device }) => el(
    "tr", {}, el("td", {}, course), el("td", {}, session), el("td", { class: "number" }, when(ts)), el("td", {}, device),
  )));
  one("#checkins").hidden = checkins.length === 0;
  one("#no-checkins").hidden = checkins.length > 0;
  one("#more").hidden = own.checkins.next === null;
  const things = [...own.phones.map(phone), ...own.devices.map(device)];
  one("#things").replaceChildren(...things);
  one("#no-things").hidden = things.length > 0;
  const asked = own.forget;
  setText(one("#forget-what"), asked ? tell("me.requested", { time: when(asked.requested_at) }) : tell("me.forget.what"));
  one("#forget").hidden = asked !== null;
  one("#withdraw").hidden = asked === null;
}

function drawAccount() {
  const { account, courses } = own;
  const facts = [
    ["me.name", account.name], ["me.uid", account.uid], ["me.email", account.email],
    ["me.role", account.role && tell(`role.${account.role}`)],
    ["me.ways", account.providers.map((each) => tell(`way.${each}`)).join(", ")],
    ["me.since", account.made_at && when(account.made_at)],
    ["me.attends", courses.attended.join(", ")], ["me.teaches", courses.taught.join(", ")],
    ["me.entries", own.entries_by_hand || ""],
  ].filter(([, value]) => value);
  one("#account-facts").replaceChildren(...facts.flatMap(([name, value]) => [el("dt", {}, tell(name)), el("dd", {}, value)]));
}

function phone({ device_id: id, samples, points }) {
  const kept = [["me.samples", samples], ["me.points", points]].filter(([, span]) => span)
    .map(([name, { first, last }]) => tell(name, { first: when(first), last: when(last) }));
  return thing(tell("me.phone", { id }), kept.join(" · ") || tell("me.nothing"));
}

function device({ device_id: id, name, readings }) {
  return thing(tell("me.device.named", { id, name }), tell("me.readings", { count: new Intl.NumberFormat(locale()).format(readings) }));
}

function thing(name, kept) {
  return el("li", {}, el("strong", {}, name), el("span", { class: "quiet number" }, kept));
}

function when(time) {
  return new Date(time).toLocaleString(locale(), { dateStyle: "medium", timeStyle: "short" });
}
