// For print: the whole diagram, and every step with as much of its headers and body as a reader of
// paper wants; what is left out is marked, and a box in "About this document" prints all of it.

const PAPER = { width: 700, headers: 12, lines: 22, characters: 240, together: 12, steps: 5000 };

function fillPaper() {
  const page = geometry(PAPER.width, 0); // the width of A4 between its margins
  const heads = place(el("div", { class: "paper-heads" }, participantBoxes(page)), 0, page.width);
  const canvas = el("div", { class: "canvas" }, paperRows(page));
  // A table's head is printed on each page that the table goes over.
  const diagram = el("table", { class: "paper-diagram" }, el("thead", {}, el("tr", {}, el("th", {}, heads))), el("tbody", {}, el("tr", {}, el("td", {}, canvas))));
  const facts = [...$("facts").children].map((fact) => (fact.title?.startsWith("Trace") ? fact.title.split(":")[0] : fact.textContent));
  const left = steps.length - PAPER.steps;
  const beyond = left > 0 && el("p", { class: "paper-cut alarm" }, `… ${counted(left, "more step")}, from (${steps[PAPER.steps].n}) on, too many to print here: otelhook render --steps ${steps[PAPER.steps].n}-${steps[Math.min(2 * PAPER.steps, steps.length) - 1].n} makes a page of the next ones.`);
  const about = [el("h1", {}, doc.title), el("p", {}, facts.join(" · ")), el("div", { class: "paper-about" }, aboutContent()), beyond || ""];
  $("paper").hidden = false;
  $("paper").replaceChildren(...about, diagram, ...paperSteps());
  aimLinks();
}

/** Links lead to the step's own place on paper. For one that leads nowhere Chromium walks the whole document. */
function aimLinks() {
  for (const link of $("paper").querySelectorAll(".step-link")) {
    link.hash = link.hash.replace("#step-", "#paper-");
    if (!$(link.hash.slice(1))) link.removeAttribute("href");
  }
}

/** The steps in columns of a few each: one pair of columns for all is laid out anew for each page. */
function paperSteps() {
  const parts = [];
  const printed = steps.slice(0, PAPER.steps);
  for (let first = 0; first < printed.length; first += PAPER.together) {
    parts.push(el("div", { class: "paper-steps" }, printed.slice(first, first + PAPER.together).map(paperStep)));
  }
  return parts;
}

const printsAll = () => document.body.classList.contains("print-all");

function paperStep(step) {
  const heading = el("h2", { class: toneOf(step) }, `(${step.n}) ${titleOf(step)}`);
  const article = el("article", { id: `paper-${step.n}` }, stepContent(step, heading, { query: "", paper: true }));
  if (!printsAll()) {
    shorten([...article.querySelectorAll(".headers tr")], PAPER.headers, "header");
    for (const body of article.querySelectorAll(".body")) shortenBody(body);
    for (const trace of article.querySelectorAll(".inner pre")) shortenText(trace);
  }
  return article;
}

/** Leave out all of these nodes but the first, and say so. */
function shorten(nodes, most, noun) {
  if (nodes.length <= most + 1) return;
  const left = nodes.slice(most);
  const mark = el("p", { class: "paper-cut" }, `… ${counted(left.length, `more ${noun}`)}`);
  const holder = left[0].closest("table") ?? left[0].closest(".tree") ?? left[0].parentElement;
  holder.after(mark);
  for (const node of left) node.remove();
}

function shortenBody(body) {
  shorten([...body.querySelectorAll(".tree .leaf")], PAPER.lines, "value");
  shorten([...body.querySelectorAll(".view-table tr")], PAPER.lines, "row");
  for (const node of body.querySelectorAll(".tree details")) if (!node.querySelector(".leaf")) node.remove();
  for (const node of body.querySelectorAll("pre")) shortenText(node);
  for (const node of body.querySelectorAll(".leaf > span:last-child, .headers td > .captured")) {
    if (node.textContent.length > PAPER.characters) node.textContent = `${node.textContent.slice(0, PAPER.characters)}…`;
  }
}

function shortenText(node) {
  const lines = node.textContent.split("\n");
  const text = lines.slice(0, PAPER.lines).join("\n").slice(0, PAPER.lines * 100);
  if (text.length === node.textContent.length) return;
  const rest = node.textContent.length - text.length;
  node.textContent = text;
  node.after(el("p", { class: "paper-cut" }, `… ${counted(rest, "more character")}`));
}

function clearPaper() {
  $("paper").hidden = true;
  $("paper").replaceChildren();
}
