// A QR code as a drawing that is sharp at any size; its colours and size are the page's.

import qrcode from "qrcode-generator";

const SVG = "http://www.w3.org/2000/svg";
const MARGIN = 4; // modules of paper around it, as readers ask for

/** An SVG element that shows the text as one path; `label` is what a screen reader says. */
export function drawn(text, label) {
  const code = qrcode(0, "M");
  code.addData(text, "Byte");
  code.make();
  const count = code.getModuleCount();
  const size = count + 2 * MARGIN;
  const cells = [];
  for (let row = 0; row < count; row += 1) {
    for (let column = 0; column < count; column += 1) {
      if (code.isDark(row, column)) cells.push(`M${column + MARGIN} ${row + MARGIN}h1v1h-1z`);
    }
  }
  const svg = shape("svg", {
    viewBox: `0 0 ${size} ${size}`, role: "img", "aria-label": label, class: "qr", "shape-rendering": "crispEdges",
  });
  svg.append(shape("path", { d: cells.join("") }));
  return svg;
}

function shape(name, attributes) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}
