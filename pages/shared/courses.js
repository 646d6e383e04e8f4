// The courses that somebody teaches.

import { collection, limit, query, where } from "firebase/firestore";
import { listenTo, rows } from "./listen.js";

const MOST = 3000;

/** Calls back with the user's courses, an admin's are all: `{course_id, name}`. Returns a function that ends it. */
export function courses({ uid, role }, listener, failed) {
  const own = role === "admin" ? [] : [where("teachers", "array-contains", uid)];
  return listenTo(failed, (database) => [[
    query(collection(database, "courses"), ...own, limit(MOST)),
    (found) => listener(rows(found)),
  ]]);
}

/** Courses by name as options, `[id, text]`; the last of several with one id names it. The chosen one is always there. */
export function courseOptions(known, chosen) {
  const names = new Map(known.map(({ course_id, name }) => [course_id, name]));
  if (chosen && !names.has(chosen)) names.set(chosen, chosen);
  return [...names]
    .sort(([, a], [, b]) => a.localeCompare(b))
    .map(([id, name]) => [id, name === id ? id : `${name} (${id})`]);
}
