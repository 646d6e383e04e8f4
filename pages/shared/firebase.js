// Accounts of Firebase as Hosting configures it; on this machine, the emulators that Hosting names.
// What listens to Firestore takes database.js beside it: pages that only sign in do not load that.

import { initializeApp } from "firebase/app";
import {
  connectAuthEmulator,
  indexedDBLocalPersistence,
  initializeAuth,
  onAuthStateChanged,
  sendPasswordResetEmail,
  signInWithEmailAndPassword,
  signOut,
} from "firebase/auth";
import { configuration } from "./hosting.js";

let started;
let leaving = false;

/** `{app, auth, emulators}`, started by the first call. */
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

/** Has Firebase mail a link by which the holder of the address sets a password. */
export async function mailPasswordLink(email) {
  await sendPasswordResetEmail((await firebase()).auth, email);
}

/** Signs out of an account that nothing was shown to. */
export async function turnAway() {
  await signOut((await firebase()).auth);
}

/** Signs out, forgets what the listeners have kept on this computer, and begins again. */
export async function leave() {
  leaving = true;
  await turnAway();
  const { forget } = await import("./database.js"); // another page may have kept it
  await forget();
  location.reload();
}

async function start() {
  const { config, emulators } = await configuration();
  const app = initializeApp(config);
  const auth = initializeAuth(app, { persistence: indexedDBLocalPersistence });
  if (emulators.auth) {
    connectAuthEmulator(auth, `http://${emulators.auth.hostAndPort}`, { disableWarnings: true });
  }
  return { app, auth, emulators };
}
