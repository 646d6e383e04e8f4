// The table of accounts.

import { el, keyed, one, setText } from "../shared/dom.js";
import { tell } from "../shared/language.js";

/** What an account may be. */
export const ROLES = ["student", "instructor", "owner", "technician", "admin"];
const KINDS = { active: "good", disabled: "bad", none: "warn", invited: "" };

/** Shows people as far as the viewer may change them; `acts` are `link`, `role` and `remove`. */
export function draw(people, viewer, acts) {
  keyed(one("#table tbody"), people, ({ uid }) => uid, () => el(
    "tr", {}, el("td"), el("td"), el("td"), el("td"), el("td"),
  ), (row, person) => fill(row.cells, person, viewer, acts));
}

function fill([name, email, role, state, change], person, { account, course, isAdmin }, acts) {
  const isOwn = person.uid === account.uid;
  name.replaceChildren(person.name, el("span", { class: "id number" }, person.uid));
  setText(email, person.email);
  role.replaceChildren(isAdmin && !isOwn && person.state !== "none"
    ? choice(person, acts.role)
    : person.role ? tell(`role.${person.role}`) : "–");
  const isUnproved = person.state !== "none" && person.email && !person.verified;
  state.replaceChildren(
    el("span", { class: `tag ${KINDS[person.state]}` }, tell(`state.${person.state}`)),
    ...(isUnproved ? [" ", el("span", { class: "tag warn" }, tell("state.unproved"))] : []),
  );
  const mayReset = person.state !== "none" && person.email && (isAdmin || person.role === "student");
  change.replaceChildren(el(
    "div", { class: "row" },
    mayReset ? act("link.make", person, () => acts.link(person)) : null,
    isOwn && !course ? null : act(course ? "remove.off" : "remove.delete", person, () => acts.remove(person)),
  ));
}

function choice(person, changed) {
  const select = el("select", {
    "aria-label": tell("role.of", { name: person.name || person.uid }),
    on: { change: () => changed(person, select.value) },
  }, ["", ...ROLES].map((role) => el(
    "option", { value: role, selected: role === (person.role ?? "") }, role ? tell(`role.${role}`) : tell("role.none"),
  )));
  return select;
}

function act(text, person, click) {
  const name = person.name || person.uid;
  return el("button", { type: "button", class: "little", "aria-label": `${tell(text)}: ${name}`, on: { click } }, tell(text));
}
