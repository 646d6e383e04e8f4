// A whole web app: check-in with a queue, one's own status, this phone as a sensor, a session's roster.
//
// Copy this folder to public/app/ of your project and open /app/ there: under `python3 dev.py up`, or deployed.
// A test runs it in a browser, against the whole suite. No build step, no npm.

import { Simpul } from "/js/simpul.js";

const simpul = new Simpul();
const form = document.querySelector("#who");
const device = (localStorage.device ??= `web-${crypto.randomUUID().slice(0, 8)}`);
const show = (id, text) => { document.getElementById(id).textContent = text; };
let stopStatus = null;

for (const name of ["user_id", "course_id", "session_id"]) form.elements[name].value = localStorage[name] ?? "";
listenToMyself();

form.addEventListener("submit", async (event) => {
  event.preventDefault();
  const fields = { ...Object.fromEntries(new FormData(form)), device_id: device };
  for (const name of ["user_id", "course_id", "session_id"]) localStorage[name] = fields[name];
  listenToMyself();
  show("answer", "…");
  try {
    const { status } = await simpul.checkIn(fields);
    show("answer", status === "waiting" ? "Belum terkirim: menunggu jaringan." : "Hadir.");
  } catch (error) {
    show("answer", `Ditolak: ${error.code}`);
  }
});

// Also of a check-in that waited, after a reload.
simpul.addEventListener("checkin", ({ detail }) => {
  if (detail.status === "checked_in") show("answer", "Hadir.");
});

/** Shows the record of the student whose id is in the form, as it changes. */
function listenToMyself() {
  const [user, course, session] = ["user_id", "course_id", "session_id"].map((name) => form.elements[name].value);
  stopStatus?.();
  if (user && course && session) {
    stopStatus = simpul.onStatus(user, course, session, (record) => show("status", record?.status ?? "absent"));
  }
}

document.querySelector("#send").addEventListener("click", async () => {
  // iPhones ask for the accelerometer, and only after a click.
  await DeviceMotionEvent.requestPermission?.();
  const sensors = simpul.sensors(device);
  addEventListener("devicemotion", ({ accelerationIncludingGravity: { x, y, z } }) => {
    if (x !== null) sensors.accel({ x, y, z });
  });
  navigator.geolocation.watchPosition(({ coords, timestamp }) => {
    sensors.gps({ lat: coords.latitude, lng: coords.longitude, accuracy_m: coords.accuracy, ts: timestamp });
  }, (error) => show("sent", error.message));
  simpul.onDevice(device, (live) => show("live", live?.gps ? `${live.gps.lat}, ${live.gps.lng}` : "–"));
});
simpul.addEventListener("sensors", ({ detail }) => show("sent", `${detail.accepted} terkirim, ${detail.waiting} menunggu`));

document.querySelector("#roster").addEventListener("click", () => {
  const { course_id, session_id } = form.elements;
  simpul.onRoster(course_id.value, session_id.value, (records) => {
    document.querySelector("#present").replaceChildren(...records.map(({ user_id, status }) => {
      const item = document.createElement("li");
      item.textContent = `${user_id}: ${status}`;
      return item;
    }));
  }, (error) => show("present", `${error.code}: masuk dahulu di /console/`));
});
