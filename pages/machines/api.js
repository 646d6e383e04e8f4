// What admins ask of the edge endpoints. Nothing here is sent twice by itself: a second command is one more.

import { call } from "../shared/api.js";
import { idToken } from "../shared/firebase.js";

const BASE = "/api/v1/edge/machines";

/** A new machine with its `api_key`. */
export function register(fields) {
  return ask("", fields);
}

/** Changes a machine: `{is_blocked}`, `{policy}`, `{hardware_id}`. */
export function change(uuid, fields) {
  return ask(`/${uuid}`, fields, "PUT");
}

/** A new key; the one before ends. */
export function newKey(uuid) {
  return ask(`/${uuid}/key`, {});
}

/** Ends a technician's maintenance. */
export function endMaintenance(uuid) {
  return ask(`/${uuid}/maintenance/end`, {});
}

/** Sends a command: `{command, params, expires_in}`. */
export function send(uuid, fields) {
  return ask(`/${uuid}/commands`, fields);
}

/** A machine's PINs, without their digits. */
export function pins(uuid) {
  return call(`${BASE}/${uuid}/pins`, { token: idToken });
}

/** A new PIN with its digits. */
export function addPin(uuid, fields) {
  return ask(`/${uuid}/pins`, fields);
}

/** Ends a PIN. */
export function revoke(uuid, pin) {
  return ask(`/${uuid}/pins/${encodeURIComponent(pin)}`, undefined, "DELETE");
}

/** Forgets wrong PINs; `unlocked_clients` says of how many clients. */
export function unlock(uuid) {
  return ask(`/${uuid}/unlock`, {});
}

function ask(path, body, method = "POST") {
  return call(BASE + path, { body, method, token: idToken, attempts: 1 });
}
