// Module 3 of the course contract, GPS, and the error codes of all reads.

import { Section, Wrong, dataOf, expect, expectError, inWords, now, timestamp, timeIn } from "./lines.js";
import { eachMissing } from "./presence.js";

const GPS = "telemetry/gps";
const READS = ["telemetry/accel/latest", `${GPS}/latest`, `${GPS}/history`];
const SECOND = 1000;
const POINTS = [[-7.257, 112.7515], [-7.2572, 112.7518], [-7.2575, 112.7521], [-7.258, 112.753]];

export const gps = new Section("GPS");
export const errors = new Section("Error codes");

/** A point that the server accepts. */
export async function addPoint(run, device, moment, lat, lng, more = {}) {
  const data = dataOf(await run.post(GPS, { device_id: device, ts: timestamp(moment), lat, lng, ...more }));
  expect(data.accepted, true, "accepted");
}

/** Throws Wrong unless the device's latest position is this one. */
export async function expectPosition(run, device, moment, point) {
  const data = dataOf(await run.get(`${GPS}/latest`, { device_id: device }));
  expect(timestamp(timeIn(data, "ts")), timestamp(moment), "ts");
  for (const [name, value] of Object.entries(point)) expect(data[name], value, name);
}

/** The points of a history, each as text: time, latitude, longitude. */
async function history(run, device, query = {}) {
  const data = dataOf(await run.get(`${GPS}/history`, { device_id: device, ...query }));
  expect(data.device_id, device, "device_id");
  const { items } = data;
  if (!Array.isArray(items) || items.some((item) => typeof item !== "object" || item === null)) {
    throw new Wrong("`items` must be an array of objects");
  }
  return items.map((item) => pointText(timeIn(item, "ts"), item.lat, item.lng));
}

const pointText = (moment, lat, lng) => `${timestamp(moment)} (${inWords(lat)}, ${inWords(lng)})`;

/** Posts a walk of a point each ten seconds; what its history must hold. */
async function walk(run, device, first = now() - 10 * SECOND * POINTS.length) {
  const moments = POINTS.map((point, number) => first + 10 * SECOND * number);
  for (const [number, point] of POINTS.entries()) await addPoint(run, device, moments[number], ...point, { accuracy_m: 5 });
  return POINTS.map((point, number) => pointText(moments[number], ...point));
}

const inOneText = (points) => points.slice(0, 10).join(", ") + (points.length > 10 ? ", …" : "");

/** Throws Wrong unless the history is these points. */
function expectPoints(points, wanted) {
  if (points.join() === wanted.join()) return;
  throw new Wrong("must be {wanted}, but is {points}", { wanted: inOneText(wanted), points: inOneText(points) });
}

/** Throws Wrong unless a walk comes back whole, the oldest point first. */
export async function expectWalk(run, device) {
  const wanted = await walk(run, device);
  expectPoints(await history(run, device), wanted);
}

gps.must("a point is stored, and latest is that point, and of no other device", async (run) => {
  const device = run.fresh("device"), moment = now();
  await addPoint(run, device, moment, -7.2575, 112.7521, { accuracy_m: 12.5 });
  await addPoint(run, run.fresh("device"), moment, 1, 2, { accuracy_m: 3 });
  await expectPosition(run, device, moment, { lat: -7.2575, lng: 112.7521, accuracy_m: 12.5 });
});

gps.must("latest is another one after a new point", async (run) => {
  const device = run.fresh("device"), last = now();
  for (const [moment, lat] of [[last - 10 * SECOND, -7.25], [last, -7.5]]) {
    await addPoint(run, device, moment, lat, 112.75, { accuracy_m: 1 });
    await expectPosition(run, device, moment, { lat });
  }
});

gps.must("accuracy_m is optional, and 0 if it is not sent", async (run) => {
  const device = run.fresh("device"), moment = now();
  await addPoint(run, device, moment, -7.2575, 112.7521);
  await expectPosition(run, device, moment, { accuracy_m: 0 });
});

gps.must("0 is a latitude and a longitude, not a missing field", async (run) => {
  const device = run.fresh("device"), moment = now();
  await addPoint(run, device, moment, 0, 0);
  await expectPosition(run, device, moment, { lat: 0, lng: 0 });
});

gps.must("history is all points, the oldest first", (run) => expectWalk(run, run.fresh("device")));

gps.must("history?limit= returns no more than that, the oldest first", async (run) => {
  const device = run.fresh("device");
  const wanted = await walk(run, device);
  const points = await history(run, device, { limit: 2 });
  const places = points.map((point) => wanted.indexOf(point));
  if (places.length === 2 && places[0] >= 0 && places[0] < places[1]) return;
  throw new Wrong("must be two points of the walk, but is {points}", { points: inOneText(points) });
});

gps.must("gps names a missing field: device_id, lat, lng", (run) => {
  const body = { device_id: run.fresh("device"), ts: timestamp(now()), lat: -7.2575, lng: 112.7521 };
  return eachMissing(run, GPS, body, "device_id", "lat", "lng");
});

gps.information("a limited history is the newest points", async (run) => {
  const device = run.fresh("device");
  const wanted = await walk(run, device);
  expectPoints(await history(run, device, { limit: 2 }), wanted.slice(-2));
});

gps.information("a point that arrives late takes its place in the history by its time", async (run) => {
  const device = run.fresh("device"), first = now() - 10 * SECOND * POINTS.length;
  const wanted = await walk(run, device, first);
  await addPoint(run, device, first - 10 * SECOND, -7.3, 112.7);
  expectPoints(await history(run, device), [pointText(first - 10 * SECOND, -7.3, 112.7), ...wanted]);
});

errors.must("a device without data: device_not_found, at each of the three reads", async (run) => {
  for (const path of READS) expectError(await run.get(path, { device_id: run.fresh("device") }), "device_not_found");
});

errors.must("a read without device_id: missing_field: device_id, at each of the three", async (run) => {
  for (const path of READS) expectError(await run.get(path), "missing_field: device_id");
});

errors.must("an endpoint that does not exist: unknown_endpoint", async (run) => {
  for (const path of ["presence/nothing", `${GPS}/nothing`]) expectError(await run.get(path), "unknown_endpoint");
});

errors.information("a body that is no JSON is refused with a JSON answer", async (run) => {
  const { json } = await run.post("presence/qr/generate", '{"course_id": ');
  if (json?.ok !== false) throw new Wrong("is not an `ok: false`");
});
