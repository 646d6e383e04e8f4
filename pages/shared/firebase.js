// Firebase as Hosting configures it; on this machine, the emulators that Hosting names.

import { initializeApp } from "firebase/app";
import {
  browserLocalPersistence,
  connectAuthEmulator,
  indexedDBLocalPersistence,
  initializeAuth,
  onAuthStateChanged,
  signInWithEmailAndPassword,
  signOut,
} from "firebase/auth";
import {
  clearIndexedDbPersistence,
  connectFirestoreEmulator,
  initializeFirestore,
  persistentLocalCache,
  persistentMultipleTabManager,
  terminate,
} from "firebase/firestore";
import { configuration } from "./hosting.js";

let started;
let leaving = false;

/** `{auth, database}`, started by the first call. */
export function firebase() {
  started ??= start().catch((error) => {
    started = null; // the next call tries again
    throw error;
  });
  return started;
}

/** Calls back with the user and their role, or with null, now and after each change. */
export async function onUser(listener) {
  const { auth } = await firebase();
  onAuthStateChanged(auth, async (user) => {
    const role = user ? (await user.getIdTokenResult()).claims.role ?? null : null;
    listener(user && { uid: user.uid, email: user.email, name: user.displayName ?? user.email, role });
  });
}

/** Whether this page is signing out, and begins again by itself. */
export function isLeaving() {
  return leaving;
}

/** The signed-in user's ID token, or null; `fresh` where the server has refused the last one. */
export async function idToken(fresh = false) {
  const { auth } = await firebase();
  await auth.authStateReady();
  return auth.currentUser ? auth.currentUser.getIdToken(fresh) : null;
}

/** Signs in. Raises an error with Firebase's `code`. */
export async function signIn(email, password) {
  await signInWithEmailAndPassword((await firebase()).auth, email, password);
}

/** Signs out, forgets what the listeners have kept on this computer, and begins again. */
export async function leave() {
  leaving = true;
  const { auth, database } = await firebase();
  await signOut(auth);
  await terminate(database);
  await clearIndexedDbPersistence(database).catch(() => {}); // another tab still holds it
  location.reload();
}

async function start() {
  const { config, emulators } = await configuration();
  const app = initializeApp(config);
  const auth = initializeAuth(app, { persistence: [indexedDBLocalPersistence, browserLocalPersistence] });
  // Without a cache a listener would read everything again after each break in the connection.
  const database = initializeFirestore(app, {
    localCache: persistentLocalCache({ tabManager: persistentMultipleTabManager() }),
  });
  if (emulators.auth) {
    connectAuthEmulator(auth, `http://${emulators.auth.hostAndPort}`, { disableWarnings: true });
  }
  if (emulators.firestore) {
    connectFirestoreEmulator(database, emulators.firestore.host, emulators.firestore.port);
  }
  return { auth, database };
}
