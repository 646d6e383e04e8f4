// The shape of an answer: which keys it has, and of which type each is.

const DEEPEST = 6, MOST_KEYS = 200, LONGEST_KEY = 60;

/** Endpoints with the fields that the contract shows in their answers. */
export const ENDPOINTS = [
  ["generate", "POST presence/qr/generate", "qr_token expires_at"],
  ["checkin", "POST presence/checkin", "presence_id status"],
  ["status", "GET presence/status after a check-in", "user_id course_id session_id status last_ts"],
  ["absent", "GET presence/status without a check-in", "user_id course_id session_id status last_ts"],
  ["accel", "POST telemetry/accel", "accepted"],
  ["accelLatest", "GET telemetry/accel/latest", "t x y z"],
  ["gps", "POST telemetry/gps", "accepted"],
  ["gpsLatest", "GET telemetry/gps/latest", "ts lat lng accuracy_m"],
  ["gpsHistory", "GET telemetry/gps/history", "device_id items items[].ts items[].lat items[].lng"],
].map(([name, says, fields]) => ({ name, says, fields: ["ok", "data", ...fields.split(" ").map((field) => `data.${field}`)] }));
ENDPOINTS.push({ name: "refusal", says: "a refusal", fields: ["ok", "error"] });

function typeOf(value) {
  if (value === null) return "null";
  return Array.isArray(value) ? "array" : typeof value;
}

/** Types by path, as `data.items[].ts: string`. */
export function shapeOf(value, path = "", shape = new Map(), depth = 0) {
  if (shape.size >= MOST_KEYS || depth > DEEPEST) return shape;
  const type = typeOf(value), before = shape.get(path);
  if (path && before !== type) shape.set(path, before && !before.split(" or ").includes(type) ? `${before} or ${type}` : before ?? type);
  if (type === "array") for (const item of value.slice(0, MOST_KEYS)) shapeOf(item, `${path}[]`, shape, depth + 1);
  if (type === "object") {
    for (const [key, part] of Object.entries(value)) {
      const name = key.slice(0, LONGEST_KEY);
      shapeOf(part, path ? `${path}.${name}` : name, shape, depth + 1);
    }
  }
  return shape;
}

const shapes = (endpoint, both) => both.map(([name, answers]) => [name, answers[endpoint.name].shape]);
const inWords = (path, both) => `${path} (${both.map(([name, shape]) => `${name}: ${shape.get(path) ?? "—"}`).join(", ")})`;

/** Fields of the contract that the two have in different types, or that one or both lack. */
export function differences(endpoint, both) {
  const pair = shapes(endpoint, both);
  const differs = (path) => pair.some(([, shape]) => !shape.has(path) || shape.get(path) !== pair[0][1].get(path));
  return endpoint.fields.filter(differs).map((path) => inWords(path, pair));
}

/** Fields beyond the contract that only one of the two has, or that have another type. */
export function furtherFields(endpoint, both) {
  const pair = shapes(endpoint, both);
  const ofRefusal = (path) => endpoint.fields.includes("data") && path === "error";
  const paths = new Set(pair.flatMap(([, shape]) => [...shape.keys()]));
  const further = [...paths].filter((path) => !endpoint.fields.includes(path) && !path.endsWith("[]") && !ofRefusal(path));
  const differs = (path) => pair[0][1].get(path) !== pair[1][1].get(path);
  return further.filter(differs).map((path) => `${endpoint.says}: ${inWords(path, pair)}`);
}
