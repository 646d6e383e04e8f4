// Where samples come from: this phone's accelerometer, or on a demonstration a made-up one.

import { stamp } from "./time.js";

const SHORTEST = 18; // milliseconds between two samples: about 50 a second, whatever the phone can
const PATIENCE = 2500; // then a browser that says nothing has no sensor

/** Why there are no samples: `code` names a text. */
export class NoMotion extends Error {
  constructor(code) {
    super(code);
    this.code = code;
  }
}

/**
 * Calls back with `{ms, x, y, z}` in m/s², gravity included, until the returned function is called.
 * Has to be called by a click: iPhones ask only then. Raises NoMotion.
 */
export async function motion(listener) {
  if (!isSecureContext) throw new NoMotion("motion.insecure");
  if (typeof DeviceMotionEvent === "undefined") throw new NoMotion("motion.none");
  if (typeof DeviceMotionEvent.requestPermission === "function") {
    const answer = await DeviceMotionEvent.requestPermission().catch(() => "denied");
    if (answer !== "granted") throw new NoMotion("motion.denied");
  }
  return heard(listener);
}

/** Resolves with the first sample. A desktop sends one event without values, or none. */
function heard(listener) {
  return new Promise((resolve, reject) => {
    let last = -Infinity;
    const stop = () => removeEventListener("devicemotion", hear);
    const silent = setTimeout(() => {
      stop();
      reject(new NoMotion("motion.none"));
    }, PATIENCE);

    function hear({ accelerationIncludingGravity: values, timeStamp }) {
      if (!values || ![values.x, values.y, values.z].every(Number.isFinite)) return;
      clearTimeout(silent);
      resolve(stop);
      if (timeStamp - last < SHORTEST) return;
      last = timeStamp;
      listener({ ms: stamp(), x: rounded(values.x), y: rounded(values.y), z: rounded(values.z) });
    }
    addEventListener("devicemotion", hear);
  });
}

/** The same from a phone that somebody carries in a pocket, for computers without a sensor. */
export function simulatedMotion(listener) {
  const timer = setInterval(() => {
    const ms = stamp();
    const step = Math.sin(ms / 1000 * 2 * Math.PI * 1.8);
    const noise = () => (Math.random() - 0.5) * 0.5;
    listener({
      ms,
      x: rounded(0.9 * Math.sin(ms / 1000 * 2 * Math.PI * 0.9) + noise()),
      y: rounded(1.6 + 1.1 * step + noise()),
      z: rounded(9.6 + 2.2 * step * Math.abs(step) + noise()),
    });
  }, 20);
  return () => clearInterval(timer);
}

function rounded(value) {
  return Math.round(value * 1000) / 1000;
}
