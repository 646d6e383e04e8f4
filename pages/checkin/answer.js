// The one place that says what has been recorded, and what has not.

import { one, setText } from "../shared/dom.js";
import { tell } from "../shared/language.js";

let shown = null; // {state, title, text}

/** Tells what came of a check-in: `state` good, bad or wait; `text` is asked for in each language. */
export function say(state, title, text) {
  shown = { state, title, text };
  drawAnswer();
  one("#answer").scrollIntoView({ block: "nearest" });
}

/** Draws it again, in the language that is shown. */
export function drawAnswer() {
  const answer = one("#answer");
  answer.hidden = shown === null;
  if (!shown) return;
  answer.dataset.state = shown.state;
  setText(one("h2", answer), tell(shown.title));
  setText(one("p", answer), shown.text());
}
