// What Hosting says of the project, without loading Firebase for it.

const HERE = ["localhost", "127.0.0.1", "[::1]"];

let asked;

/** `{config, emulators}` as Hosting serves them; no emulators but on this machine. */
export function configuration() {
  asked ??= ask().catch((error) => {
    asked = null; // the next call tries again
    throw error;
  });
  return asked;
}

/** Whether this page speaks to the emulators of a demonstration. */
export async function isDemo() {
  return Boolean((await configuration()).emulators.auth);
}

/** The site key of App Check, or nothing where the server asks for no proof. */
export async function siteKey() {
  const { data } = await (await fetch("/presence/__/health")).json();
  return data.app_check_site_key;
}

/** The addresses of emulators are in a script only, so it is read as text. */
async function ask() {
  const config = await (await fetch("/__/firebase/init.json")).json();
  if (!HERE.includes(location.hostname)) return { config, emulators: {} };
  const script = await (await fetch("/__/firebase/init.js?useEmulator=true")).text();
  const found = /var firebaseEmulators = (\{[\s\S]*?\n\});/.exec(script);
  return { config, emulators: found ? JSON.parse(found[1]) : {} };
}
