// The map itself: markers that move, one track with its moment.

import L from "leaflet";
import "leaflet/dist/leaflet.css";
import { el, one } from "../shared/dom.js";
import { tell } from "../shared/language.js";
import { coasts, grid, tiles } from "./background.js";

const INDONESIA = [[-11, 95], [6, 141]];
const NEAR = 17;
const COARSE = 12;

/** The map in `place`. `chosen(device)` is called when somebody takes a marker. */
export function view(place, chosen, missing) {
  const map = L.map(place, { zoomControl: false, attributionControl: false, maxZoom: 19, minZoom: 3 });
  map.createPane("background").style.zIndex = 150;
  map.fitBounds(INDONESIA);
  L.control.zoom({ position: "topright" }).addTo(map);
  L.control.scale({ imperial: false, position: "bottomright" }).addTo(map);
  L.control.attribution({ prefix: false, position: "bottomright" }).addTo(map);
  const street = tiles(missing);
  const lines = grid(map).addTo(map);
  let land = null;
  coasts().then((layer) => {
    land = layer;
    if (!map.hasLayer(street)) land.addTo(map);
  }, () => {}); // then there is the grid
  const markers = new Map();
  const whole = L.polyline([], { className: "track whole", interactive: false }).addTo(map);
  const passed = L.polyline([], { className: "track passed", interactive: false }).addTo(map);
  const moment = L.marker([0, 0], { icon: icon("moment"), interactive: false, keyboard: false, zIndexOffset: 1000 });
  // Markers glide to where they are next, but not while the map itself changes.
  map.on("zoomstart", () => place.classList.add("zooming"));
  map.on("zoomend", () => setTimeout(() => place.classList.remove("zooming"), 100));
  // So near the outlines are too coarse to say what is land.
  map.on("zoomend", () => place.classList.toggle("near", map.getZoom() >= COARSE));
  new ResizeObserver(() => map.invalidateSize()).observe(place);

  /** Shows these devices, `{id, lat, lng, isFresh}`, and no other. */
  function show(devices, selected) {
    const there = new Set(devices.map(({ id }) => id));
    for (const [id, marker] of markers) {
      if (there.has(id)) continue;
      marker.remove();
      markers.delete(id);
    }
    for (const device of devices) draw(device, device.id === selected);
  }

  function draw({ id, lat, lng, isFresh }, isSelected) {
    const marker = markers.get(id) ?? add(id);
    marker.setLatLng([lat, lng]);
    const element = marker.getElement();
    element.classList.toggle("stale", !isFresh);
    element.classList.toggle("selected", isSelected);
    marker.setZIndexOffset(isSelected ? 500 : 0);
  }

  function add(id) {
    const name = el("span", { class: "name" }, id);
    const marker = L.marker([0, 0], { icon: icon("device", el("span", {}, el("span", { class: "dot" }), name)) });
    marker.on("click", () => chosen(id)).addTo(map);
    marker.getElement().setAttribute("aria-label", id);
    marker.getElement().dataset.device = id;
    markers.set(id, marker);
    return marker;
  }

  return {
    show,
    /** The track as a line, and as another one what of it has passed; `spot` null takes the moment away. */
    track(points, spot) {
      whole.setLatLngs(points.map(position));
      passed.setLatLngs(spot ? [...points.filter(({ ms }) => ms <= spot.ms), spot].map(position) : []);
      if (spot) moment.setLatLng(position(spot)).addTo(map);
      else moment.remove();
    },
    /** Moves the map so that all these are seen. */
    fit(points) {
      if (points.length) map.fitBounds(L.latLngBounds(points.map(position)), { maxZoom: NEAR, padding: [50, 50] });
    },
    /** Turns tiles on or off; without them there are coasts and the grid. */
    useTiles(yes) {
      for (const layer of [land, lines].filter(Boolean)) (yes ? map.removeLayer(layer) : layer.addTo(map));
      if (yes) street.addTo(map);
      else street.remove();
    },
    /** Says its own texts in the language that is shown. */
    translate() {
      for (const name of ["in", "out"]) {
        const button = one(`.leaflet-control-zoom-${name}`, place);
        button.title = tell(`map.${name}`);
        button.setAttribute("aria-label", tell(`map.${name}`));
      }
    },
  };
}

function icon(name, content = el("span")) {
  return L.divIcon({ className: name, html: content, iconSize: [32, 32] });
}

function position({ lat, lng }) {
  return [lat, lng];
}
