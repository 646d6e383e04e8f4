// Firestore, for pages that listen.

import {
  clearIndexedDbPersistence,
  connectFirestoreEmulator,
  initializeFirestore,
  persistentLocalCache,
  persistentMultipleTabManager,
  terminate,
} from "firebase/firestore";
import { firebase } from "./firebase.js";

let started;

/** The database, started by the first call. */
export function database() {
  started ??= start().catch((error) => {
    started = null; // the next call tries again
    throw error;
  });
  return started;
}

/** Ends all listeners, and forgets what they have kept on this computer. */
export async function forget() {
  const opened = await database();
  await terminate(opened);
  await clearIndexedDbPersistence(opened).catch(() => {}); // another tab still holds it
}

async function start() {
  const { app, emulators } = await firebase();
  // Without a cache a listener would read everything again after each break in the connection.
  const opened = initializeFirestore(app, {
    localCache: persistentLocalCache({ tabManager: persistentMultipleTabManager() }),
  });
  if (emulators.firestore) {
    connectFirestoreEmulator(opened, emulators.firestore.host, emulators.firestore.port);
  }
  return opened;
}
