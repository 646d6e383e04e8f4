// A QR code as a drawing that is sharp at any size.

import qrcode from "qrcode-generator";

const SVG = "http://www.w3.org/2000/svg";
const MARGIN = 4; // modules of white around it, as readers ask for

/** An SVG element that shows the text; `label` is what a screen reader says. */
export function drawn(text, label) {
  const code = qrcode(0, "M");
  code.addData(text);
  code.make();
  const count = code.getModuleCount();
  const size = count + 2 * MARGIN;
  let path = "";
  for (let row = 0; row < count; row += 1) {
    for (let column = 0; column < count; column += 1) {
      if (code.isDark(row, column)) path += `M${column + MARGIN},${row + MARGIN}h1v1h-1z`;
    }
  }
  const svg = shape("svg", { viewBox: `0 0 ${size} ${size}`, role: "img", "aria-label": label, class: "qr" });
  svg.append(shape("rect", { width: size, height: size, fill: "#fff" }));
  svg.append(shape("path", { d: path, fill: "#0b1f17" }));
  return svg;
}

function shape(name, attributes) {
  const element = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  return element;
}
