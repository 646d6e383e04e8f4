// What the projector's QR holds, and what a camera may read: the one place that knows both.
//
// A link, so that a phone's own camera opens the check-in page filled in. The server finds the code
// within it, so a client that posts what it has scanned works too (docs/decisions/0022). What it
// says is behind `#`, which browsers send to nobody: no log of a server has the code.

const LONGEST = 200; // characters that the API takes for a code
const CODE = /(?<![A-Z0-9])TKN-[A-Z0-9]{6,}(?![A-Z0-9])/;

/** The QR's text: the link, or the bare code where the link would be too long for other clients. */
export function qrText({ course, session, code }, origin = location.origin) {
  const link = new URL("/checkin/", origin);
  link.hash = new URLSearchParams({ c: course, s: session, t: code });
  return link.href.length <= LONGEST ? link.href : code;
}

/**
 * `{course, session, code}` of what was scanned or typed, each of them null where it does not say:
 * a link of any server of ours, with `#` or as it was with `?`, the JSON of another group's, or a code.
 */
export function read(text) {
  const found = { course: null, session: null, code: CODE.exec(text.trim().toUpperCase())?.[0] ?? null };
  return { ...found, ...fromLink(text), ...fromJson(text) };
}

function fromLink(text) {
  if (!/^https?:\/\//i.test(text.trim()) || !URL.canParse(text.trim())) return {};
  const { hash, searchParams } = new URL(text.trim());
  const fields = new URLSearchParams(hash.slice(1));
  const [course, session] = ["c", "s"].map((name) => fields.get(name) ?? searchParams.get(name));
  return { course, session };
}

function fromJson(text) {
  try {
    const { course_id: course, session_id: session } = JSON.parse(text);
    return typeof course === "string" && typeof session === "string" ? { course, session } : {};
  } catch {
    return {};
  }
}
