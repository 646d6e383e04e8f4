// Which lines are tried with which servers, and the verdict on each.

import { Stopped } from "./client.js";
import { MUST, NotTried, Run, Wrong } from "./lines.js";
import { presence } from "./presence.js";
import { accelerometer } from "./accelerometer.js";
import { errors, gps } from "./gps.js";
import { web } from "./web.js";
import { client, inItsStyle, shapes } from "./cross.js";

export const MODULES = { presence, accelerometer, gps, errors, web };
export const CROSS = "cross";
export const NAMES = [...Object.keys(MODULES), CROSS];

/** Rows of a table: a line with a cell for each server, or each pair, that it is tried with. */
export function plan(servers, modules) {
  const lines = Object.keys(MODULES).filter((name) => modules.includes(name)).flatMap((name) => MODULES[name].lines);
  const rows = lines.map((line) => row(line, servers.map((server) => cell(server.name, server))));
  return servers.length > 1 && modules.includes(CROSS) ? [...rows, ...crossRows(servers)] : rows;
}

function crossRows([a, b]) {
  const directions = () => [cell("A → B", b, a), cell("B → A", a, b)];
  const styles = a.style === b.style ? [] : inItsStyle.lines;
  return [
    ...[...client.lines, ...styles].map((line) => row(line, directions())),
    ...shapes.lines.map((line) => row(line, [cell("A = B", b, a)])),
  ];
}

const row = (line, cells) => ({ line, cells });
const cell = (label, server, home = null) => ({ label, server, home, word: "", reason: null, exchanges: [] });

/** Tries row after row; the cells of different servers at the same time. */
export async function tryAll(rows, signal, done) {
  for (const each of rows) {
    if (signal.aborted) each.cells.forEach(skip);
    else if (each.cells.some(({ home }) => home)) for (const one of each.cells) await tryCell(each.line, one);
    else await Promise.all(each.cells.map((one) => tryCell(each.line, one)));
    done(each);
  }
}

function skip(one) {
  one.word = "skip";
}

async function tryCell(line, one) {
  const run = new Run(one.server, one.home, one.exchanges);
  try {
    await line.check(run);
  } catch (error) {
    one.reason = error instanceof Wrong ? error.reason : unreadable(error);
    if (error instanceof NotTried || error instanceof Stopped) return skip(one);
  }
  one.word = wordFor(line.level, one.reason);
}

function unreadable(error) {
  if (error instanceof Stopped) return { sentence: "stopped", values: {} };
  return { sentence: "this page cannot read the answer: {error}", values: { error: String(error).slice(0, 200) } };
}

function wordFor(level, reason) {
  if (level === MUST) return reason ? "FAIL" : "PASS";
  return reason ? "no" : "yes";
}

/** Counts of verdicts by the label of a column. */
export function counts(rows) {
  const byLabel = new Map();
  for (const { cells } of rows) {
    for (const { label, word } of cells) {
      const count = byLabel.get(label) ?? { PASS: 0, FAIL: 0, yes: 0, no: 0, skip: 0 };
      if (word) count[word] += 1;
      byLabel.set(label, count);
    }
  }
  return byLabel;
}
