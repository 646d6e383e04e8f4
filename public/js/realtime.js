/*
 * Keeps elements of a page up to date from JSON addresses. No dependency; include it once:
 *
 *   <script src="/js/realtime.js" defer></script>
 *   <span data-realtime-url="/api/v1/devices/2/statistics"
 *         data-realtime-key="data.total_data" data-realtime-interval="5000">…</span>
 *
 *   data-realtime-url       where the JSON is
 *   data-realtime-key       path to the value in it; without it, the whole answer
 *   data-realtime-interval  milliseconds between two looks; 5000 if absent, 1000 at least
 *   data-realtime-template  HTML of one row; {{ name }} is the row's value. An array makes a row each
 *   data-realtime-pages     the answer has pages: read the ones that its `next` names too
 *
 * Values go in as text. Elements with the same address share one request; a hidden tab makes none;
 * errors make the next look later. Where this origin wants an account, the account that is signed in on
 * the site's pages is used; Realtime.setToken(text or function) says another, or null for none. A Bearer
 * token goes to this origin only. Elements get the event "realtime" (detail: the value) and
 * data-realtime-state (loading, ok, error, or signin where somebody has to sign in first).
 */
(() => {
  "use strict";

  const DEFAULT_INTERVAL = 5000;
  const SHORTEST_INTERVAL = 1000;
  const LONGEST_PAUSE = 300000;
  const LONGEST_WISH = 3600000; // of a server that says when to come again
  const PATIENCE = 30000;
  const PLACEHOLDER = /\{\{\s*([\w.]+)\s*\}\}/g;
  const sources = new Map(); // address → {elements, timer, failures, busy}
  let token = null;
  let isSet = false; // by the page, which then knows best

  /** The value at a path such as `data.items.0.name`, or undefined. */
  function dig(value, path) {
    return path.split(".").reduce((inner, name) => {
      const known = inner !== null && typeof inner === "object" && Object.hasOwn(inner, name);
      return known ? inner[name] : undefined;
    }, value);
  }

  /** A value as people read it; nothing for what is not there. */
  function shown(value) {
    if (value === null || value === undefined) return "";
    return typeof value === "object" ? JSON.stringify(value) : String(value);
  }

  const filled = (text, row) => text.replace(PLACEHOLDER, (_, name) => shown(dig(row, name)));

  /** Whether an attribute would run what is put into it. */
  function wouldRun(name, value) {
    if (name.startsWith("on") || name === "style" || name === "srcdoc") return true;
    const address = ["href", "src", "action", "formaction", "xlink:href"].includes(name);
    return address && !/^(https?:|mailto:|[/?#.]|[^:]*$)/i.test(value.trim());
  }

  /** One row: the template's own HTML with values in its texts and attributes, never as HTML. */
  function fill(node, row) {
    if (node.nodeType === Node.TEXT_NODE) node.data = filled(node.data, row);
    for (const attribute of [...(node.attributes ?? [])]) {
      if (!attribute.value.includes("{{")) continue;
      const value = filled(attribute.value, row);
      if (wouldRun(attribute.name.toLowerCase(), value)) node.removeAttribute(attribute.name);
      else attribute.value = value;
    }
    for (const child of [...node.childNodes]) fill(child, row);
    return node;
  }

  function render(element, answer) {
    const key = element.dataset.realtimeKey;
    const value = key ? dig(answer, key) : answer;
    if (element.dataset.realtimeTemplate) {
      const template = document.createElement("template");
      template.innerHTML = element.dataset.realtimeTemplate.trim();
      const rows = Array.isArray(value) ? value : value === null || value === undefined ? [] : [value];
      element.replaceChildren(...rows.map((row) => fill(template.content.cloneNode(true), row)));
    } else if (element.textContent !== shown(value)) {
      element.textContent = shown(value);
    }
    element.dispatchEvent(new CustomEvent("realtime", { detail: value, bubbles: true }));
  }

  function interval(source) {
    const asked = [...source.elements].map(
      (element) => Number(element.dataset.realtimeInterval) || DEFAULT_INTERVAL,
    );
    return Math.max(SHORTEST_INTERVAL, Math.min(...asked));
  }

  const isOurs = (url) => new URL(url, location.href).origin === location.origin;

  async function headers(url) {
    const known = isOurs(url) && (typeof token === "function" ? await token() : token);
    return known ? { Authorization: `Bearer ${known}` } : {};
  }

  /** Takes the account that is signed in on the site's pages, if any; loads Firebase for it. */
  async function useAccount(url, wasSent) {
    if (isSet || !isOurs(url)) return false;
    const { idToken } = await import("/lib/token.js");
    const isSignedIn = Boolean(await idToken(wasSent)); // a new one, if the last one was refused
    if (!isSet) token = isSignedIn ? idToken : null;
    return isSignedIn;
  }

  function setState(source, state) {
    for (const element of source.elements) element.dataset.realtimeState = state;
  }

  /** The JSON at an address. A refusal is an error that says how long to wait. */
  async function read(url, isFirst = true) {
    const signal = AbortSignal.timeout(PATIENCE);
    const sent = await headers(url);
    const response = await fetch(url, { headers: sent, signal });
    if (response.ok) return response.json();
    const error = new Error(`status ${response.status}`);
    error.state = response.status === 401 ? "signin" : "error";
    try {
      const isSignedIn = error.state === "signin" && isFirst && await useAccount(url, "Authorization" in sent);
      if (isSignedIn) return read(url, false);
    } catch {
      error.state = "error"; // no network, or a site without such pages
    }
    error.pause = Math.min(1000 * Number(response.headers.get("Retry-After")) || 0, LONGEST_WISH);
    throw error;
  }

  /** An answer with the `data` and the `count` of the pages that follow it. */
  async function withNextPages(url, first) {
    const all = { ...first, data: [...first.data] };
    let after = 0;
    for (let page = first; page.next > after; ) {
      const next = new URL(url, location.href);
      after = page.next;
      next.searchParams.set("after", after);
      page = await read(next);
      all.data.push(...page.data);
    }
    return { ...all, count: all.data.length, next: null };
  }

  /** One look at an address, for all its elements, and the time of the next. */
  async function look(url, source) {
    if (source.busy || document.hidden) return;
    source.busy = true;
    let pause = 0;
    try {
      const answer = await read(url);
      const pages = [...source.elements].some((element) => "realtimePages" in element.dataset);
      const all = pages ? await withNextPages(url, answer) : answer;
      source.failures = 0;
      for (const element of source.elements) {
        render(element, "realtimePages" in element.dataset ? all : answer);
      }
      setState(source, "ok");
    } catch (error) {
      pause = error.pause ?? 0;
      source.failures += 1;
      setState(source, error.state ?? "error");
    }
    source.busy = false;
    const usual = interval(source) * 2 ** Math.min(source.failures, 10);
    const wait = Math.max(pause, Math.min(usual, LONGEST_PAUSE));
    source.notBefore = source.failures ? Date.now() + wait : 0;
    plan(url, source, wait);
  }

  function plan(url, source, pause) {
    clearTimeout(source.timer);
    for (const element of source.elements) {
      if (!element.isConnected || element.dataset.realtimeUrl !== url) source.elements.delete(element);
    }
    if (source.elements.size === 0) sources.delete(url);
    else if (!document.hidden) {
      const wait = Math.max(pause, source.notBefore - Date.now()); // after errors nothing is sooner
      source.timer = setTimeout(() => look(url, source), wait);
    }
  }

  /** Takes up elements that are new, or whose address has changed. */
  function scan(root = document) {
    for (const element of root.querySelectorAll("[data-realtime-url]")) {
      const url = element.dataset.realtimeUrl;
      if (!url) continue;
      const source = sources.get(url) ?? { elements: new Set(), failures: 0, busy: false, notBefore: 0 };
      sources.set(url, source);
      if (source.elements.has(element)) continue;
      source.elements.add(element);
      element.dataset.realtimeState = "loading";
      plan(url, source, 0);
    }
  }

  document.addEventListener("visibilitychange", () => {
    for (const [url, source] of sources) plan(url, source, 0);
  });
  window.Realtime = {
    scan,
    setToken(given) {
      token = given;
      isSet = true;
      for (const [url, source] of sources) plan(url, source, 0);
    },
  };
  if (document.readyState === "loading") {
    document.addEventListener("DOMContentLoaded", () => scan());
  } else {
    scan();
  }
})();
