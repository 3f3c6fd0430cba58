// The one way to make elements, and how numbers are written: of the page of a document and of the
// collector's list. All text was captured from services and is hostile: it becomes text nodes and
// attribute values here, never markup.

/** The element with this id in page.html. */
const $ = (id) => document.getElementById(id);

/** Attributes that are read by people. */
const SPOKEN = new Set(["title", "aria-label", "placeholder", "alt"]);

/** Text in which what turns the direction of the rest is shown, and not obeyed. */
const unturned = (text) => (typeof text === "string" ? text.replace(/[\u202a-\u202e\u2066-\u2069]/g, "\ufffd") : text);

/** Make an element. Attributes named `on...` are listeners; empty ones are left out. */
function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else node.setAttribute(name, value === true ? "" : SPOKEN.has(name) ? unturned(value) : value);
  }
  node.append(...children.flat(3).filter((child) => child || child === 0).map(unturned));
  return node;
}

function button(text, onclick, attributes = {}) {
  return el("button", { type: "button", onclick, ...attributes }, text);
}

function duration(ns) {
  if (ns === undefined) return "";
  const size = Math.abs(ns);
  if (size < 1e3) return `${ns} ns`;
  if (size < 1e6) return `${(ns / 1e3).toFixed(size < 1e4 ? 1 : 0)} µs`;
  if (size < 1e9) return `${(ns / 1e6).toFixed(size < 1e7 ? 1 : 0)} ms`;
  return size < 6e10 ? `${(ns / 1e9).toFixed(2)} s` : `${(ns / 6e10).toFixed(1)} min`;
}

const number = (value) => value.toLocaleString("en");
const counted = (value, noun) => `${number(value)} ${noun}${value === 1 ? "" : "s"}`;

/** Keep what a browser may refuse (storage, history on odd origins) from stopping the page. */
function attempt(action) {
  try {
    return action();
  } catch {
    return undefined;
  }
}
