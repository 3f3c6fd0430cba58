// JSON as a tree that folds. Nodes are <details>, so keyboard and screen readers know them.

/** A number as it was written: JavaScript would round large ones. */
class Written {
  constructor(source) {
    this.source = source;
  }
  toJSON() {
    return JSON.rawJSON ? JSON.rawJSON(this.source) : Number(this.source);
  }
}

/** The parsed JSON, or undefined if the text is none (or nested too deep to walk). */
function parsed(text) {
  if (!/^\s*[[{]/.test(text)) return undefined;
  return attempt(() =>
    JSON.parse(text, (_key, value, context) =>
      typeof value === "number" && context?.source && context.source !== String(value) ? new Written(context.source) : value,
    ),
  );
}

const CHUNK = 200; // children made at once: a hostile array has millions
const OPEN_ALL = 260; // trees up to this many nodes start unfolded

/** How many nodes a value has, counted no further than `limit`. */
function nodes(value, limit) {
  if (value === null || typeof value !== "object" || value instanceof Written) return 1;
  let count = 1;
  for (const child of Object.values(value)) {
    if (count > limit) break;
    count += nodes(child, limit - count);
  }
  return count;
}

/** A tree of `value`. `decorate(path, line)` may add to the line of the leaf or node at `path`. */
function jsonTree(value, { query = "", decorate = () => {}, all = false } = {}) {
  const chunk = all ? Infinity : CHUNK;
  const openAll = all || nodes(value, OPEN_ALL) <= OPEN_ALL;
  const opens = (child, depth) => depth < 2 || openAll || (query && (JSON.stringify(child) ?? "").toLowerCase().includes(query));

  function line(key, child, path, depth) {
    const label = key === undefined ? [] : [el("span", { class: "key" }, typeof key === "number" ? String(key) : JSON.stringify(key)), ": "];
    if (child === null || typeof child !== "object" || child instanceof Written) {
      const text = child instanceof Written ? child.source : JSON.stringify(child);
      const leaf = el("div", { class: "leaf" }, label, el("span", { class: child === null ? "null" : child instanceof Written ? "number" : typeof child }, text));
      // Stack traces and queries within JSON: with their lines.
      if (typeof child === "string" && child.includes("\n")) leaf.append(el("pre", { class: "captured lines" }, child));
      decorate(path, leaf);
      return leaf;
    }
    const list = Array.isArray(child);
    const entries = list ? child : Object.entries(child);
    if (!entries.length) return el("div", { class: "leaf" }, label, list ? "[]" : "{}");
    const summary = el("summary", {}, label, list ? "[" : "{", el("span", { class: "count" }, counted(entries.length, list ? "item" : "key")), el("span", { class: "shut" }, list ? "]" : "}"));
    const children = el("div", { class: "children" });
    let made = 0;
    const more = () => {
      const upto = Math.min(made + chunk, entries.length);
      for (; made < upto; made++) {
        const [name, inner] = list ? [made, entries[made]] : entries[made];
        children.append(line(name, inner, path ? `${path}.${name}` : String(name), depth + 1));
      }
      if (made < entries.length) {
        const next = button(`show ${number(Math.min(CHUNK, entries.length - made))} more of ${number(entries.length)}`, () => (next.remove(), more()));
        children.append(next);
      }
    };
    const node = el("details", { open: Boolean(opens(child, depth)) }, summary, children, el("div", { class: "end" }, list ? "]" : "}"));
    if (node.open) more();
    else node.addEventListener("toggle", more, { once: true });
    decorate(path, summary);
    return node;
  }

  return el("div", { class: "tree" }, line(undefined, value, "", 0));
}
