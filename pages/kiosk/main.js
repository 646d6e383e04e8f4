// The screen of a machine: live by Firestore listeners, for touch, in two languages.

import { heard, now } from "../shared/clock.js";
import { one, setText } from "../shared/dom.js";
import { language, learn, locale, onLanguage, speak, tell } from "../shared/language.js";
import { kiosk } from "./api.js";
import { listen } from "./channel.js";
import { maintenance } from "./maintenance.js";
import { keepRenewed } from "./proof.js";
import { face, screen } from "./screen.js";
import { TEXTS } from "./texts.js";

learn(TEXTS);
const given = { ...document.body.dataset };
for (const name of ["proof", "signIn"]) delete document.body.dataset[name]; // they are for this page alone
const made = Date.parse(given.now);
heard(made, made + 1000, Date.now() - performance.now(), Date.now());

const api = kiosk(given.uuid, given.proof);
const renew = keepRenewed(api);
const middle = screen(one("#screen"), api, renew);
const technician = maintenance(one("#maintenance"), api, given.timezone);
const OLD_KEY_LASTS = 6_000; // an instance of the server knows the key before for five seconds
let live = null;
let generation = null; // of the machine's key: another one ends this page

function draw(force = false) {
  const shown = face(live);
  middle.show(shown, live, force);
  middle.tick(shown);
  technician.tick();
  const status = one("#status");
  setText(status, tell(shown));
  status.className = `pill ${shown}`;
  setText(one("#clock"), new Date(now()).toLocaleTimeString(locale(), {
    hour: "2-digit", minute: "2-digit", timeZone: given.timezone,
  }));
  if (live?.name) setText(one("#name"), live.name);
  if (live) setText(one("#place"), live.place ?? "");
  level(live?.bin_level);
}

function level(percent) {
  const known = typeof percent === "number";
  const limit = live?.bin_full_threshold_percent ?? 90;
  const fill = one("#bin-fill");
  fill.dataset.level = !known ? "none" : percent >= limit ? "full" : percent >= limit * 0.8 ? "high" : "good";
  fill.style.setProperty("--level", known ? `${percent}%` : "0%");
  setText(one("#bin-value"), known ? `${Math.round(percent)}%` : tell("unknown"));
}

function label() {
  document.documentElement.lang = language();
  setText(one("#language"), tell("language"));
  setText(one("#technician"), tell("technician"));
  setText(one("#bin-label"), tell("bin"));
  technician.redraw();
  draw(true);
}

one("#language").addEventListener("click", () => speak(language() === "id" ? "en" : "id"));
one("#technician").addEventListener("click", () => technician.open());
onLanguage(label);
label();
setInterval(draw, 1000);

listen(given.uuid, given.signIn, given, {
  onLive: (state) => {
    live = state;
    draw();
    const newest = state.generation ?? 1;
    if (newest !== (generation ?? newest)) setTimeout(renew, OLD_KEY_LASTS);
    generation = newest;
  },
  onEvents: technician.events,
  onLost: (error) => {
    live = null;
    draw();
    if (error.code === "permission-denied") setTimeout(renew, OLD_KEY_LASTS);
  },
}).catch(() => setTimeout(() => location.reload(), 30_000));
