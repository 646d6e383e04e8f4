// Rows of verdicts. All that a server says goes in as text.

import { outcome, printable, requestLine, excerpt } from "./report.js";
import { say, sayReason } from "./texts.js";

const LONGEST_REASON = 600;
const KINDS = { PASS: "good", yes: "good", FAIL: "bad", no: "warn" };

export function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

/** Shows rows under the titles of their sections, each a `details` that fills itself when it opens. */
export function showRows(place, rows) {
  const open = new Set([...place.querySelectorAll("details[open]")].map((one) => one.id));
  const sections = new Map();
  for (const [number, row] of rows.entries()) {
    const { section } = row.line;
    if (!sections.has(section)) sections.set(section, element("section", { class: "card" }, element("h3", {}, say(section))));
    row.place = element("details", { id: `line-${number}` }, element("summary"));
    row.place.addEventListener("toggle", () => fill(row));
    sections.get(section).append(row.place);
    showRow(row);
    row.place.open = open.has(row.place.id);
  }
  place.replaceChildren(...sections.values());
}

/** Brings the summary of a row up to date, and its contents if they are to be seen. */
export function showRow(row) {
  const { line, cells, place } = row;
  const tags = element("span", { class: "verdicts" }, ...cells.map(tag));
  const reasons = cells.filter(({ reason, word }) => reason && word !== "yes").map((cell) =>
    element("span", { class: "reason" }, `${cell.label}: ${reasonOf(cell)}`));
  place.querySelector("summary").replaceChildren(tags, element("span", { class: "says" }, say(line.says), ...reasons));
  fill(row);
}

function tag({ label, word }) {
  return element("span", { class: `tag ${KINDS[word] ?? ""}`, "data-word": word }, `${label} ${word ? say(word) : "…"}`);
}

function reasonOf({ reason }) {
  const text = printable(sayReason(reason));
  return text.length > LONGEST_REASON ? `${text.slice(0, LONGEST_REASON)} …` : text;
}

function fill({ cells, place }) {
  const columns = place.open ? [element("div", { class: "columns" }, ...cells.map(column))] : [];
  place.replaceChildren(place.querySelector("summary"), ...columns);
}

function column(cell) {
  const exchanges = cell.exchanges.map((exchange) => element("li", {}, ...exchangeOf(exchange)));
  const none = element("p", { class: "quiet" }, say("No requests."));
  return element("div", { class: "column" }, element("h4", {}, tag(cell)), exchanges.length ? element("ol", {}, ...exchanges) : none);
}

function exchangeOf(exchange) {
  const { server, body, contentType, redirectedTo, failure, answer, answerLength } = exchange;
  const parts = [element("p", {}, `${server}: `, element("code", {}, requestLine(exchange)))];
  if (contentType) parts.push(element("p", { class: "quiet small" }, contentType), block(excerpt(body)));
  parts.push(element("p", failure ? { class: "problem" } : {}, outcome(exchange)));
  if (redirectedTo) parts.push(element("p", { class: "quiet small" }, printable(`→ ${redirectedTo}`)));
  if (!failure) parts.push(block(excerpt(answer, answerLength)));
  return parts;
}

const block = (text) => element("pre", {}, text);
