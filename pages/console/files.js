// Files in and out: a roster from a spreadsheet, exports for one.

import { ApiError, call, file, sentence } from "../shared/api.js";
import { el } from "../shared/dom.js";
import { idToken } from "../shared/firebase.js";
import { language, tell } from "../shared/language.js";
import { textOf } from "../shared/textfile.js";

/** Sends a roster's file. Returns the sentence that says what came of it, and whether it is good. */
export async function importRoster(course, chosen) {
  try {
    const csv = await textOf(chosen);
    const counts = await call("/presence/roster", { body: { course_id: course, csv }, token: idToken });
    return { good: true, text: tell("roster.imported", counts) };
  } catch (error) {
    return { good: false, text: reason(error) };
  }
}

/** Saves an export of a session, or of the course where `session` is null. Raises ApiError. */
export async function save(format, course, session) {
  const query = {
    course_id: course, format, lang: language(), utc_offset: -new Date().getTimezoneOffset(),
    ...(session !== null && { session_id: session }),
  };
  const url = URL.createObjectURL(await file("/presence/export", { query, token: idToken }));
  const name = [course, session].filter(Boolean).join("-").replace(/[^\w.-]+/g, "-");
  el("a", { href: url, download: `${name}.${format}` }).click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

function reason(error) {
  const [, line] = /^invalid_field: csv\.(\d+)$/.exec(error.message) ?? [];
  if (line) return tell("roster.line", { line });
  return error instanceof ApiError && error.status === 400 ? tell("roster.file") : sentence(error);
}
