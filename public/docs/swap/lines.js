// What a line of the contract is, and the checks that lines are made of.

export const MUST = "must", INFORMATION = "information";
const STATUSES = {
  missing_field: 400, token_invalid: 401, token_expired: 401, token_mismatch: 401, device_not_found: 404, unknown_endpoint: 404,
};
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;
const LONGEST_VALUE = 200; // characters of a server's value in a reason

/** The server does not do what the line says. The sentence is one of texts.js. */
export class Wrong extends Error {
  constructor(sentence, values = {}) {
    super(sentence);
    this.reason = { sentence, values };
  }
}

/** The line cannot be tried here: neither kept nor broken. */
export class NotTried extends Wrong {}

/** One try of a line: its exchanges stay, its ids are fresh. */
export class Run {
  #id = random(8);

  constructor(server, home = null, exchanges = []) {
    Object.assign(this, { server, home, exchanges });
  }

  /** The same run at another server. */
  at(server) {
    return new Run(server, null, this.exchanges);
  }

  /** An id that nobody has used. */
  fresh(kind) {
    return `conf-${kind}-${this.#id}-${random(4)}`;
  }

  /** A course and a session that nobody has used. */
  session() {
    return { course_id: this.fresh("course"), session_id: this.fresh("session") };
  }

  async post(path, body) {
    return this.#keep(await this.server.call("POST", path, {}, body));
  }

  async get(path, query = {}) {
    return this.#keep(await this.server.call("GET", path, query));
  }

  #keep(exchange) {
    this.exchanges.push(exchange);
    if (exchange.failure) throw new Wrong(exchange.failure.sentence, exchange.failure.values);
    return exchange;
  }
}

function random(digits) {
  const bytes = crypto.getRandomValues(new Uint8Array(digits / 2));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Lines of one part of the contract, in its order. */
export class Section {
  lines = [];

  constructor(title) {
    this.title = title;
  }

  /** A line that a server of the contract has to keep. */
  must(says, check) {
    this.lines.push({ section: this.title, says, level: MUST, check });
  }

  /** A line on which the contract is silent: for information, never counted. */
  information(says, check) {
    this.lines.push({ section: this.title, says, level: INFORMATION, check });
  }
}

const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);

/** A server's value in a reason. */
export function inWords(value) {
  const text = value === undefined ? "—" : JSON.stringify(value);
  return text.length > LONGEST_VALUE ? `${text.slice(0, LONGEST_VALUE)} …` : text;
}

/** The `data` of a success. Throws Wrong for anything else. */
export function dataOf(exchange) {
  const answer = envelope(exchange);
  if (!answer.ok) throw new Wrong("refused: {error}", { error: inWords(answer.error) });
  expectStatus(exchange, 200);
  if (!isObject(answer.data)) throw new Wrong("a success must have an object as its `data`");
  return answer.data;
}

/** Throws Wrong unless this is the refusal with this code and its status. */
export function expectError(exchange, code) {
  const answer = envelope(exchange);
  if (answer.ok) throw new Wrong("must be refused with {code}, but says ok: true", { code: inWords(code) });
  expect(answer.error, code, "error");
  expectStatus(exchange, STATUSES[code.split(":")[0]]);
}

function envelope(exchange) {
  const answer = exchange.json;
  if (isObject(answer) && typeof answer.ok === "boolean") return answer;
  throw new Wrong("the answer must be a JSON object with `ok` true or false");
}

/** Apps Script has no other status than 200; a server of paths has the contract's. */
function expectStatus(exchange, status) {
  const wanted = exchange.style === "exec" ? 200 : status;
  if (exchange.status === wanted) return;
  throw new Wrong("the status must be {wanted}, but is {status}", { wanted, status: exchange.status });
}

/** Throws Wrong unless they are equal, in type too. */
export function expect(value, wanted, what) {
  if (value !== wanted) throw new Wrong("`{what}` must be {wanted}, but is {value}", { what, wanted: inWords(wanted), value: inWords(value) });
}

/** A text that is not empty. Throws Wrong. */
export function textIn(data, name) {
  const value = data[name];
  if (typeof value === "string" && value) return value;
  throw new Wrong("`{name}` must be a text, but is {value}", { name, value: inWords(value) });
}

/** Milliseconds of a time as the contract writes it. Throws Wrong. */
export function timeIn(data, name) {
  const value = textIn(data, name);
  const moment = TIME.test(value) ? Date.parse(value) : NaN;
  if (!Number.isNaN(moment) && new Date(moment).toISOString().startsWith(value.slice(0, 19))) return moment;
  throw new Wrong("`{name}` must be a time like 2026-02-18T10:15:30Z, but is {value}", { name, value: inWords(value) });
}

/** A moment as the contract writes it. */
export const timestamp = (moment) => `${new Date(moment).toISOString().slice(0, 19)}Z`;

/** The moment, in whole seconds. */
export const now = () => Math.floor(Date.now() / 1000) * 1000;
