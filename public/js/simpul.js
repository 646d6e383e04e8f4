/*
 * A client of the course contract for web apps: check-ins that wait for the network, a buffer for sensors,
 * listeners. Types: simpul.d.ts.
 *
 *   import { Simpul } from "/js/simpul.js";
 *   const simpul = new Simpul("https://PROJECT.web.app"); // or any group's server, or its …/exec
 *   const { status } = await simpul.checkIn({ user_id, device_id, course_id, session_id, qr_token });
 *   const sensors = simpul.sensors("my-phone"); // then sensors.accel({ x, y, z }), sensors.gps({ lat, lng })
 *   const stop = simpul.onDevice("my-phone", (live) => { … });
 *
 * What waits survives a reload. A repeat counts once, by its times.
 */

const FIREBASE_SDK = "https://www.gstatic.com/firebasejs/12.19.0";
const PATIENCE = 15_000; // milliseconds for an answer
const LONGEST_PAUSE = 60_000;
const MOST_WAITING = 2000; // of each kind
const MOST_SAMPLES = 1000; // of a batch
const PASSING = ["no_network", "unavailable", "internal", "conflict", "too_many_requests", "unauthorized", "app_check_required"];
const OVER = ["token_expired", "session_closed"]; // also of a repeat whose first answer got lost

/** A refusal: `code` is the contract's, or `no_network` where no answer of the contract came. */
export class SimpulError extends Error {
  constructor(code, status = 0, retryAfter = 0) {
    super(code);
    Object.assign(this, { code, status, retryAfter });
  }

  /** Whether the same request may succeed later. */
  get isPassing() {
    return this.status >= 500 || PASSING.includes(this.code);
  }
}

/** One server. Events: "checkin" and "sensors". */
export class Simpul extends EventTarget {
  #base;
  #isExec;
  #firebase;
  #token = null;
  #checkIns;
  #packets;
  #counts = { accepted: 0, refused: 0, dropped: 0, waiting: 0, error: null };

  constructor(base = location.origin, { firebase = null } = {}) {
    super();
    this.#base = String(base).replace(/\/+$/, "");
    this.#isExec = this.#base.endsWith("/exec");
    this.#firebase = firebase;
    this.#checkIns = new Outbox(`simpul checkins ${this.#base}`, this.#sendCheckIn, this.#onCheckIn);
    this.#packets = new Outbox(`simpul sensors ${this.#base}`, this.#sendPacket, this.#onPacket);
  }

  /** Sends this Bearer token: a text, a function that gives one, or null. */
  setToken(token) {
    this.#token = token;
    this.#checkIns.flush();
    this.#packets.flush();
  }

  /** The `data` of an answer; `body` makes it a POST. Throws a SimpulError. */
  async call(path, { query = {}, body = null } = {}) {
    const url = new URL(this.#isExec ? this.#base : `${this.#base}/${path}`);
    if (this.#isExec) url.searchParams.set("path", path);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    let response, answer;
    try {
      const token = await (this.#token?.call ? this.#token() : this.#token);
      response = await fetch(url, {
        method: body ? "POST" : "GET",
        headers: {
          ...(body && { "Content-Type": this.#isExec ? "text/plain" : "application/json" }),
          ...(token && { Authorization: `Bearer ${token}` }),
        },
        body: body && JSON.stringify(body),
        signal: AbortSignal.timeout(PATIENCE),
      });
      answer = await response.json();
    } catch {
      answer = null; // no network, or a portal's page
    }
    if (answer?.ok === true) return answer.data;
    if (typeof answer?.error !== "string") throw new SimpulError("no_network", response?.status);
    throw new SimpulError(answer.error, response.status, Number(response.headers.get("Retry-After")) || 0);
  }

  /** Records presence: `{status: "checked_in"}`, or "waiting" where it is sent later. Throws a refusal. */
  async checkIn(fields) {
    const entry = await this.#checkIns.add({ body: { ...fields } });
    return (await this.#checkIns.attempt(entry)) ?? { status: "waiting", presence_id: null };
  }

  /** The check-ins that wait. */
  async waiting() {
    return (await (await this.#checkIns.table).list(0)).map(({ body }) => body);
  }

  /** The status of one user. */
  status(user_id, course_id, session_id) {
    return this.call("presence/status", { query: { user_id, course_id, session_id } });
  }

  /** The buffer of one phone; a batch every `every` milliseconds. */
  sensors(device_id, { every = 2000 } = {}) {
    return new Sensors(device_id, every, (packet) => this.#keep(packet));
  }

  /** Calls back with the records of a session, for its teacher. Returns a function that ends it. */
  onRoster(course_id, session_id, next, failed) {
    const path = [...sessionPath(course_id, session_id), "presences"];
    return this.#listen((sdk, database) => sdk.query(
      sdk.collection(database, ...path), sdk.orderBy("checked_in_at"), sdk.limit(3000),
    ), (found) => next(found.docs.map((one) => one.data())), failed);
  }

  /** The same with a user's own record, or null. */
  onStatus(user_id, course_id, session_id, next, failed) {
    return this.#document([...sessionPath(course_id, session_id), "presences", documentId(user_id)], next, failed);
  }

  /** The same with the newest values of a phone, or null. */
  onDevice(device_id, next, failed) {
    return this.#document(["live", documentId(device_id)], next, failed);
  }

  #document(path, next, failed) {
    return this.#listen((sdk, database) => sdk.doc(database, ...path), (found) => next(found.data() ?? null), failed);
  }

  /** Listens until it is ended; begins again after an error, unless it may not listen. */
  #listen(target, next, failed = console.warn) {
    let stop = () => {};
    let ended = false;
    let pause = 1000;
    const again = (error) => {
      if (ended) return;
      failed(error);
      if (error.code !== "permission-denied") setTimeout(begin, pause);
      pause = Math.min(2 * pause, LONGEST_PAUSE);
    };
    const begin = async () => {
      try {
        const { sdk, database } = await this.#firestore();
        if (ended) return;
        stop = sdk.onSnapshot(target(sdk, database), { includeMetadataChanges: true }, (found) => {
          if (found.metadata.fromCache) return; // while offline, "nothing" only means not known
          pause = 1000;
          next(found);
        }, again);
      } catch (error) {
        again(error);
      }
    };
    begin();
    return () => {
      ended = true;
      stop();
    };
  }

  #firestore() {
    return (this.#firebase ??= connect(this.#base.replace(/\/exec$/, "")).catch((error) => {
      this.#firebase = null; // the next attempt loads it again
      throw error;
    }));
  }

  async #keep(packet) {
    const { dropped } = await this.#packets.add(packet);
    this.#counts.dropped += dropped;
    this.#packets.flush({ early: false });
  }

  #sendCheckIn = async ({ body }) => {
    try {
      return await this.call("presence/checkin", { body });
    } catch (error) {
      if (!OVER.includes(error.code)) throw error;
      const { status } = await this.status(body.user_id, body.course_id, body.session_id).catch(() => ({}));
      if (status !== "checked_in") throw error;
      return { status, presence_id: null };
    }
  };

  #onCheckIn = ({ body }, data, error) => {
    const status = error ? (error.isPassing ? "waiting" : "refused") : data.status;
    const detail = { fields: body, status, presence_id: data?.presence_id ?? null, error };
    this.dispatchEvent(new CustomEvent("checkin", { detail }));
  };

  #sendPacket = ({ path, body }) => this.call(path, { body });

  #onPacket = async ({ count }, data, error) => {
    if (data) this.#counts.accepted += count;
    else if (!error.isPassing) this.#counts.refused += count;
    Object.assign(this.#counts, { error, waiting: await (await this.#packets.table).count() });
    this.dispatchEvent(new CustomEvent("sensors", { detail: { ...this.#counts } }));
  };

}

class Sensors {
  #samples = [];
  #timer = null;

  constructor(device_id, every, keep) {
    Object.assign(this, { device_id, every, keep });
  }

  /** Adds a sample, of the time `t`. */
  accel({ x, y, z, t = Date.now() }) {
    this.#samples.push({ t: new Date(t).toISOString(), x, y, z });
    if (this.#samples.length >= MOST_SAMPLES) this.flush();
    this.#timer ??= setTimeout(() => this.flush(), this.every);
  }

  /** Adds a position, of the time `ts`. */
  gps({ lat, lng, accuracy_m = 0, ts = Date.now() }) {
    const body = { device_id: this.device_id, ts: new Date(ts).toISOString(), lat, lng, accuracy_m };
    return this.keep({ path: "telemetry/gps", body, count: 1 });
  }

  /** Puts the samples so far into the buffer. */
  flush() {
    clearTimeout(this.#timer);
    this.#timer = null;
    const samples = this.#samples.splice(0);
    if (samples.length === 0) return null;
    const body = { device_id: this.device_id, ts: samples.at(-1).t, samples };
    return this.keep({ path: "telemetry/accel", body, count: samples.length });
  }
}

/** Requests that wait, sent in their order until they are answered, by one tab at a time. */
class Outbox {
  #sending = new Map();
  #running = false;
  #wanted = false;
  #failures = 0;
  #timer = null;

  constructor(name, send, settled) {
    Object.assign(this, { name, send, settled, table: opened(name) });
    addEventListener("online", () => this.flush());
    this.flush();
  }

  /** Returns the entry with its `number`, and `dropped`: how much gave way to it. */
  async add(entry) {
    const table = await this.table;
    const number = await table.add(entry);
    const [oldest] = (await table.count()) > MOST_WAITING ? await table.list(0, 1) : [];
    if (oldest) await table.remove(oldest.number);
    return { ...entry, number, dropped: oldest?.count ?? 0 };
  }

  /** Sends one entry: the data of its answer; null where it waits on. Throws a refusal. */
  attempt(entry) {
    const { number } = entry;
    if (!this.#sending.has(number)) {
      this.#sending.set(number, this.#attempt(entry).finally(() => this.#sending.delete(number)));
    }
    return this.#sending.get(number);
  }

  async #attempt(entry) {
    let data = null;
    let problem = null;
    try {
      data = await this.send(entry);
      this.#failures = 0;
    } catch (error) {
      problem = error;
    }
    if (problem?.isPassing) this.#later(problem.retryAfter * 1000);
    else await (await this.table).remove(entry.number);
    await this.settled(entry, data, problem);
    if (problem && !problem.isPassing) throw problem;
    return data;
  }

  /** Sends what waits; `early` also before a pause is over. */
  async flush({ early = true } = {}) {
    if (this.#timer && !early) return;
    clearTimeout(this.#timer);
    this.#timer = null;
    this.#wanted = true;
    if (this.#running) return;
    this.#running = true;
    while (this.#wanted) {
      this.#wanted = false;
      const work = () => this.#sendAll();
      await (navigator.locks?.request(this.name, work) ?? work()).catch(() => this.#later(0));
    }
    this.#running = false;
  }

  async #sendAll() {
    const table = await this.table;
    for (let [entry] = await table.list(0, 1); entry; [entry] = await table.list(entry.number, 1)) {
      const data = await this.attempt(entry).catch(() => undefined); // its event has the refusal
      if (data === null) return;
    }
  }

  #later(pause) {
    clearTimeout(this.#timer);
    const usual = Math.min(1000 * 2 ** this.#failures++, LONGEST_PAUSE);
    this.#timer = setTimeout(() => this.flush(), Math.max(pause, usual));
  }
}

/** A list that survives a reload; in memory where a browser has no IndexedDB (a private window). */
async function opened(name) {
  try {
    const request = indexedDB.open(name, 1);
    request.onupgradeneeded = () => request.result.createObjectStore("waiting", { keyPath: "number", autoIncrement: true });
    const database = await done(request);
    const store = (mode) => database.transaction("waiting", mode).objectStore("waiting");
    return {
      add: (entry) => done(store("readwrite").add(entry)),
      list: (after, most) => done(store("readonly").getAll(IDBKeyRange.lowerBound(after, true), most)),
      remove: (number) => done(store("readwrite").delete(number)),
      count: () => done(store("readonly").count()),
    };
  } catch {
    return inMemory();
  }
}

function inMemory() {
  let entries = [];
  let last = 0;
  return {
    add: async (entry) => entries.push({ ...entry, number: ++last }) && last,
    list: async (after, most) => entries.filter(({ number }) => number > after).slice(0, most),
    remove: async (gone) => { entries = entries.filter(({ number }) => number !== gone); },
    count: async () => entries.length,
  };
}

function done(request) {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** Firestore of the project, as the user who is signed in on this site, else as a guest. */
async function connect(base) {
  const [app, auth, sdk, { config, emulators }] = await Promise.all([
    ...["app", "auth", "firestore"].map((part) => import(`${FIREBASE_SDK}/firebase-${part}.js`)), configuration(base),
  ]);
  const start = async (...name) => {
    const user = auth.getAuth(app.initializeApp(config, ...name));
    if (emulators.auth && !user.emulatorConfig) {
      auth.connectAuthEmulator(user, `http://${emulators.auth.hostAndPort}`, { disableWarnings: true });
    }
    await user.authStateReady();
    return user;
  };
  let user = base === location.origin ? await start() : null;
  if (!user?.currentUser) user = await start(`guest of ${base}`); // so that the site's pages know no guest
  if (!user.currentUser) await auth.signInAnonymously(user);
  const database = sdk.getFirestore(user.app);
  if (emulators.firestore) sdk.connectFirestoreEmulator(database, emulators.firestore.host, emulators.firestore.port);
  return { sdk, database };
}

/** What Hosting says of its project, and on this machine of its emulators. */
async function configuration(base) {
  const config = await (await fetch(`${base}/__/firebase/init.json`)).json();
  if (!/^https?:\/\/(localhost|127\.|\[::1)/.test(base)) return { config, emulators: {} };
  const script = await (await fetch(`${base}/__/firebase/init.js?useEmulator=true`)).text();
  return { config, emulators: JSON.parse(/var firebaseEmulators = (\{[\s\S]*?\n\});/.exec(script)?.[1] ?? "{}") };
}

const sessionPath = (course, session) => ["courses", documentId(course), "sessions", documentId(session)];

/** A document's id made of any text, as the server makes it. */
function documentId(text) {
  const escaped = (one) => `%${one.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`;
  const safe = String(text).replace(/[/%\x00-\x1f\x7f]/g, escaped);
  return /^(\.{1,2}|__.*__)$/s.test(safe) ? escaped(safe[0]) + safe.slice(1) : safe || "%";
}
