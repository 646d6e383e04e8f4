// The sign-in form, and the gate of pages that are for one role.

import { ApiError, sentence } from "./api.js";
import { DEMO, DEMO_PASSWORD } from "./demo.js";
import { el, setText } from "./dom.js";
import { isLeaving, onUser, signIn } from "./firebase.js";
import { isDemo } from "./hosting.js";
import { tell, translate } from "./language.js";

/**
 * Shows the sign-in form in `place` until somebody signs in who may be here, then calls back.
 * `role` null: anybody; a list: any of these. Returns at once; the callback gets the user.
 */
export function admit(place, role, listener) {
  const roles = role && [role].flat();
  let inside = null;
  onUser((user) => {
    if (isLeaving() || (inside && user?.uid === inside)) return;
    if (inside) {
      location.reload(); // signed out in another tab: nothing of what was shown stays
      return;
    }
    const admitted = user && (roles === null || roles.includes(user.role));
    place.hidden = Boolean(admitted);
    if (admitted) {
      inside = user.uid;
      place.replaceChildren();
      listener(user);
    } else {
      place.replaceChildren(form(user && tell("signin.role", { role: roles.join(" / "), name: user.name }), roles ?? []));
      translate(place);
    }
  }).catch(() => place.replaceChildren(
    el("p", { class: "problem", role: "alert" }, sentence(new ApiError("no_network"))),
    el("button", { type: "button", on: { click: () => location.reload() } }, "↻"),
  ));
}

/** The form itself; `note` says why it is there, `roles` puts those demo accounts first. */
export function form(note = null, roles = []) {
  const email = el("input", { type: "email", name: "email", required: true, autocomplete: "username" });
  const password = el("input", {
    type: "password", name: "password", required: true, autocomplete: "current-password",
  });
  const problem = el("p", { class: "problem", role: "alert" });
  const demo = el("div", { class: "demo" });
  const made = el(
    "form",
    { class: "card signin", on: { submit: send } },
    el("h2", { "data-text": "signin.title" }),
    note && el("p", { class: "quiet" }, note),
    el("label", { class: "field" }, el("span", { "data-text": "signin.email" }), email),
    el("label", { class: "field" }, el("span", { "data-text": "signin.password" }), password),
    problem,
    el("button", { class: "primary", type: "submit", "data-text": "signin.submit" }),
    demo,
  );

  async function send(event) {
    event.preventDefault();
    setText(problem, "");
    try {
      await signIn(email.value.trim(), password.value);
    } catch (error) {
      setText(problem, tell(reason(error.code)));
    }
  }

  function choose(name) {
    email.value = DEMO[name];
    password.value = DEMO_PASSWORD;
    made.requestSubmit();
  }

  isDemo().then((here) => {
    if (!here) return;
    const names = Object.keys(DEMO).sort((a, b) => Number(roles.includes(b)) - Number(roles.includes(a)));
    demo.append(
      el("p", { class: "quiet", "data-text": "signin.demo" }),
      el("div", { class: "row" }, names.map((name) => el("button", {
        type: "button", "data-text": `signin.${name}`, on: { click: () => choose(name) },
      }))),
    );
    translate(demo);
  });
  return made;
}

function reason(code) {
  if (code === "auth/too-many-requests") return "signin.many";
  return code === "auth/network-request-failed" ? "signin.failed" : "signin.wrong";
}
