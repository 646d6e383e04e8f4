// Where points come from: this phone's GPS, or on a demonstration a walk round a campus.

import { stamp } from "./time.js";

const SHORTEST = 1000; // milliseconds between two points
const CAMPUS = { lat: -7.2805, lng: 112.7945, round: 0.0016 }; // degrees
const ROUND = 240_000; // milliseconds that the walk takes

/**
 * Calls back with `{ms, lat, lng, accuracy_m}`; `failed` with the name of a text. Returns the
 * function that ends it.
 */
export function place(listener, failed) {
  if (!isSecureContext || !navigator.geolocation) {
    failed("place.none");
    return () => {};
  }
  let last = -Infinity;
  const watch = navigator.geolocation.watchPosition(({ coords }) => {
    const ms = stamp();
    if (ms - last < SHORTEST) return;
    last = ms;
    listener({ ms, lat: coords.latitude, lng: coords.longitude, accuracy_m: Math.round(coords.accuracy * 10) / 10 });
  }, ({ code }) => failed(code === 1 ? "place.denied" : "place.lost"), {
    enableHighAccuracy: true, maximumAge: 0, timeout: 30_000,
  });
  return () => navigator.geolocation.clearWatch(watch);
}

/** The same from somebody who walks in a loop. */
export function simulatedPlace(listener) {
  const start = Math.random() * 2 * Math.PI;
  const walk = () => {
    const ms = stamp();
    const angle = start + (ms / ROUND) * 2 * Math.PI;
    const round = CAMPUS.round * (1 + 0.25 * Math.sin(3 * angle));
    listener({
      ms,
      lat: Number((CAMPUS.lat + round * Math.sin(angle)).toFixed(6)),
      lng: Number((CAMPUS.lng + round * 1.3 * Math.cos(angle)).toFixed(6)),
      accuracy_m: 5,
    });
  };
  walk();
  const timer = setInterval(walk, 2000);
  return () => clearInterval(timer);
}
