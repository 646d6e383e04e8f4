// The live roster on the page, and the entries by hand below it.

import { el, keyed, one, setText } from "../shared/dom.js";
import { locale, tell, translate } from "../shared/language.js";
import { matches, people, sorted } from "./people.js";

const heard = { roster: [], presences: null, marks: [] };
let known = null; // ids of those who were there at the last drawing

/** Takes what a listener has heard, and draws it. `mark` is called with a row to change. */
export function hear(more, mark) {
  Object.assign(heard, more);
  draw(mark);
}

/** Forgets one session, before the next is shown. */
export function forget() {
  Object.assign(heard, { presences: null, marks: [] });
  known = null;
}

/** Draws everything, in the language that is shown. */
export function draw(mark) {
  const rows = people(heard.roster, heard.presences ?? [], heard.marks);
  const there = rows.filter((row) => row.status === "checked_in");
  const shown = sorted(rows).filter((row) => matches(row, one("#search").value.trim(), one("#filter").value));
  const arrived = announce(there);
  keyed(one("#roster tbody"), shown, (row) => row.id, () => line(mark), (item, row) => fill(item, row, arrived));
  drawCounts(there);
  setText(one("#empty"), shown.length ? "" : tell(rows.length ? "roster.nobody" : "roster.empty"));
  one("#roster thead").hidden = shown.length === 0;
  drawTrail();
}

/** How many of the roster are there, and how many besides. */
function drawCounts(there) {
  const all = heard.roster.length;
  const guests = there.filter((row) => row.flags.includes("stranger")).length;
  const present = there.length - guests;
  const key = all ? (guests ? "roster.count.guests" : "roster.count") : "roster.count.open";
  setText(one("#count"), tell(key, { present, all, guests }));
  setText(one("#big-count"), all ? `${present} / ${all}` : present);
}

/** Says who has come since the last drawing, and returns their ids. */
function announce(there) {
  const before = known;
  if (heard.presences === null) return new Set();
  known = new Set(there.map((row) => row.id));
  if (before === null) return new Set();
  const arrived = there.filter((row) => !before.has(row.id));
  if (arrived.length) {
    const names = arrived.map((row) => row.name || row.id).join(", ");
    setText(one("#arrived"), tell("roster.arrived", { name: names }));
  }
  return new Set(arrived.map((row) => row.id));
}

function line(mark) {
  const item = el(
    "tr",
    {},
    el("td", {}, el("span", { class: "who-name" }), el("span", { class: "who-id code" })),
    el("td", { class: "number" }),
    el("td", {}, el("span", { class: "tags" })),
    el("td", {}, el("button", { type: "button", class: "little", on: { click: () => mark(item.row) } })),
  );
  return item;
}

function fill(item, row, arrived) {
  item.row = row;
  if (arrived.has(row.id)) item.classList.add("new");
  setText(one(".who-name", item), row.name || row.id);
  setText(one(".who-id", item), row.name ? row.id : "");
  setText(item.cells[1], row.time === null ? "" : clock(row.time));
  const tags = [
    [row.status === "checked_in" ? "good" : "", tell(`status.${row.status}`)],
    ...row.flags.map((flag) => ["warn", tell(`flag.${flag}`)]),
    ...(row.reason ? [["", row.reason]] : []),
  ];
  one(".tags", item).replaceChildren(...tags.map(([kind, text]) => el("span", { class: `tag ${kind}` }, text)));
  const to = other(row.status);
  const button = one("button", item);
  setText(button, tell(`mark.to.${to}`));
  button.setAttribute("aria-label", tell(`mark.${to}`, { name: row.name || row.id }));
}

/** The status that a row can be changed to. */
export function other(status) {
  return status === "absent" ? "checked_in" : "absent";
}

function drawTrail() {
  const names = new Map(heard.roster.map(({ user_id, name }) => [user_id, name]));
  one("#trail").hidden = heard.marks.length === 0;
  setText(one("#trail-count"), heard.marks.length);
  one("#trail ol").replaceChildren(...heard.marks.toReversed().map((mark) => el(
    "li",
    {},
    el("span", {}, tell("trail.line", {
      name: names.get(mark.user_id) || mark.user_id,
      was: tell(`status.${mark.was}`),
      status: tell(`status.${mark.status}`),
    })),
    el("span", { class: "quiet small" }, tell("trail.why", {
      reason: mark.reason, by: mark.by_name, time: clock(mark.at.toMillis()),
    })),
  )));
  translate(one("#trail"));
}

function clock(milliseconds) {
  return new Intl.DateTimeFormat(locale(), { timeStyle: "medium" }).format(milliseconds);
}
