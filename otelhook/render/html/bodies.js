// Bodies as one wants to read them: what the page's data has of a view, else a tree of JSON.

function hexLines(hex) {
  const lines = [];
  for (let i = 0; i < hex.length; i += 32) {
    const pairs = hex.slice(i, i + 32).match(/../g);
    const text = pairs.map((pair) => parseInt(pair, 16)).map((code) => (code > 31 && code < 127 ? String.fromCharCode(code) : "·"));
    lines.push(`${(i / 2).toString(16).padStart(4, "0")}  ${pairs.join(" ").padEnd(47)}  ${text.join("")}`);
  }
  return lines.join("\n");
}

/** A body as it came: text, or the first bytes in hex; undefined if there is nothing to show. */
function rawBody(body) {
  if (body.hex !== undefined) {
    const [shown, size] = [body.hex.length / 2, body.size ?? body.kept];
    const words = shown < size ? `Binary: the first ${number(shown)} of ${number(size)} bytes` : `Binary: all of its ${counted(size, "byte")}`;
    return el("div", {}, el("pre", { class: "hex", tabindex: "0", role: "group", "aria-label": "bytes in hex" }, hexLines(body.hex)), el("p", { class: "quiet" }, words));
  }
  return body.text ? el("pre", { class: "captured" }, body.text) : undefined;
}

const WORD = 28; // characters of a cell that is not broken within a word

/** A picture over the words that describe it; what begins like a picture and is none becomes `other`. */
function pictured(address, words, other) {
  const picture = el("img", { src: address, alt: "picture" });
  const figure = el("figure", {}, picture, el("figcaption", { class: "quiet" }, words));
  picture.addEventListener("error", () => figure.replaceWith(other));
  return figure;
}

/** A table of captured text; a row's picture, by its number, stands in its last cell. */
function bodyTable(head, rows, pictures = {}) {
  const last = head.length - 1;
  const cell = (text, picture) => el("td", { class: text.length > WORD ? "captured" : "captured short" }, picture ? pictured(picture, text, text) : text);
  const lines = rows.map((row, at) => el("tr", {}, row.map((text, column) => cell(text, column === last && pictures[at]))));
  return el("table", { class: "view-table" }, el("thead", {}, el("tr", {}, head.map((name) => el("th", { scope: "col" }, name)))), el("tbody", {}, lines));
}

const PAIRS = 60; // of a query that is a table

/** A query's names and values as they were meant; the query itself where it is not pairs, or cannot be decoded. */
function queryView(query) {
  const pairs = query.split("&").filter(Boolean);
  if (!/[%+&]/.test(query) || pairs.length > PAIRS || !pairs.every((pair) => pair.includes("="))) return query;
  const meant = (text) => decodeURIComponent(text.replaceAll("+", " "));
  const rows = attempt(() => pairs.map((pair) => [pair.slice(0, pair.indexOf("=")), pair.slice(pair.indexOf("=") + 1)].map(meant)));
  if (rows === undefined) return query;
  const table = bodyTable(["name", "value"], rows);
  table.title = unturned(query); // as it was sent
  return table;
}

/** The view of a body, or undefined where it is best as it came. */
function bodyView(body, look, raw) {
  if (body.image) return pictured(body.image, body.view, raw);
  if (body.rows) return bodyTable(body.head, body.rows, body.pictures);
  if (body.pretty !== undefined) return el("pre", { class: "captured" }, body.pretty);
  if (body.text === undefined) return undefined;
  const value = parsed(body.text);
  return value === undefined ? undefined : attempt(() => jsonTree(value, { query: look.query, decorate: look.decorate, all: look.paper }));
}
