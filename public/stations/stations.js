/* The stations page: a map over what realtime.js keeps up to date, and one station at a time. */

const WEST = 94, NORTH = 8, WIDTH = 48, HEIGHT = 20; // degrees, of indonesia.svg
const TEXTS = {
  id: {
    title: "Stasiun", known: "stasiun,", online: "daring", map: "Peta", all: "Semua stasiun",
    name: "Nama", place: "Tempat", state: "Status", heard: "Terakhir terdengar (UTC)",
    readings: "Pembacaan", today: "Hari ini (UTC)", position: "Posisi", firmware: "Firmware",
    newest: "Pembacaan terbaru", when: "Waktu (UTC)", what: "Jenis", value: "Nilai",
  },
};
const english = {};
const details = document.querySelector("#details");

function speak(language) {
  for (const element of document.querySelectorAll("[data-text]")) {
    const name = element.dataset.text;
    english[name] ??= element.textContent;
    element.textContent = TEXTS[language]?.[name] ?? english[name];
  }
  document.documentElement.lang = language;
  const button = document.querySelector("#language");
  button.textContent = language === "id" ? "English" : "Bahasa Indonesia";
  button.lang = language === "id" ? "en" : "id";
  try {
    localStorage.setItem("language", language);
  } catch {
    // A browser that keeps nothing still shows the page.
  }
}

function remembered() {
  try {
    return localStorage.getItem("language");
  } catch {
    return null;
  }
}

/** Markers as links at their place; a station without one stands in the table only. */
function draw(stations) {
  const placed = stations.filter(({ latitude, longitude }) => {
    const x = (longitude - WEST) / WIDTH, y = (NORTH - latitude) / HEIGHT;
    return latitude !== null && longitude !== null && x >= 0 && x <= 1 && y >= 0 && y <= 1;
  });
  const markers = placed.map((station) => {
    const item = document.createElement("li");
    const link = document.createElement("a");
    link.href = `#${station.id}`;
    link.dataset.state = station.status;
    link.title = station.name;
    link.setAttribute("aria-label", station.name);
    item.style.left = `${(100 * (station.longitude - WEST)) / WIDTH}%`;
    item.style.top = `${(100 * (NORTH - station.latitude)) / HEIGHT}%`;
    item.append(link);
    return item;
  });
  document.querySelector("#markers").replaceChildren(...markers);
  const online = stations.filter(({ status }) => status === "online").length;
  document.querySelector("#online").textContent = String(online);
}

/** Shows the station that the address names, kept up to date like everything else. */
function open() {
  const id = decodeURIComponent(location.hash.slice(1));
  details.hidden = !id;
  if (!id) return;
  const url = `/api/v1/public/stations/${encodeURIComponent(id)}`;
  for (const element of details.querySelectorAll("[data-field], [data-rows]")) {
    if (element.dataset.realtimeUrl !== url) element.replaceChildren();
    element.dataset.realtimeUrl = url;
    element.dataset.realtimeKey = `data.${element.dataset.field ?? element.dataset.rows}`;
    element.dataset.realtimeInterval = "15000";
  }
  window.Realtime.scan(details);
  details.scrollIntoView({ behavior: "smooth", block: "nearest" });
}

document.querySelector("#language").addEventListener("click", () => {
  speak(document.documentElement.lang === "id" ? "en" : "id");
});
document.querySelector("#stations").addEventListener("realtime", ({ detail }) => draw(detail ?? []));
window.addEventListener("hashchange", open);
speak(remembered() ?? (navigator.language.startsWith("id") ? "id" : "en"));
open();
