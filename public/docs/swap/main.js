// The page: choices, a run with its progress, and what came of it.

import { choicesOf, searchOf } from "./address.js";
import { Server, baseUrl } from "./client.js";
import { json, markdown, summary } from "./report.js";
import { NAMES, counts, plan, tryAll } from "./runner.js";
import { say, switchLanguage, translatePage } from "./texts.js";
import { element, showRow, showRows } from "./view.js";

const at = (id) => document.getElementById(id);
let test = null; // { servers, rows, when, stop, done, finished }
let problem = "";

function choices() {
  const value = (id) => at(id).value.trim();
  return { a: value("a"), b: value("b"), as: value("as"), bs: value("bs"), modules: NAMES.filter((name) => at(`module-${name}`).checked) };
}

function showChoices({ modules, ...fields }) {
  for (const [id, value] of Object.entries(fields)) at(id).value = value;
  for (const name of NAMES) at(`module-${name}`).checked = modules.includes(name);
}

function keepChoices() {
  history.replaceState(null, "", location.pathname + searchOf(choices(), location.origin));
}

/** The servers of these choices. Puts what is wrong with them into `problem`. */
function serversOf({ a, b, as, bs }, signal) {
  const servers = [];
  problem = "";
  for (const [name, url, style] of [["A", a, as], ["B", b, bs]]) {
    if (name === "B" && !url) continue;
    try {
      servers.push(new Server(name, baseUrl(url), style, signal));
    } catch {
      problem ||= name === "A" ? "The base URL of server A must be http:// or https://, without user and query." :
        "The base URL of server B must be http:// or https://, without user and query.";
    }
  }
  return servers;
}

async function start(event) {
  event.preventDefault();
  if (test && !test.finished) return;
  keepChoices();
  const stop = new AbortController(), fields = choices();
  const servers = serversOf(fields, stop.signal);
  const rows = problem ? [] : plan(servers, fields.modules);
  if (!problem && !rows.length) problem = "Choose at least one module; crosswise needs two servers.";
  at("problem").textContent = problem && say(problem);
  if (problem) return;
  test = { servers, rows, stop, when: `${new Date().toISOString().slice(0, 19)}Z`, done: 0, finished: false };
  at("results").hidden = false;
  show();
  at("stop").focus();
  await tryAll(rows, stop.signal, advance);
  finish();
}

function advance(row) {
  test.done += 1;
  for (const exchange of row.cells.flatMap(({ exchanges }) => exchanges)) delete exchange.json;
  showRow(row);
  showProgress();
}

function finish() {
  test.finished = true;
  const focused = document.activeElement === at("stop");
  show();
  if (focused) at("results-title").focus();
}

function showProgress() {
  const { rows, done } = test;
  Object.assign(at("progress"), { max: rows.length, value: done });
  const next = rows[done];
  at("now").textContent = next && !test.finished
    ? say("{done} of {all} lines. Now: {line}", { done, all: rows.length, line: say(next.line.says) }) : "";
}

/** All that a run shows, in the language of the page. */
function show() {
  at("run").disabled = Boolean(test && !test.finished);
  at("stop").disabled = !at("run").disabled;
  at("problem").textContent = problem && say(problem);
  if (!test) return;
  at("progress").hidden = test.finished;
  showProgress();
  showRows(at("lines"), test.rows);
  at("downloads").hidden = !test.finished;
  if (test.finished) showEnd();
  else {
    at("status").textContent = say("The test runs.");
    at("summary").replaceChildren();
  }
}

function showEnd() {
  const stopped = test.stop.signal.aborted;
  const failed = test.rows.some(({ cells }) => cells.some(({ word }) => word === "FAIL"));
  const sentence = stopped ? "The test was stopped." : failed ? "Done: some lines FAIL." : "Done: all lines PASS.";
  at("status").textContent = say(sentence);
  at("summary").replaceChildren(...[...counts(test.rows)].map((count) => element("li", {}, summary(count))));
  offer("markdown", markdown(test), "text/markdown");
  offer("json", json(test), "application/json");
}

/** A link that saves this text. */
function offer(id, text, type) {
  const link = at(id);
  if (link.href) URL.revokeObjectURL(link.href);
  link.href = URL.createObjectURL(new Blob([text], { type: `${type};charset=utf-8` }));
}

at("form").addEventListener("submit", start);
at("form").addEventListener("change", keepChoices);
at("stop").addEventListener("click", () => test?.stop.abort());
at("language").addEventListener("click", () => {
  switchLanguage();
  translatePage();
  show();
});
showChoices(choicesOf(location.search, location.origin));
translatePage();
show();
