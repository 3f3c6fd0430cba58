// Search over titles, headers and bodies.

let query = "";
let sought = []; // the query, or its words where no step has all of it in a row
let found = []; // steps that match, in order
const texts = new Map(); // step to its text in lower case, made at the first search

function textOf(step) {
  if (!texts.has(step)) {
    const parts = [titleOf(step), step.message, step.operation, step.path, step.query, nameOf(step.source), nameOf(step.target), bodyOf(step)?.text, doc.bodies[step.other]?.text];
    for (const [name, value] of headersOf(step)) parts.push(`${name}: ${value}`);
    for (const span of step.kind === "request" ? (innerOf.get(step.n) ?? []) : []) parts.push(span.name, span.message, ...(span.events ?? []).map((event) => event.line));
    texts.set(step, parts.filter(Boolean).join("\n").toLowerCase());
  }
  return texts.get(step);
}

function search(text) {
  query = text.trim().toLowerCase();
  const holding = (words) => ((sought = words), query ? steps.filter((step) => words.every((word) => textOf(step).includes(word))) : []);
  found = holding([query]);
  if (!found.length) found = holding(query.split(/\s+/));
  matching = new Set(found.map((step) => step.n));
  if ($("only-found").checked) applyFilter();
  sayFound();
  refreshMood();
  drawMap();
  highlightFound();
}

function sayFound() {
  const at = found.indexOf(selected);
  $("found").textContent = !query ? "" : found.length ? (at < 0 ? `${number(found.length)} found` : `${number(at + 1)}/${number(found.length)}`) : "none";
  for (const id of ["found-next", "found-previous"]) $(id).disabled = !found.length;
}

/** Go to the next match after the selected step (or before it), round the end. */
function nextFound(direction) {
  if (!found.length) return;
  const here = selected?.n ?? 0;
  const ahead = direction > 0 ? found.find((step) => step.n > here) : found.findLast((step) => step.n < here);
  select((ahead ?? (direction > 0 ? found[0] : found.at(-1))).n, { open: true });
  const [first] = CSS.highlights?.get("found") ?? [];
  const pane = $("detail").getBoundingClientRect();
  const top = first?.getBoundingClientRect().top ?? 0;
  if (top > pane.bottom - 40) $("detail").scrollTop = top - pane.top - pane.height / 2;
}

/** Mark the words in the panel without touching its elements (where the browser can). */
function highlightFound() {
  if (!CSS.highlights) return;
  CSS.highlights.delete("found");
  if (!query) return;
  const ranges = [];
  const walker = document.createTreeWalker($("detail"), NodeFilter.SHOW_TEXT);
  while (walker.nextNode() && ranges.length < 2000) {
    const text = walker.currentNode.data.toLowerCase();
    if (text.length !== walker.currentNode.data.length) continue; // folding moved the places
    for (const word of sought) {
      for (let at = text.indexOf(word); at >= 0 && ranges.length < 2000; at = text.indexOf(word, at + word.length)) {
        const range = new Range();
        range.setStart(walker.currentNode, at);
        range.setEnd(walker.currentNode, at + word.length);
        ranges.push(range);
      }
    }
  }
  CSS.highlights.set("found", new Highlight(...ranges));
}
