// The server's time, on a computer whose own clock may be wrong by minutes.
//
// Each answer says when the server wrote it, to the second; we know when we asked and when it came.
// So the difference of the two clocks lies within bounds, and each answer makes them narrower.

let low = -Infinity;
let high = Infinity;

/** Milliseconds since 1970 by the server's clock; by this computer's until the first answer. */
export function now() {
  return Date.now() + offset();
}

/** How far the server's clock is ahead of this computer's, in milliseconds. */
export function offset() {
  return Number.isFinite(low) ? Math.round((low + high) / 2) : 0;
}

/** Learns from an answer that the server wrote between `earliest` and `latest` of its time. */
export function heard(earliest, latest, asked, answered) {
  const from = earliest - answered;
  const to = latest - asked;
  low = Math.max(low, from);
  high = Math.min(high, to);
  if (low > high) [low, high] = [from, to]; // somebody has set this computer's clock
}

/** Learns from the Date header of an answer. */
export function heardFrom(response, asked) {
  const date = Date.parse(response.headers.get("Date") ?? "");
  if (!Number.isNaN(date)) heard(date, date + 1000, asked, Date.now());
}
