// Module 2 of the course contract: the accelerometer.

import { Section, dataOf, expect, expectError, now, timestamp, timeIn } from "./lines.js";
import { eachMissing } from "./presence.js";

const ACCEL = "telemetry/accel";
const SECOND = 1000;
export const TWO_SAMPLES = [{ x: 0.12, y: 0.01, z: 9.7 }, { x: 0.15, y: 0, z: 9.68 }];

export const accelerometer = new Section("Accelerometer");

/** A batch whose samples are a second apart and end at this moment. */
function batch(device, moment, samples) {
  const first = moment - (samples.length - 1) * SECOND;
  const dated = samples.map((sample, number) => ({ t: timestamp(first + number * SECOND), ...sample }));
  return { device_id: device, ts: timestamp(moment), samples: dated };
}

/** A batch that the server accepts whole. */
export async function addBatch(run, device, moment, samples) {
  const data = dataOf(await run.post(ACCEL, batch(device, moment, samples)));
  expect(data.accepted, samples.length, "accepted");
}

/** Throws Wrong unless this is the device's latest sample. */
export async function expectLatest(run, device, moment, sample) {
  const data = dataOf(await run.get(`${ACCEL}/latest`, { device_id: device }));
  expect(timestamp(timeIn(data, "t")), timestamp(moment), "t");
  for (const [name, value] of Object.entries(sample)) expect(data[name], value, name);
}

accelerometer.must("a batch is accepted, and `accepted` counts its samples", async (run) => {
  const device = run.fresh("device");
  await addBatch(run, device, now() - 10 * SECOND, TWO_SAMPLES);
  await addBatch(run, device, now(), TWO_SAMPLES.slice(0, 1));
});

accelerometer.must("latest is the last sample of the batch, and of no other device", async (run) => {
  const device = run.fresh("device"), moment = now();
  await addBatch(run, device, moment, TWO_SAMPLES);
  await addBatch(run, run.fresh("device"), moment, [{ x: 1, y: 2, z: 3 }]);
  await expectLatest(run, device, moment, TWO_SAMPLES[1]);
});

accelerometer.must("latest is another one after a new batch", async (run) => {
  const device = run.fresh("device"), moment = now();
  await addBatch(run, device, moment - 10 * SECOND, TWO_SAMPLES);
  await expectLatest(run, device, moment - 10 * SECOND, TWO_SAMPLES[1]);
  const next = { x: -0.5, y: 0.25, z: 9.5 };
  await addBatch(run, device, moment, [next]);
  await expectLatest(run, device, moment, next);
});

accelerometer.must("accel names a missing field: device_id, samples, and samples that are empty", async (run) => {
  const body = batch(run.fresh("device"), now(), TWO_SAMPLES);
  await eachMissing(run, ACCEL, body, "device_id", "samples");
  expectError(await run.post(ACCEL, { ...body, samples: [] }), "missing_field: samples");
});

accelerometer.information("a batch that arrives late does not move latest back", async (run) => {
  const device = run.fresh("device"), moment = now();
  await addBatch(run, device, moment, TWO_SAMPLES);
  await addBatch(run, device, moment - 300 * SECOND, [{ x: 1, y: 1, z: 1 }]);
  await expectLatest(run, device, moment, TWO_SAMPLES[1]);
});
