// The time of what is measured: by the server's clock as it is known when measuring begins. It does not
// change until the end, so that no sample comes to stand before an earlier one.

import { heardFrom, offset } from "../shared/clock.js";

let ahead = 0;

/** Asks the server for its time; without network this phone's own clock has to do. */
export async function learn() {
  const asked = Date.now();
  try {
    heardFrom(await fetch("/css/simpul.svg", { method: "HEAD", cache: "no-store" }), asked);
  } catch {
    // A later answer says it.
  }
}

/** From now on times are by what is known now. */
export function begin() {
  ahead = offset();
}

/** Milliseconds since 1970. */
export function stamp() {
  return Date.now() + ahead;
}
