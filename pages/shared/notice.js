import { one, setText } from "./dom.js";

/** A sentence above everything; empty takes it away. `kind` bad, warn or none. */
export function notice(text, kind = "") {
  const place = one("#notice");
  place.className = `notice ${kind}`;
  setText(place, text);
}
