// What this page hears from Firestore. The rules let admins in, and a machine to its own channel.

import { collection, limit, orderBy, query, where } from "firebase/firestore";
import { database } from "../shared/database.js";
import { listen, listenTo, rows } from "../shared/listen.js";

const MOST_MACHINES = 1000;
const COMMANDS = 20;
const MEASUREMENTS = 40;

/** Calls back with the live state of every machine, by number. */
export async function machines(listener, failed) {
  const opened = await database();
  const all = query(collection(opened, "rvm"), orderBy("number"), limit(MOST_MACHINES));
  return listen(all, (found) => listener(rows(found)), failed);
}

/** Calls back with the newest commands of a machine, the newest first. Returns what ends it. */
export function commands(uuid, listener, failed) {
  return events(uuid, "HardwareCommandEvent", COMMANDS, listener, failed);
}

/** Calls back with what a machine has measured, the newest first. */
export function measurements(uuid, listener, failed) {
  return events(uuid, "TelemetryUpdateUpdate", MEASUREMENTS, listener, failed);
}

function events(uuid, name, most, listener, failed) {
  return listenTo(failed, (opened) => [[
    query(collection(opened, "rvm", uuid, "events"), where("event", "==", name), orderBy("created_at", "desc"), limit(most)),
    (found) => listener(rows(found)),
  ]], {});
}
