// What the console hears from Firestore. The rules let the teachers of a course in, and admins.

import { collection, doc, limit, orderBy, query, where } from "firebase/firestore";
import { firebase } from "../shared/firebase.js";
import { documentId } from "../shared/ids.js";
import { listen as lasting } from "../shared/listen.js";

const MOST = 3000;

/** Calls back with the user's courses, an admin's are all: `{course_id, name}`. Returns a function that ends it. */
export function courses({ uid, role }, listener, failed) {
  const own = role === "admin" ? [] : [where("teachers", "array-contains", uid)];
  return listen(failed, (database) => [
    [query(collection(database, "courses"), ...own, limit(MOST)), (found) => listener(rows(found))],
  ]);
}

/** Calls back with the sessions of a course, the latest code first. */
export function sessions(course, listener, failed) {
  return listen(failed, (database) => [[
    query(collection(database, "courses", documentId(course), "sessions"), orderBy("issued_at", "desc"), limit(MOST)),
    (found) => listener(rows(found)),
  ]]);
}

/** Calls back with the students of a course, `{user_id, name}`. */
export function roster(course, listener, failed) {
  return listen(failed, (database) => [
    [doc(database, "rosters", documentId(course)), (found) => listener(found.data()?.students ?? [])],
  ]);
}

/**
 * Calls back of one session: `state` with its document, or null, once the server has said so (a
 * state from the cache could reopen what was stopped elsewhere); `presences`; `marks`.
 */
export function room(course, session, { state, presences, marks }, failed) {
  const path = ["courses", documentId(course), "sessions", documentId(session)];
  return listen(failed, (database) => [
    [doc(database, ...path), (found) => found.metadata.fromCache || state(found.data() ?? null)],
    [
      query(collection(database, ...path, "presences"), orderBy("checked_in_at"), limit(MOST)),
      (found) => presences(rows(found)),
    ],
    [query(collection(database, ...path, "marks"), orderBy("at"), limit(MOST)), (found) => marks(rows(found))],
  ]);
}

function rows(found) {
  return found.docs.map((document) => document.data());
}

function listen(failed, targets) {
  let ended = false;
  let ends = [];
  firebase().then(({ database }) => {
    if (ended) return;
    ends = targets(database).map(([target, next]) => lasting(
      target, next, failed, { options: { includeMetadataChanges: true } },
    ));
  }, failed);
  return () => {
    ended = true;
    for (const end of ends) end();
  };
}
