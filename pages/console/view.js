// What the page as a whole shows: the projector view, an error, and where one is in the address.

import { ApiError, sentence } from "../shared/api.js";
import { one, setText } from "../shared/dom.js";
import { tell } from "../shared/language.js";
import { notice } from "../shared/notice.js";

/** Whether the projector fills the window. */
export function isProjecting() {
  return document.body.classList.contains("projecting");
}

/** Lets the projector fill the window, or no longer; the address says so, for a reload. */
export function project(yes) {
  if (!yes && document.fullscreenElement) document.exitFullscreen();
  document.body.classList.toggle("projecting", yes);
  const button = one("#large");
  button.setAttribute("aria-pressed", String(yes));
  button.dataset.text = yes ? "console.small" : "console.large";
  setText(button, tell(button.dataset.text));
  remember({});
}

/** Keeps course, session and view in the address; what is not given stays as it is there. */
export function remember({ course = null, session = null }) {
  const query = new URLSearchParams(location.search);
  if (course) query.set("course", course);
  if (session) query.set("session", session);
  else if (course) query.delete("session");
  if (isProjecting()) query.set("view", "projector");
  else query.delete("view");
  history.replaceState(null, "", `?${query}`);
}

/** Tells of an error of the API or of a listener, which is denied what other teachers may hear. */
export function failed(error) {
  const isDenied = error.code === "permission-denied";
  const refused = isDenied ? new ApiError("not_its_teacher", { status: 403 }) : error;
  notice(sentence(refused), "bad");
}
