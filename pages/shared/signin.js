// The sign-in form, and the gate of pages that are for one role.

import { ApiError, call, sentence } from "./api.js";
import { DEMO, DEMO_PASSWORD } from "./demo.js";
import { el, setText } from "./dom.js";
import { isLeaving, mailPasswordLink, onUser, signIn, turnAway } from "./firebase.js";
import { isDemo } from "./hosting.js";
import { learn, tell, translate } from "./language.js";
import { keep, recall, TAB } from "./memory.js";

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
      place.replaceChildren(form(user && note(user, roles), roles ?? []));
      translate(place);
    }
  }).catch(() => place.replaceChildren(
    el("p", { class: "problem", role: "alert" }, sentence(new ApiError("no_network"))),
    el("button", { type: "button", on: { click: () => location.reload() } }, "↻"),
  ));
}

/** Why somebody who is signed in may not be here. */
function note(user, roles) {
  if (user.role === null) return tell("signin.norole", { name: user.email ?? user.name });
  return tell("signin.role", { role: roles.map((role) => tell(`role.${role}`)).join(" / "), name: user.name });
}

/** The form itself; `note` says why it is there, `roles` puts those demo accounts first. */
export function form(note = null, roles = []) {
  const email = el("input", { type: "email", name: "email", required: true, autocomplete: "username" });
  const password = el("input", {
    type: "password", name: "password", required: true, autocomplete: "current-password",
  });
  const problem = el("p", { class: "problem", role: "alert" });
  const told = el("p", { class: "notice", role: "status" });
  const others = el("div", { class: "stack" });
  const demo = el("div", { class: "demo" });
  const made = el(
    "form",
    { class: "card signin", on: { submit: send } },
    el("h2", { "data-text": "signin.title" }),
    note && el("p", { class: "quiet" }, note),
    el("label", { class: "field" }, el("span", { "data-text": "signin.email" }), email),
    el("label", { class: "field" }, el("span", { "data-text": "signin.password" }), password),
    problem,
    told,
    el("button", { class: "primary", type: "submit", "data-text": "signin.submit" }),
    el("button", { class: "plain", type: "button", "data-text": "signin.forgot", on: { click: forgot } }),
    others,
    demo,
  );

  const refused = recall("refused", TAB);
  keep("refused", null, TAB);

  async function send(event) {
    event.preventDefault();
    setText(problem, "");
    try {
      await signIn(email.value.trim(), password.value);
    } catch (error) {
      setText(problem, tell(reason(error.code)));
    }
  }

  /** Firebase says the same of an address without an account: nobody learns who has one. */
  async function forgot() {
    setText(problem, "");
    setText(told, "");
    if (!email.reportValidity()) return;
    try {
      await mailPasswordLink(email.value.trim());
    } catch (error) {
      if (error.code !== "auth/user-not-found") {
        setText(problem, tell(reason(error.code)));
        return;
      }
    }
    setText(told, tell("signin.mailed"));
  }

  function choose(name) {
    email.value = DEMO[name];
    password.value = DEMO_PASSWORD;
    made.requestSubmit();
  }

  offerGoogle(others, (code) => setText(problem, code ? tell(reason(code)) : ""))
    .then(() => refused && setText(problem, tell(reason(refused))));
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

/**
 * Adds the button for Google where the project has it, and on the emulator a field for the address.
 * `failed(code)` is told of a failure, and with null that a new attempt begins.
 */
export async function offerGoogle(place, failed) {
  const { google, domains } = await call("/people/config", { attempts: 1 }).catch(() => ({ google: false }));
  if (!google) return;
  const [{ TEXTS, signInAs, signInByGoogle }, here] = await Promise.all([import("./google.js"), isDemo()]);
  learn(TEXTS);

  async function attempt(enter) {
    failed(null);
    try {
      await enter();
    } catch ({ code }) {
      if (GIVEN_UP.includes(code)) return;
      failed(code);
      if (code !== "domain") return;
      keep("refused", code, TAB); // for the form that takes the place of this one
      await turnAway();
    }
  }

  const address = el("input", { type: "email", autocomplete: "off", "data-label": "signin.google.address", placeholder: "nama@kampus.ac.id" });
  const enter = el("button", {
    type: "button", "data-text": "signin.google.as",
    on: { click: () => address.value && attempt(() => signInAs(address.value.trim(), domains)) },
  });
  const asked = el("div", { class: "row", hidden: true }, address, enter);
  const button = el("button", {
    type: "button", "data-text": "signin.google",
    on: {
      click: () => {
        if (!here) return attempt(() => signInByGoogle(domains));
        asked.hidden = false;
        return address.focus();
      },
    },
  });
  place.append(button, asked);
  translate(place);
}

const GIVEN_UP = ["auth/popup-closed-by-user", "auth/cancelled-popup-request"];
const REASONS = {
  domain: "signin.domain",
  "auth/too-many-requests": "signin.many",
  "auth/network-request-failed": "signin.failed",
  "auth/admin-restricted-operation": "signin.unknown", // nobody signs up: there is no such account
  "auth/user-disabled": "signin.disabled",
  "auth/popup-blocked": "signin.popup",
  "auth/operation-not-allowed": "signin.off",
};

/** The text that says why a sign-in failed. */
export function reason(code) {
  return REASONS[code] ?? "signin.wrong";
}
