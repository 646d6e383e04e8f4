// Calls on a server of the contract, in its style, and what this page may read of the answers.

const ONE_URL = /\/(exec|dev)$/; // how the URLs of Apps Script end
const LONGEST_ANSWER = 1024 * 1024; // bytes
export const LONGEST_SHOWN = 4000; // characters
const SECONDS = 60; // Apps Script is slow

export const BLOCKED = "the browser did not let this page read the answer: no answer, or Access-Control-Allow-Origin missing, several or not matching";
const MIXED = "a page of https may not call a server of http: open this page by http, or give the server's https URL";

/** The user has stopped the run: no verdict on a server. */
export class Stopped extends Error {}

/** The base URL in its plain form. Throws where it is none. */
export function baseUrl(text) {
  const url = new URL(text.trim());
  if (!["http:", "https:"].includes(url.protocol)) throw new TypeError("neither http nor https");
  if (url.username || url.password || url.search) throw new TypeError("more than a base URL");
  return (url.origin + url.pathname).replace(/\/+$/, "");
}

export const styleOf = (base) => (ONE_URL.test(base) ? "exec" : "rest");

/** A server: by paths (`rest`), or by one URL with `?path=` (`exec`). */
export class Server {
  constructor(name, base, style, signal) {
    Object.assign(this, { name, base, signal, style: style === "auto" ? styleOf(base) : style });
  }

  /** The same server for a client of the other style. */
  in(style) {
    return new Server(this.name, this.base, style, this.signal);
  }

  url(path, query = {}) {
    const exec = this.style === "exec";
    const place = exec ? (ONE_URL.test(this.base) ? this.base : `${this.base}/exec`) : `${this.base}/${path}`;
    const search = new URLSearchParams(exec ? { path, ...query } : query).toString();
    return search ? `${place}?${search}` : place;
  }

  /** Clients of Apps Script send their JSON as text, which spares them the preflight. */
  get contentType() {
    return this.style === "exec" ? "text/plain;charset=utf-8" : "application/json";
  }

  /** Request and answer of one call. A body that is text goes as it is. */
  async call(method, path, query, body, contentType = this.contentType) {
    const exchange = { server: this.name, style: this.style, method, url: this.url(path, query), contentType: "", body: "",
      status: null, answer: "", answerLength: 0, redirectedTo: "", milliseconds: 0, failure: null };
    if (body !== undefined) {
      exchange.body = typeof body === "string" ? body : JSON.stringify(body);
      exchange.contentType = contentType;
    }
    const started = performance.now();
    try {
      await this.#send(exchange);
    } finally {
      exchange.milliseconds = Math.round(performance.now() - started);
    }
    return exchange;
  }

  async #send(exchange) {
    const limit = new AbortController();
    const stop = () => limit.abort();
    let late = false;
    const timer = setTimeout(() => { late = true; stop(); }, SECONDS * 1000);
    this.signal.addEventListener("abort", stop);
    try {
      if (this.signal.aborted) throw new Stopped();
      const answer = await fetch(exchange.url, options(exchange, limit.signal));
      exchange.status = answer.status;
      if (answer.redirected) exchange.redirectedTo = answer.url;
      await read(answer, exchange);
    } catch (error) {
      if (this.signal.aborted) throw new Stopped();
      exchange.failure = late ? { sentence: "no answer within {seconds} seconds", values: { seconds: SECONDS } } : failure(exchange, error);
    } finally {
      clearTimeout(timer);
      this.signal.removeEventListener("abort", stop);
      limit.abort();
    }
  }
}

function options(exchange, signal) {
  const { method, body, contentType } = exchange;
  const sent = contentType ? { body, headers: { "Content-Type": contentType } } : {};
  return { method, signal, ...sent, mode: "cors", credentials: "omit", cache: "no-store", referrerPolicy: "no-referrer" };
}

function failure(exchange, error) {
  if (error instanceof RangeError) return { sentence: "the answer is longer than {bytes} bytes", values: { bytes: LONGEST_ANSWER } };
  const { protocol, hostname } = new URL(exchange.url);
  const here = hostname === "localhost" || hostname.startsWith("127.");
  return { sentence: location.protocol === "https:" && protocol === "http:" && !here ? MIXED : BLOCKED, values: {} };
}

/** Reads the answer into the exchange; `json` is undefined where it is none. */
async function read(answer, exchange) {
  const parts = [];
  let size = 0;
  for (const reader = answer.body?.getReader(); reader;) {
    const { done, value } = await reader.read();
    if (done) break;
    size += value.length;
    if (size > LONGEST_ANSWER) throw new RangeError("too long");
    parts.push(value);
  }
  const text = await new Blob(parts).text();
  Object.assign(exchange, { answer: text.slice(0, LONGEST_SHOWN), answerLength: text.length });
  try {
    exchange.json = JSON.parse(text);
  } catch {
    exchange.json = undefined;
  }
}
