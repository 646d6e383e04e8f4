// The track of one device: its points in a range of time, and where it was at a moment. Data in, value out.

import { call } from "../shared/api.js";
import { idToken } from "../shared/firebase.js";

const PAGE = 1000; // the API's largest
const MOST_PAGES = 5;

/**
 * The newest points of a device between two times in milliseconds (`to` null: until now), the oldest
 * first, `{ms, lat, lng}`; `isWhole` says whether that is all of them. Raises ApiError.
 */
export async function history(device, from, to) {
  let points = [];
  let end = to;
  for (let page = 0; page < MOST_PAGES; page += 1) {
    const { items } = await call("/telemetry/gps/history", {
      query: { device_id: device, limit: PAGE, from: written(from), ...(end !== null && { to: written(end) }) },
      token: idToken,
    });
    const found = items.map(({ ts, lat, lng }) => ({ ms: Date.parse(ts), lat, lng }));
    points = [...found, ...points];
    if (items.length < PAGE) return { points, isWhole: true };
    end = found[0].ms - 1;
  }
  return { points, isWhole: false };
}

/** Where it was at a moment: on the way between the points before and after. */
export function at(points, ms) {
  const next = points.findIndex((point) => point.ms >= ms);
  if (next === -1) return points.at(-1);
  if (next === 0) return points[0];
  const [before, after] = [points[next - 1], points[next]];
  const part = (ms - before.ms) / (after.ms - before.ms);
  const between = (name) => before[name] + (after[name] - before[name]) * part;
  return { ms, lat: between("lat"), lng: between("lng") };
}

/** How long a track is, in metres. */
export function length(points) {
  return points.slice(1).reduce((sum, point, index) => sum + distance(points[index], point), 0);
}

function distance(one, other) {
  const radians = Math.PI / 180;
  const part = Math.sin((other.lat - one.lat) * radians / 2) ** 2
    + Math.cos(one.lat * radians) * Math.cos(other.lat * radians)
    * Math.sin((other.lng - one.lng) * radians / 2) ** 2;
  return 2 * 6_371_000 * Math.asin(Math.sqrt(part));
}

function written(ms) {
  return new Date(ms).toISOString();
}
