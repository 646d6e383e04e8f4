// The report for people (Markdown) and for programs (JSON).

import { LONGEST_SHOWN } from "./client.js";
import { counts } from "./runner.js";
import { say, sayReason } from "./texts.js";

const UNPRINTABLE = /[^\n\t\x20-\x7e\xa0-\u2029\u202f-\u2065\u2070-\ud7ff\ue000-\uffff\u{10000}-\u{10ffff}]/gu;

/** Text of a stranger that can neither turn the direction of a line nor move a cursor. */
export const printable = (text) => text.replace(UNPRINTABLE, "�");

/** The verdicts of a column in one sentence. */
export function summary([label, { PASS, FAIL, yes, no, skip }]) {
  const values = { label, kept: PASS, must: PASS + FAIL, yes, no, skip };
  return say("{label}: {kept} of {must} lines are kept. Information: {yes} yes, {no} no. Not tried: {skip}.", values);
}

/** The answer's first line: what came of the request. */
export function outcome({ failure, status, milliseconds }) {
  return failure ? sayReason(failure) : say("Status {status}, {milliseconds} ms", { status, milliseconds });
}

export const requestLine = ({ method, url }) => printable(`${method} ${url}`);

/** A body as it is shown: not longer than a reader bears. */
export function excerpt(text, length = text.length) {
  const more = length - Math.min(text.length, LONGEST_SHOWN);
  const start = printable(text.slice(0, LONGEST_SHOWN));
  return more > 0 ? `${start} ${say("… and {more} characters more", { more })}` : start;
}

export function markdown({ servers, rows, when }) {
  const table = rows.map(({ line, cells }) => `| ${cells.map(verdict).join(", ")} | ${line.section}: ${say(line.says).replaceAll("|", "\\|")} |`);
  return [
    `# ${say("Swap test: API Contract Simple v1")}`, "",
    ...servers.map(({ name, base, style }) => `- ${say("Server")} ${name}: ${code(base)} (${style})`),
    `- ${say("Tried")}: ${when}`,
    ...[...counts(rows)].map((count) => `- **${summary(count)}**`),
    "", `| | ${say("Line")} |`, "|---|---|", ...table, "",
    say("PASS and FAIL: what the contract says. yes and no: what it leaves open, for information."),
    ...rows.flatMap(details), "",
  ].join("\n");
}

const verdict = ({ label, word }) => `${label} ${say(word || "skip")}`;

function details({ line, cells }) {
  return ["", `## ${line.section}: ${say(line.says)}`, "", ...cells.flatMap((cell) => [
    `### ${verdict(cell)}`, "",
    ...(cell.reason ? [`${say("Reason")}: ${code(sayReason(cell.reason))}`, ""] : []),
    ...cell.exchanges.flatMap((exchange) => fenced(asText(exchange))),
  ])];
}

function asText(exchange) {
  const { server, body, contentType, redirectedTo, failure, answer, answerLength } = exchange;
  return [
    `${server}: ${requestLine(exchange)}`,
    ...(contentType ? [`Content-Type: ${contentType}`, "", excerpt(body)] : []),
    "", outcome(exchange), ...(redirectedTo ? [printable(`→ ${redirectedTo}`)] : []),
    ...(failure ? [] : [excerpt(answer, answerLength)]),
  ].join("\n");
}

/** A block whose fence is longer than any in what a stranger wrote. */
function fenced(text) {
  const fence = "`".repeat(Math.max(3, ...[...text.matchAll(/`+/g)].map(([run]) => run.length + 1)));
  return [fence, text, fence, ""];
}

const code = (text) => `\`${printable(text).replaceAll("`", "'").replaceAll("\n", " ")}\``;

export function json({ servers, rows, when }) {
  const lines = rows.map(({ line: { section, says, level }, cells }) => ({ section, says, level, verdicts: cells.map(plain) }));
  return JSON.stringify({
    contract: "API Contract Simple v1", when, servers: servers.map(({ name, base, style }) => ({ name, base_url: base, style })),
    counts: Object.fromEntries(counts(rows)), lines,
  }, null, 2);
}

function plain({ label, word, reason, exchanges }) {
  const calls = exchanges.map(({ json: _, failure, ...exchange }) => ({ ...exchange, failure: failure ? sayReason(failure, "en") : "" }));
  return { of: label, verdict: word || "skip", reason: reason ? sayReason(reason, "en") : "", exchanges: calls };
}
