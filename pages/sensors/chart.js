// The last seconds of the accelerometer, drawn as they come.

import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { locale } from "../shared/language.js";

const SECONDS = 12;
const MOST = SECONDS * 60;
const HEIGHT = 240;

/** A chart in `place`. `add(sample)` takes one in; it is drawn with the next frame. */
export function chart(place) {
  const rows = [[], [], [], []];
  const line = (name) => ({ stroke: () => color(name), width: 1.75, points: { show: false } });
  const axis = { stroke: () => color("--quiet"), grid: { stroke: () => color("--line"), width: 1 }, ticks: { show: false } };
  const plot = new uPlot({
    width: place.clientWidth || 300,
    height: HEIGHT,
    legend: { show: false },
    cursor: { show: false },
    scales: { x: { range: (_, from, to) => [Math.max(from ?? 0, (to ?? 0) - SECONDS), to ?? SECONDS] } },
    series: [{}, line("--x"), line("--y"), line("--z")],
    axes: [{ ...axis, values: (_, ticks) => ticks.map(time), space: 70 }, { ...axis, size: 38 }],
  }, rows, place);
  let asked = false;

  function draw() {
    asked = false;
    plot.setData(rows);
  }
  function redraw() {
    if (!asked) requestAnimationFrame(draw);
    asked = true;
  }
  new ResizeObserver(() => plot.setSize({ width: place.clientWidth, height: HEIGHT })).observe(place);
  new MutationObserver(redraw).observe(document.documentElement, { attributeFilter: ["data-theme", "lang"] });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);

  return {
    add({ ms, x, y, z }) {
      [ms / 1000, x, y, z].forEach((value, index) => {
        rows[index].push(value);
        if (rows[index].length > MOST) rows[index].shift();
      });
      redraw();
    },
  };
}

function color(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function time(seconds) {
  return new Intl.DateTimeFormat(locale(), { timeStyle: "medium" }).format(seconds * 1000);
}
