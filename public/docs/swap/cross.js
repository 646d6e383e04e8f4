// Two servers crosswise: the same client with one and with the other, and the shape of what they answer.

import { Run, Section, Wrong, dataOf, expect, now } from "./lines.js";
import { TWO_SAMPLES, addBatch, expectLatest } from "./accelerometer.js";
import { addPoint, expectPosition, expectWalk } from "./gps.js";
import { checkIn, expectRefusal, generate, scan, status } from "./presence.js";
import { ENDPOINTS, differences, furtherFields, shapeOf } from "./shape.js";

/** Lines of a client of `run.home` that is used with `run.server`. */
export const client = new Section("Client of the other group");
export const inItsStyle = new Section("Client of the other group");

/** Lines on what both servers answer. */
export const shapes = new Section("Same shape");

/** Throws Wrong unless this flow, with the same ids, works at home and at the other server. */
async function atBoth(run, flow) {
  const ids = { session: run.session(), person: { user_id: run.fresh("user"), device_id: run.fresh("device") }, device: run.fresh("device") };
  try {
    await flow(run.at(run.home), ids);
  } catch (error) {
    if (!(error instanceof Wrong)) throw error;
    throw new Wrong("fails already at its own server {name}: {reason}", { name: run.home.name, reason: error.reason });
  }
  await flow(run, ids);
}

async function presenceFlow(run, { session, person }) {
  const { qr_token } = await generate(run, session);
  const body = scan(run, session, qr_token, person);
  await checkIn(run, body);
  expect(dataOf(await status(run, body)).status, "checked_in", "status");
}

async function accelerometerFlow(run, { device }) {
  const moment = now();
  await addBatch(run, device, moment, TWO_SAMPLES);
  await expectLatest(run, device, moment, TWO_SAMPLES[1]);
}

async function gpsFlow(run, { device }) {
  await expectWalk(run, device);
  const moment = now();
  await addPoint(run, device, moment, -7.2575, 112.7521, { accuracy_m: 12.5 });
  await expectPosition(run, device, moment, { lat: -7.2575, lng: 112.7521, accuracy_m: 12.5 });
}

client.must("a QR of its own server is refused by the other: token_invalid, and nobody is in", async (run) => {
  const session = run.session();
  const { qr_token } = await generate(run.at(run.home), session);
  await generate(run, session);
  await expectRefusal(run, scan(run, session, qr_token), "token_invalid");
});

client.must("presence: generate, check-in and status work as with its own server", (run) => atBoth(run, presenceFlow));
client.must("accelerometer: batch and latest work as with its own server", (run) => atBoth(run, accelerometerFlow));
client.must("GPS: points, history and latest work as with its own server", (run) => atBoth(run, gpsFlow));

inItsStyle.information("it works in its own server's style, too (paths, or one URL)", async (run) => {
  const other = run.at(run.server.in(run.home.style));
  const ids = { session: run.session(), person: {}, device: run.fresh("device") };
  for (const flow of [presenceFlow, accelerometerFlow, gpsFlow]) await flow(other, ids);
});

/** One answer of each endpoint of a server, by the endpoint's name. Refusals count as answers. */
async function answersOf(server) {
  const run = new Run(server), answers = {};
  const session = run.session(), device_id = run.fresh("device"), ts = new Date(now()).toISOString();
  const call = async (name, method, path, fields) => {
    const exchange = await server.call(method, path, ...(method === "GET" ? [fields] : [{}, fields]));
    answers[name] = { exchange, shape: shapeOf(exchange.json) };
    return exchange.json?.data;
  };
  const qr_token = (await call("generate", "POST", "presence/qr/generate", session))?.qr_token;
  const body = scan(run, session, qr_token);
  const { user_id } = body;
  await call("checkin", "POST", "presence/checkin", body);
  await call("status", "GET", "presence/status", { user_id, ...session });
  await call("absent", "GET", "presence/status", { user_id: run.fresh("user"), ...session });
  await call("accel", "POST", "telemetry/accel", { device_id, ts, samples: [{ t: ts, ...TWO_SAMPLES[0] }] });
  await call("accelLatest", "GET", "telemetry/accel/latest", { device_id });
  await call("gps", "POST", "telemetry/gps", { device_id, ts, lat: -7.2575, lng: 112.7521, accuracy_m: 12.5 });
  await call("gpsLatest", "GET", "telemetry/gps/latest", { device_id });
  await call("gpsHistory", "GET", "telemetry/gps/history", { device_id });
  await call("refusal", "GET", "telemetry/gps/latest", {});
  return answers;
}

/** The answers of both servers of a run, asked for once however many lines compare them. */
async function answersOfBoth(run) {
  const { server, home } = run;
  const both = await Promise.all([home, server].map((one) => (one.answers ??= answersOf(one))));
  return [[home.name, both[0]], [server.name, both[1]]];
}

function expectAnswers(exchanges) {
  const silent = exchanges.find((exchange) => exchange.failure);
  if (silent) throw new Wrong("{name}: {reason}", { name: silent.server, reason: silent.failure });
}

for (const endpoint of ENDPOINTS) {
  shapes.must(endpoint.says, async (run) => {
    const both = await answersOfBoth(run);
    run.exchanges.push(...both.map(([, answers]) => answers[endpoint.name].exchange));
    expectAnswers(run.exchanges);
    const lines = differences(endpoint, both);
    if (lines.length) throw new Wrong("differs: {differences}", { differences: lines.join("; ") });
  });
}

shapes.information("no field beyond the contract that only one of the two has", async (run) => {
  const both = await answersOfBoth(run);
  const lines = ENDPOINTS.flatMap((endpoint) => furtherFields(endpoint, both));
  if (lines.length) throw new Wrong("differs: {differences}", { differences: lines.join("; ") });
});
