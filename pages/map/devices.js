// The devices that are listened to, and what is known of each.

import { keep, recall } from "../shared/memory.js";
import * as listening from "./listening.js";

const FRESH = 60_000; // milliseconds
const MOST_NAMED = 50;

/**
 * Listens for `user`: to all devices where the role may, else to those that were named. `changed(list)`
 * gets `{id, state, lat, lng, ms, received}`; state is `here`, `silent` (no position yet) or `denied`.
 */
export function devices(user, changed, failed) {
  const isWhole = listening.hearsAll(user.role);
  const named = new Map((isWhole ? [] : recall("map")?.named ?? []).map((id) => [id, null]));
  let list = [];

  function hearAll(found) {
    list = found.map((live) => known(live.device_id, live));
    changed(list);
  }

  function follow(id) {
    named.set(id, listening.one(id, (live) => put(known(id, live)), (error) => {
      if (error.code !== "permission-denied") failed(error);
      else put({ id, state: "denied" });
    }));
  }

  function put(device) {
    if (!named.has(device.id)) return;
    list = [...list.filter(({ id }) => id !== device.id), device]
      .sort((one, other) => one.id.localeCompare(other.id));
    changed(list);
  }

  function remember() {
    keep("map", { named: [...named.keys()] });
  }

  if (isWhole) listening.all(hearAll, failed);
  else for (const id of named.keys()) follow(id);

  return {
    isWhole,
    /** Follows one more. */
    add(id) {
      if (isWhole || named.has(id) || named.size >= MOST_NAMED) return;
      follow(id);
      remember();
    },
    /** Follows one no longer. */
    async drop(id) {
      const end = named.get(id);
      named.delete(id);
      remember();
      list = list.filter((device) => device.id !== id);
      changed(list);
      (await end)?.();
    },
  };
}

/** Whether a device was heard of within the last minute. */
export function isFresh(device, now) {
  return now - device.received < FRESH;
}

function known(id, live) {
  if (!live?.gps) return { id, state: "silent" };
  const { lat, lng, ts, accuracy_m: accuracy } = live.gps;
  return { id, state: "here", lat, lng, accuracy, ms: Date.parse(ts), received: live.received.gps.toMillis() };
}
