// Listeners that last: one that ends with an error is begun again, unless it may not listen.

import { onSnapshot } from "firebase/firestore";
import { database } from "./database.js";

const SHORTEST_PAUSE = 1000; // milliseconds after the first failure; doubled after each further one
const LONGEST_PAUSE = 60_000;

/**
 * Listens to a document or query until the function that it returns is called. `failed` is told of each
 * error; what is shown meanwhile is not live. `isFinal` says of an error that asking again is no use.
 */
export function listen(target, next, failed, { options = {}, isFinal = isDenied } = {}) {
  let end = () => {};
  let timer = null;
  let pause = SHORTEST_PAUSE;

  function begin() {
    end = onSnapshot(target, options, (found) => {
      pause = SHORTEST_PAUSE;
      next(found);
    }, (error) => {
      failed(error);
      if (isFinal(error)) return;
      timer = setTimeout(begin, pause);
      pause = Math.min(2 * pause, LONGEST_PAUSE);
    });
  }

  begin();
  return () => {
    clearTimeout(timer);
    end();
  };
}

function isDenied(error) {
  return error.code === "permission-denied";
}

/** The documents of a query's answer. */
export function rows(found) {
  return found.docs.map((document) => document.data());
}

/**
 * Listens to several targets, `targets(opened)` as pairs of a target and its `next`; by these options also to
 * whether what they say comes from the cache. Returns a function that ends all.
 */
export function listenTo(failed, targets, options = { includeMetadataChanges: true }) {
  let ended = false;
  let ends = [];
  database().then((opened) => {
    if (ended) return;
    ends = targets(opened).map(([target, next]) => listen(target, next, failed, { options }));
  }, failed);
  return () => {
    ended = true;
    for (const end of ends) end();
  };
}
