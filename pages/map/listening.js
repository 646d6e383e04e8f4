// What the map hears from Firestore: all public devices, or those that one can name.

import { collection, doc, limit, orderBy, query, where } from "firebase/firestore";
import { database } from "../shared/database.js";
import { documentId } from "../shared/ids.js";
import { listen } from "../shared/listen.js";

const MOST = 200;
const WHOLE_LISTS = ["instructor", "admin"];

/** Whether the rules let somebody of this role hear all devices. */
export function hearsAll(role) {
  return WHOLE_LISTS.includes(role);
}

/** Calls back with the live views of all that have sent a position, the newest first. */
export async function all(listener, failed) {
  const opened = await database();
  const newest = query(
    collection(opened, "live"), where("public", "==", true), orderBy("received.gps", "desc"), limit(MOST),
  );
  return listen(newest, (found) => listener(found.docs.map((one) => one.data())), failed);
}

/** Calls back with the live view of one device, or null while there is none. */
export async function one(device, listener, failed) {
  const opened = await database();
  return listen(doc(opened, "live", documentId(device)), (found) => listener(found.data() ?? null), failed);
}
