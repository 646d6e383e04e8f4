// The claim link of a deploy: whoever opens it becomes the first admin, with an account of their own.

import { call, sentence } from "../shared/api.js";
import { one, setText } from "../shared/dom.js";
import { idToken, leave, onUser, signIn } from "../shared/firebase.js";
import { frame, showUser } from "../shared/frame.js";
import { onLanguage, tell } from "../shared/language.js";
import { keep, recall, TAB } from "../shared/memory.js";
import { offerGoogle, reason } from "../shared/signin.js";
import { TEXTS } from "./texts.js";

const PEOPLE = "/people/";
const form = one("#new");
const link = taken();
let user = null;
let busy = false;

frame(TEXTS);
onLanguage(draw);
if (!link) problem(tell("claim.nolink"));
else {
  onUser((found) => {
    user = found;
    if (!busy) draw();
  }).catch((error) => problem(sentence(error)));
  call("/people/config").then(({ google }) => {
    one("#ways").hidden = !google;
    if (!google) form.elements.way.value = "password";
    drawPassword();
  }, (error) => problem(sentence(error)));
}

form.addEventListener("change", drawPassword);
form.addEventListener("submit", (event) => {
  event.preventDefault();
  const { email, name, password, way } = form.elements;
  const byPassword = way.value === "password";
  attempt(async () => {
    const address = email.value.trim();
    await call("/people/claim", {
      body: { link, email: address, name: name.value.trim(), ...(byPassword && { password: password.value }) },
    });
    keep("claim", null, TAB);
    if (byPassword) {
      await signIn(address, password.value);
      location.assign(PEOPLE);
      return;
    }
    one("#claim").hidden = true;
    one("#then").hidden = false;
    onUser((found) => found?.role === "admin" && location.assign(PEOPLE));
    offerGoogle(one("#google"), (code) => problem(code ? tell(reason(code)) : ""));
  });
});
one("#take").addEventListener("click", () => attempt(async () => {
  await call("/people/claim", { body: { link }, token: idToken });
  keep("claim", null, TAB);
  await idToken(true); // one that has the new role
  location.assign(PEOPLE);
}));
one("#other").addEventListener("click", leave);

/** The link's token: out of the address bar at once, kept for this tab while one signs in. */
function taken() {
  const token = location.hash.slice(1) || recall("claim", TAB);
  if (location.hash) history.replaceState(null, "", location.pathname);
  if (token) keep("claim", token, TAB);
  return token;
}

async function attempt(act) {
  busy = true;
  problem("");
  for (const button of document.querySelectorAll("#claim button")) button.disabled = true;
  try {
    await act();
  } catch (error) {
    problem(error.code?.startsWith("auth/") ? tell(reason(error.code)) : sentence(error));
  }
  for (const button of document.querySelectorAll("#claim button")) button.disabled = false;
  busy = false;
}

function draw() {
  if (!link || !one("#then").hidden) return;
  showUser(user, leave);
  one("#claim").hidden = false;
  one("#signed-in").hidden = !user;
  form.hidden = Boolean(user);
  if (user) setText(one("#who"), tell("claim.who", { name: user.name ?? user.uid }));
}

function drawPassword() {
  const byPassword = form.elements.way.value === "password";
  one("#password").hidden = !byPassword;
  form.elements.password.required = byPassword;
}

function problem(text) {
  setText(one("#problem"), text);
}
