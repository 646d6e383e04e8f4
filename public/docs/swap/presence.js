// Module 1 of the course contract: presence by a rotating QR code.

import { Section, Wrong, dataOf, expect, expectError, inWords, now, timestamp, textIn, timeIn } from "./lines.js";

const GENERATE = "presence/qr/generate", CHECKIN = "presence/checkin", STATUS = "presence/status";
const TOLERANCE = 30_000; // between our clock and the server's
const LIFE = 120_000;
const HOUR = 3_600_000;

export const presence = new Section("Presensi QR");

/** The data of a new code. */
export async function generate(run, session, more = {}) {
  const data = dataOf(await run.post(GENERATE, { ...session, ...more }));
  textIn(data, "qr_token");
  return data;
}

/** The body of a check-in by somebody new. */
export function scan(run, session, token, more = {}) {
  return { user_id: run.fresh("user"), device_id: run.fresh("device"), ...session, qr_token: token, ts: timestamp(now()), ...more };
}

/** The body of somebody new with a new code. */
export async function newScan(run, session = run.session()) {
  return scan(run, session, (await generate(run, session)).qr_token);
}

/** The data of a check-in that succeeds. */
export async function checkIn(run, body) {
  const data = dataOf(await run.post(CHECKIN, body));
  textIn(data, "presence_id");
  expect(data.status, "checked_in", "status");
  return data;
}

/** The state of whoever this check-in was of. */
export function status(run, { user_id, course_id, session_id }) {
  return run.get(STATUS, { user_id, course_id, session_id });
}

/** Throws Wrong unless the server has recorded nothing. */
export async function expectAbsent(run, body) {
  const data = dataOf(await status(run, body));
  expect(data.status, "absent", "status");
  if (data.last_ts !== null) throw new Wrong("`last_ts` must be null, but is {value}", { value: inWords(data.last_ts) });
}

/** Throws Wrong unless this check-in is refused, and leaves nothing behind. */
export async function expectRefusal(run, body, code) {
  expectError(await run.post(CHECKIN, body), code);
  await expectAbsent(run, body);
}

const without = (fields, name) => Object.fromEntries(Object.entries(fields).filter(([key]) => key !== name));

/** Throws Wrong unless the server names each of these fields when it is absent. */
export async function eachMissing(run, path, body, ...names) {
  for (const name of names) expectError(await run.post(path, without(body, name)), `missing_field: ${name}`);
}

presence.must("generate answers qr_token, and expires_at two minutes after `ts`", async (run) => {
  const data = await generate(run, run.session(), { ts: "2026-02-18T10:00:00Z" });
  expect(timestamp(timeIn(data, "expires_at")), "2026-02-18T10:02:00Z", "expires_at");
});

presence.must("generate without `ts` takes the server's time", async (run) => {
  const expires = timeIn(await generate(run, run.session()), "expires_at");
  if (Math.abs(expires - now() - LIFE) <= TOLERANCE + run.exchanges.at(-1).milliseconds) return;
  throw new Wrong("`expires_at` must be two minutes from now, but is {value}", { value: timestamp(expires) });
});

presence.must("each generate draws another token", async (run) => {
  const session = run.session();
  const first = await generate(run, session), second = await generate(run, session);
  if (first.qr_token === second.qr_token) throw new Wrong("two calls gave the same `qr_token`");
});

presence.must("generate names a missing field: course_id, session_id", (run) =>
  eachMissing(run, GENERATE, { ...run.session(), ts: timestamp(now()) }, "course_id", "session_id"));

presence.must("check-in with the token answers presence_id and checked_in", async (run) => checkIn(run, await newScan(run)));

presence.must("presence_id is unique: another user gets another one", async (run) => {
  const session = run.session();
  const { qr_token } = await generate(run, session);
  const first = await checkIn(run, scan(run, session, qr_token)), second = await checkIn(run, scan(run, session, qr_token));
  if (first.presence_id === second.presence_id) throw new Wrong("two users have the `presence_id` {id}", { id: inWords(first.presence_id) });
});

presence.must("status is checked_in after the check-in, with its ids and its time", async (run) => {
  const body = await newScan(run);
  await checkIn(run, body);
  const data = dataOf(await status(run, body));
  expect(data.status, "checked_in", "status");
  for (const name of ["user_id", "course_id", "session_id"]) expect(data[name], body[name], name);
  const spent = run.exchanges.reduce((sum, exchange) => sum + exchange.milliseconds, 0);
  if (Math.abs(timeIn(data, "last_ts") - now()) <= TOLERANCE + spent) return;
  throw new Wrong("`last_ts` must be the time of the check-in, but is {value}", { value: inWords(data.last_ts) });
});

presence.must("status is absent, with last_ts null, for who did not check in", async (run) => {
  const session = run.session();
  await checkIn(run, await newScan(run, session));
  await expectAbsent(run, scan(run, session, ""));
});

presence.must("check-in with a token whose two minutes are over: token_expired, and nobody is in", async (run) => {
  const session = run.session();
  const { qr_token } = await generate(run, session, { ts: timestamp(now() - HOUR) });
  await expectRefusal(run, scan(run, session, qr_token), "token_expired");
});

presence.must("check-in with a token that was never given out: token_invalid, and nobody is in", async (run) => {
  const session = run.session();
  await generate(run, session);
  await expectRefusal(run, scan(run, session, "TKN-NEVER0"), "token_invalid");
});

presence.must("check-in with another session's or course's token: token_mismatch, nobody is in", async (run) => {
  const session = run.session();
  const { qr_token } = await generate(run, session);
  for (const name of ["session_id", "course_id"]) {
    await expectRefusal(run, scan(run, { ...session, [name]: run.fresh("other") }, qr_token), "token_mismatch");
  }
});

presence.must("check-in names a missing field, each of the five", async (run) => {
  const body = await newScan(run);
  await eachMissing(run, CHECKIN, body, ...Object.keys(body).filter((name) => name !== "ts"));
});

presence.must("status names a missing field, each of the three", async (run) => {
  const query = { user_id: run.fresh("user"), ...run.session() };
  for (const name of Object.keys(query)) expectError(await run.get(STATUS, without(query, name)), `missing_field: ${name}`);
});

presence.information("a second check-in of the same user answers the same presence_id", async (run) => {
  const body = await newScan(run);
  const first = await checkIn(run, body), second = await checkIn(run, body);
  expect(second.presence_id, first.presence_id, "presence_id");
});

presence.information("a token stays good while the next one is shown", async (run) => {
  const session = run.session();
  const body = await newScan(run, session);
  await generate(run, session);
  await checkIn(run, body);
});

presence.information("a check-in counts by its own `ts`, as with the contract's dates", async (run) => {
  const session = run.session();
  const { qr_token } = await generate(run, session, { ts: "2026-02-18T10:00:00Z" });
  const body = scan(run, session, qr_token, { ts: "2026-02-18T10:01:10Z" });
  await checkIn(run, body);
  expect(dataOf(await status(run, body)).last_ts, body.ts, "last_ts");
});
