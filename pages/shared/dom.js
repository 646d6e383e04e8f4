// Elements, made so that what comes from outside can only ever be text.

const SVG = "http://www.w3.org/2000/svg";

/**
 * An element with these attributes and children; a child that is no element is text.
 * `on` holds listeners; `null` and `false` leave an attribute out.
 */
export function el(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key === "on") listen(element, value);
    else if (key.startsWith("on")) throw new TypeError(`${key} is no attribute here`);
    else if (value !== null && value !== undefined && value !== false) {
      element.setAttribute(key, value === true ? "" : String(value));
    }
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined));
  return element;
}

/** The first element of the page (or within `root`) for a selector; it has to be there. */
export function one(selector, root = document) {
  const found = root.querySelector(selector);
  if (!found) throw new Error(`${selector} is not on the page`);
  return found;
}

/** A small drawing of strokes, hidden from screen readers: the text beside it says the same. */
export function icon(path) {
  const svg = document.createElementNS(SVG, "svg");
  for (const [key, value] of Object.entries({ viewBox: "0 0 24 24", class: "icon", "aria-hidden": "true" })) {
    svg.setAttribute(key, value);
  }
  const line = document.createElementNS(SVG, "path");
  line.setAttribute("d", path);
  svg.append(line);
  return svg;
}

/**
 * Shows one child for each item. A child stays the same element while its key does, so that focus
 * and selection survive an update: `make(item)` makes one, `update(child, item)` fills it.
 */
export function keyed(parent, items, key, make, update) {
  const before = new Map([...parent.children].map((child) => [child.dataset.key, child]));
  const children = items.map((item) => {
    const child = before.get(key(item)) ?? make(item);
    child.dataset.key = key(item);
    update(child, item);
    return child;
  });
  const same = children.length === parent.children.length
    && children.every((child, index) => child === parent.children[index]);
  if (!same) placed(parent, children);
}

/** Puts children in order and moves only those that are not where they belong. */
function placed(parent, children) {
  const wanted = new Set(children);
  for (const child of [...parent.children]) if (!wanted.has(child)) child.remove();
  children.forEach((child, index) => {
    if (parent.children[index] !== child) parent.insertBefore(child, parent.children[index] ?? null);
  });
}

/** Sets text only where it differs, so that screen readers are told of changes and nothing else. */
export function setText(element, text) {
  if (element.textContent !== String(text)) element.textContent = String(text);
}

function listen(element, listeners) {
  for (const [event, listener] of Object.entries(listeners)) {
    element.addEventListener(event, listener);
  }
}
