// Accounts for a class: a file is read, what it would do is shown, and only then it is done.

import { call, sentence } from "../shared/api.js";
import { ask as askInDialog } from "../shared/dialog.js";
import { el, one, setText } from "../shared/dom.js";
import { idToken } from "../shared/firebase.js";
import { tell } from "../shared/language.js";
import { textOf } from "../shared/textfile.js";

const KINDS = { new: "good", changed: "", unchanged: "", conflict: "bad", absent: "warn" };
const FIRST = ["conflict", "absent", "new", "changed", "unchanged"];

/** Opens the dialog; `done(counts)` is told of what was done. */
export function ask(course, done) {
  const dialog = one("#importing");
  const { file, remove } = one("form", dialog).elements;
  let csv = null;
  let planned = false;

  const send = (apply) => call("/people/import", {
    body: { course_id: course, ...(csv !== null && { csv }), apply, remove: remove.checked }, token: idToken,
  });

  function forget() {
    planned = false;
    one("#plan").hidden = true;
    setText(one("[type=submit]", dialog), tell("import.preview"));
    setText(one(".problem", dialog), "");
  }

  async function submit() {
    const [chosen] = file.files;
    try {
      if (!planned) {
        csv = chosen ? await textOf(chosen) : null;
        draw(await send(false));
        planned = true;
        setText(one("[type=submit]", dialog), tell("import.apply"));
        return false;
      }
      done((await send(true)).counts);
      return true;
    } catch (error) {
      setText(one(".problem", dialog), reason(error));
      return false;
    }
  }

  file.onchange = forget;
  askInDialog(dialog, submit);
  forget();
}

function draw({ counts, items }) {
  one("#plan").hidden = false;
  one("#plan-counts").replaceChildren(...FIRST.filter((kind) => counts[kind]).map((kind) => el(
    "span", { class: `tag ${KINDS[kind]}` }, tell(`import.${kind}`, { count: counts[kind] }),
  )));
  const ordered = FIRST.flatMap((kind) => items.filter((item) => item.kind === kind));
  one("#plan tbody").replaceChildren(...ordered.map((item) => el(
    "tr", {},
    el("td", { class: "number" }, item.line ?? ""),
    el("td", {}, `${item.name} (${item.user_id})`),
    el("td", {}, item.reason ? tell(`reason.${item.reason}`, item) : tell(`kind.${item.kind}`)),
  )));
  one("#import-remove").hidden = counts.absent === 0;
  setText(one("#import-remove span"), tell("import.remove", { count: counts.absent }));
}

function reason(error) {
  const [, line] = /^invalid_field: csv\.(\d+)$/.exec(error.message) ?? [];
  if (line) return tell("import.wrong.line", { line });
  return error.message === "missing_field: csv" ? tell("import.nobody") : sentence(error);
}
