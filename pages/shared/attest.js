// The proof that this page is ours, by Firebase App Check. Loaded where the server asks for it, and only then.

import { initializeApp } from "firebase/app";
import { getToken, initializeAppCheck, ReCaptchaEnterpriseProvider } from "firebase/app-check";
import { configuration, siteKey } from "./hosting.js";

let started;

/** The token for the header X-Firebase-AppCheck; null where the server names no key, or Google gives no token. */
export async function attestation() {
  try {
    started ??= start();
    const check = await started;
    return check && (await getToken(check)).token;
  } catch {
    started = null; // the next call tries again
    return null;
  }
}

async function start() {
  const [{ config }, key] = await Promise.all([configuration(), siteKey()]);
  if (!key) return null;
  const app = initializeApp(config); // the same app as that of firebase.js, whichever is first
  return initializeAppCheck(app, { provider: new ReCaptchaEnterpriseProvider(key), isTokenAutoRefreshEnabled: true });
}
