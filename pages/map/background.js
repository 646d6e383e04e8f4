// What lies under the devices: coasts and a grid that need no internet, or tiles of OpenStreetMap.

import L from "leaflet";

const OUTLINES = "/stations/indonesia.svg";
const WEST = 94; // degrees, of the outlines; one unit is one degree
const NORTH = 8;
const STEPS = [10, 5, 2, 1, 0.5, 0.2, 0.1, 0.05, 0.02, 0.01, 0.005, 0.002, 0.001, 0.0005, 0.0002];
const WIDE = 110; // pixels between two lines, at least
const TILES = "https://tile.openstreetmap.org/{z}/{x}/{y}.png";

/** The coasts of Indonesia as a layer, from the outlines of the stations page. */
export async function coasts() {
  const text = await (await fetch(OUTLINES)).text();
  const rings = (/ d="([^"]+)"/.exec(text)?.[1] ?? "").split("Z").filter(Boolean).map(ring);
  return L.polygon(rings, { className: "coast", interactive: false, pane: "background", smoothFactor: 0.5 });
}

function ring(path) {
  return path.split(/[ML]/).filter(Boolean).map((pair) => {
    const [x, y] = pair.trim().split(/[ ,]+/).map(Number);
    return [NORTH - y, WEST + x];
  });
}

/** Lines of latitude and longitude as a layer that follows the map, so that one sees what moves. */
export function grid(map) {
  const lines = L.layerGroup();
  const draw = () => {
    lines.clearLayers();
    const bounds = map.getBounds().pad(0.25);
    const step = stepFor(map);
    for (let at = first(bounds.getWest(), step); at <= bounds.getEast(); at += step) {
      line([[bounds.getSouth(), at], [bounds.getNorth(), at]]).addTo(lines);
    }
    for (let at = first(bounds.getSouth(), step); at <= bounds.getNorth(); at += step) {
      line([[at, bounds.getWest()], [at, bounds.getEast()]]).addTo(lines);
    }
  };
  lines.on("add", () => { map.on("moveend resize", draw); draw(); });
  lines.on("remove", () => map.off("moveend resize", draw));
  return lines;
}

function stepFor(map) {
  const degree = map.project([0, 1]).x - map.project([0, 0]).x;
  return STEPS.findLast((step) => step * degree >= WIDE) ?? STEPS[0];
}

function first(from, step) {
  return Math.ceil(from / step) * step;
}

function line(ends) {
  return L.polyline(ends, { className: "grid", interactive: false, pane: "background" });
}

/** Tiles, where somebody wants them. `missing` is called when none comes. */
export function tiles(missing) {
  // OpenStreetMap answers only those who say where they come from.
  const layer = L.tileLayer(TILES, {
    maxZoom: 19, referrerPolicy: "strict-origin-when-cross-origin",
    attribution: "© OpenStreetMap",
  });
  layer.on("tileerror", () => missing(true));
  layer.on("tileload", () => missing(false));
  return layer;
}
