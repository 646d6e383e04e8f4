// What the browser lets a page of another origin send and read.

import { NotTried, Section, Wrong, now, timestamp } from "./lines.js";

const POSTS = ["presence/qr/generate", "presence/checkin", "telemetry/accel", "telemetry/gps"];
const GETS = ["presence/status", "telemetry/accel/latest", "telemetry/gps/latest", "telemetry/gps/history"];

export const web = new Section("Web clients");

/** Throws NotTried where the page and the server are of one origin. */
function expectOtherOrigin({ server }) {
  if (new URL(server.base).origin !== location.origin) return;
  throw new NotTried("this page is of the server's own origin: the browser does not ask here");
}

/** Calls of each module that succeed where the module works. */
async function successes(run) {
  const session = run.session(), device_id = run.fresh("device"), ts = timestamp(now());
  await run.post("presence/qr/generate", session);
  await run.get("presence/status", { ...session, user_id: run.fresh("user") });
  await run.post("telemetry/accel", { device_id, ts, samples: [{ t: ts, x: 0, y: 0, z: 9.8 }] });
  await run.get("telemetry/accel/latest", { device_id });
  await run.post("telemetry/gps", { device_id, ts, lat: -7.2575, lng: 112.7521 });
  await run.get("telemetry/gps/latest", { device_id });
}

web.must("a page of another origin may read every answer", async (run) => {
  expectOtherOrigin(run);
  await successes(run);
  for (const path of POSTS) await run.post(path, {});
  for (const path of [...GETS, "telemetry/nothing"]) await run.get(path);
});

web.must("a browser may send JSON: the preflight of POST application/json is answered", async (run) => {
  if (run.server.style === "exec") throw new NotTried("the text/plain of one URL needs no preflight");
  expectOtherOrigin(run);
  for (const path of POSTS) {
    if (await blocked(run, path, "application/json") && !(await blocked(run, path, "text/plain;charset=utf-8"))) {
      throw new Wrong("POST {path}: the preflight (OPTIONS) is not answered by a status of 200 to 299 with Access-Control-Allow-Origin and Access-Control-Allow-Headers: content-type", { path });
    }
  }
});

/** Whether the browser keeps back the answer to a POST of this type. */
async function blocked(run, path, contentType) {
  const exchange = await run.server.call("POST", path, {}, {}, contentType);
  run.exchanges.push(exchange);
  return Boolean(exchange.failure);
}

web.information("a page of another origin may read the refusal of a POST to an endpoint that does not exist", async (run) => {
  expectOtherOrigin(run);
  await run.post("presence/nothing", {});
});
