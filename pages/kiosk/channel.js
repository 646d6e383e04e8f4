// The machine's channel: its live state and its events, by Firestore listeners.

import { initializeApp } from "firebase/app";
import { connectAuthEmulator, inMemoryPersistence, initializeAuth, signInWithCustomToken } from "firebase/auth";
import {
  collection,
  connectFirestoreEmulator,
  doc,
  getFirestore,
  limit,
  orderBy,
  query,
  where,
} from "firebase/firestore";
import { listen as lasting } from "../shared/listen.js";

const NEWEST = 20;
const COMMAND = "HardwareCommandEvent"; // others would push a command's outcome out of the newest

/**
 * Listens for good. `config`: projectId, apiKey, authEmulator, firestoreEmulator (host:port or
 * empty). Nothing of the sign-in is kept when the page is closed.
 */
export async function listen(uuid, token, config, { onLive, onEvents, onLost }) {
  const app = initializeApp({ projectId: config.projectId, apiKey: config.apiKey });
  const auth = initializeAuth(app, { persistence: inMemoryPersistence });
  const database = getFirestore(app);
  if (config.authEmulator) {
    connectAuthEmulator(auth, `http://${config.authEmulator}`, { disableWarnings: true });
  }
  if (config.firestoreEmulator) {
    const [host, port] = config.firestoreEmulator.split(":");
    connectFirestoreEmulator(database, host, Number(port));
  }
  await signInWithCustomToken(auth, token);
  const machine = doc(database, "rvm", uuid);
  const forGood = { isFinal: () => false }; // nobody is there to begin the page anew
  lasting(machine, (found) => onLive(found.data() ?? {}), onLost, forGood);
  const commands = where("event", "==", COMMAND);
  const events = query(collection(machine, "events"), commands, orderBy("created_at", "desc"), limit(NEWEST));
  const told = (found) => onEvents(found.docs.map((one) => ({ id: one.id, ...one.data() })));
  lasting(events, told, () => {}, forGood); // the screen needs the machine's state alone
}
