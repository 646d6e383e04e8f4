// Sign-in with Google. Accounts are made before anybody signs in, with the address that Google vouches
// for: Firebase attaches the first sign-in with it to that account.

import {
  browserPopupRedirectResolver,
  GoogleAuthProvider,
  signInWithCredential,
  signInWithPopup,
} from "firebase/auth";
import { firebase } from "./firebase.js";

export const TEXTS = {
  "signin.google": { id: "Masuk dengan Google", en: "Sign in with Google" },
  "signin.google.address": { id: "Alamat akun Google (tiruan di mesin ini)", en: "Address of the Google account (simulated on this machine)" },
  "signin.google.as": { id: "Lanjut", en: "Continue" },
  "signin.unknown": {
    id: "Belum ada akun dengan alamat ini. Minta dosen atau admin membuatkannya.",
    en: "There is no account with this address. Your instructor or an admin can make one.",
  },
  "signin.domain": {
    id: "Alamat ini bukan alamat kampus yang diizinkan.",
    en: "This address is not one of the campus addresses that may sign in.",
  },
  "signin.popup": {
    id: "Izinkan jendela pop-up untuk halaman ini.",
    en: "Allow pop-ups for this page.",
  },
};

/**
 * Lets the user choose a Google account. Raises an error with Firebase's `code`, or `domain`: signed in,
 * with an address that may not be.
 */
export async function signInByGoogle(domains) {
  const { auth } = await firebase();
  const provider = new GoogleAuthProvider();
  provider.setCustomParameters({ prompt: "select_account", ...(domains.length === 1 && { hd: domains[0] }) });
  await signInWithPopup(auth, provider, browserPopupRedirectResolver);
  requireDomain(auth, domains);
}

/** The same on the emulator, which has no Google: as the holder of this address. */
export async function signInAs(email, domains) {
  const { auth } = await firebase();
  const holder = { sub: `google-${email}`, email, email_verified: true };
  await signInWithCredential(auth, GoogleAuthProvider.credential(JSON.stringify(holder)));
  requireDomain(auth, domains);
}

function requireDomain(auth, domains) {
  const domain = auth.currentUser?.email?.split("@").pop().toLowerCase();
  if (domains.length === 0 || domains.includes(domain)) return;
  throw Object.assign(new Error("domain"), { code: "domain" });
}
