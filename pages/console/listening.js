// What the console hears from Firestore. The rules let the teachers of a course in, and admins.

import { collection, doc, limit, orderBy, query } from "firebase/firestore";
import { documentId } from "../shared/ids.js";
import { listenTo as listen, rows } from "../shared/listen.js";

const MOST = 3000;

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
