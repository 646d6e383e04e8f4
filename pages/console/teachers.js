// Who teaches a course: the first who asks for it, and those whom its teachers add.

import { ApiError, call, sentence } from "../shared/api.js";
import { el, keyed, one, setText } from "../shared/dom.js";
import { idToken } from "../shared/firebase.js";
import { tell } from "../shared/language.js";

const PATH = "/presence/teachers";

/**
 * Makes a course, or makes the user the teacher of one that has none; `name` undefined: as it is
 * called. Raises ApiError: `not_its_teacher` where others teach it.
 */
export async function claim(course, name) {
  try {
    await call("/presence/courses", { body: { course_id: course, name }, token: idToken });
  } catch (error) {
    throw error.code === "forbidden" ? new ApiError("not_its_teacher", { status: 403 }) : error;
  }
}

/** Shows the dialog: who teaches the course, one more, one less. `left()` once that is the user. */
export function show(course, uid, left) {
  const dialog = one("#teachers");
  const form = one("form", dialog);
  const list = one("ul", dialog);
  const buttons = () => dialog.querySelectorAll("button:not([data-close])");

  /** Does something to the list, then shows it as the server has it. */
  async function change(act = () => {}) {
    setText(one(".problem", dialog), "");
    for (const button of buttons()) button.disabled = true;
    try {
      await act();
      const { items } = await call(PATH, { query: { course_id: course }, token: idToken });
      keyed(list, items, (item) => item.uid, line, (row, item) => fill(row, item, items.length > 1));
    } catch (error) {
      setText(one(".problem", dialog), sentence(error));
    }
    for (const button of buttons()) button.disabled = false;
  }

  function line(item) {
    return el("li", {}, el("span"), el("button", { type: "button", class: "little", on: { click: () => remove(item) } }));
  }

  async function remove(item) {
    const query = { course_id: course, teacher: item.uid };
    if (item.uid !== uid) return change(() => call(PATH, { method: "DELETE", query, token: idToken }));
    return change(async () => {
      await call(PATH, { method: "DELETE", query, token: idToken });
      dialog.close();
      left();
    });
  }

  form.reset();
  list.replaceChildren();
  form.onsubmit = (event) => {
    event.preventDefault();
    const { teacher } = form.elements;
    change(async () => {
      const body = { course_id: course, teacher: teacher.value.trim() };
      await call(PATH, { body, token: idToken });
      form.reset();
    });
  };
  one("[data-close]", dialog).onclick = () => dialog.close();
  dialog.showModal();
  change();
}

function fill(row, { name, uid }, isRemovable) {
  const button = one("button", row);
  setText(one("span", row), name === uid ? uid : `${name} (${uid})`);
  setText(button, tell("teachers.remove"));
  button.setAttribute("aria-label", tell("teachers.remove.who", { name }));
  button.hidden = !isRemovable;
}
