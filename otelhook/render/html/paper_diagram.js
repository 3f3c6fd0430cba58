// The diagram on paper: a picture for each row. For each page Chromium asks every positioned box of
// the document, and a row has ten of them; a picture's shapes are none.

const SHAPES = "http://www.w3.org/2000/svg";
const GAP = 6; // pixels between the parts of a label
const BADGES = new Set(["badge", "noted", "beside"]); // parts that have a border

function shape(tag, attributes, ...children) {
  const node = document.createElementNS(SHAPES, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children.flat().filter(Boolean).map(unturned));
  return node;
}

const textAt = (text, kind, x, y) => shape("text", { class: kind, x, y }, text);
const rectAt = (kind, x, y, width, height, round = 0) => shape("rect", { class: kind, x, y, width: Math.max(width, 0), height, rx: round });

/** Measures text as the classes of page.css set it: without a layout, which would be one for each row. */
function ruler() {
  const pen = document.createElement("canvas").getContext("2d");
  const styles = getComputedStyle(document.documentElement);
  const [sans, mono] = [styles.getPropertyValue("--sans"), styles.getPropertyValue("--mono")];
  const fonts = { head: `600 12.5px ${sans}`, said: `12px ${mono}`, took: `11px ${sans}`, badge: `10.5px ${sans}`, noted: `10.5px ${sans}`, beside: `10.5px ${sans}`, kind: `600 12px ${sans}`, title: `12px ${sans}`, range: `11px ${sans}` };
  return (text, kind) => ((pen.font = fonts[kind]), pen.measureText(text).width);
}

/** Text that is no wider than this, cut with a mark where it is. */
function fitted(text, kind, room, measure) {
  if (measure(text, kind) <= room) return text;
  let [low, high] = [0, text.length];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (measure(`${text.slice(0, middle)}…`, kind) <= room) low = middle;
    else high = middle - 1;
  }
  return `${text.slice(0, low)}…`;
}

/** Parts of a line, [kind, text], one after the other from `left`; returns the shapes and where they end. */
function lineAt(parts, left, y, measure) {
  let x = left;
  const shapes = [];
  for (const [kind, text] of parts) {
    const width = measure(text, kind);
    const boxed = BADGES.has(kind);
    if (boxed) shapes.push(rectAt(`${kind}-box`, x - 1, y - 11, width + 8, 15, 7));
    shapes.push(textAt(text, kind, boxed ? x + 3 : x, y));
    x += width + GAP + (boxed ? 6 : 0);
  }
  return [shapes, x - GAP];
}

/** What stands over an arrow: the longest part is cut where all are wider than the page. */
function labelParts(step, room, measure) {
  const marks = (step.marks ?? []).filter((mark) => !step.quiet?.includes(mark)).map((mark) => MARKS[mark]?.[0] ?? mark);
  const notes = (notesFrom.get(step.n) ?? []).map((note) => note.title || "note");
  const beside = (besideOf.get(step.n) ?? []).map(([, , text]) => text);
  const badges = [...marks.map((text) => ["badge", text]), ...notes.map((text) => ["noted", text]), ...beside.map((text) => ["beside", text])].map(([kind, text]) => [kind, fitted(text, kind, 140, measure)]);
  const parts = [["head", step.head], ["said", step.label], ["took", duration(step.took)], ...badges].filter(([, text]) => text);
  const widthOf = (part) => measure(part[1], part[0]) + GAP + (BADGES.has(part[0]) ? 6 : 0);
  const others = parts.filter(([kind]) => kind !== "said").reduce((sum, part) => sum + widthOf(part), 0);
  return parts.map(([kind, text]) => [kind, kind === "said" ? fitted(text, kind, Math.max(room - others, 60), measure) : text]);
}

function arrowShapes(step, from, to) {
  const tip = (x, y, side) => (step.failed ? shape("path", { class: "cross", d: `M${x - 5} ${y - 5}l10 10m0-10l-10 10` }) : shape("path", { class: "tip", d: `M${x} ${y}l${-9 * side}-5v10z` }));
  if (from === to) {
    const left = from + 6 + 3 * String(step.n).length;
    return [shape("path", { class: "shaft", d: `M${left} 24h20a6 6 0 0 1 6 6a6 6 0 0 1-6 6h-20` }), tip(left, 36, -1)];
  }
  const side = from < to ? 1 : -1;
  return [shape("path", { class: "shaft", d: `M${from} 30H${to - (step.failed ? 0 : 8 * side)}` }), tip(to, 30, side)];
}

function stepShapes(step, page, measure) {
  const [from, to] = [page.x(step.source), page.x(step.target)];
  const room = page.width - 8 - page.gutter;
  const parts = labelParts(step, room, measure);
  const [, width] = lineAt(parts, 0, 0, measure);
  const wish = from === to ? from + 8 : (from + to - width) / 2;
  const left = Math.max(page.gutter, Math.min(wish, page.width - 8 - width));
  const number = String(step.n);
  const half = Math.max(9, 5 + 3.2 * number.length);
  return [
    textAt(sinceStart(step), "at", 10, 30),
    timeShape(step, page.gutter - 16),
    arrowShapes(step, from, to),
    rectAt("dot", from - half, 21, 2 * half, 17, 8.5),
    textAt(number, "number", from, 33),
    rectAt("ground", left - 4, 3, width + 8, 18, 4),
    lineAt(parts, left, 16, measure)[0],
  ];
}

function tabShapes(row, page, measure) {
  if (row.kind === "close") return [];
  const { group } = row;
  const left = page.x(group.from) - page.column * 0.46 + Math.min(row.inside.length - 1, 5) * 6;
  const range = row.kind === "turn" ? "" : `${counted(group.count, "step")} (${group.first}-${group.last})`;
  const kind = row.kind === "turn" ? "else" : group.kind;
  const title = row.kind === "turn" ? row.title : group.title;
  const room = page.width - left - 24 - measure(kind, "kind") - measure(range, "range") - 2 * GAP;
  const parts = [["kind", kind], ["title", fitted(title, "title", Math.max(room, 40), measure)], ["range", range]].filter(([, text]) => text);
  const [shapes, end] = lineAt(parts, left + 8, 21, measure);
  return [rectAt("tab-box", left, 7, end + 8 - left, 20, 4), shapes];
}

/** A frame within a row: its ground, its sides, and its upper or lower edge where it begins or ends there. */
function frameShapes(row, group, depth, page, height) {
  const inset = Math.min(depth, 5) * 6;
  const [left, right] = [page.x(group.from) - page.column * 0.46 + inset, page.x(group.to) + page.column * 0.46 - inset];
  const own = row.group === group;
  return throughRow("frame-ground", "edge", left, right, own && row.kind === "open" ? 7 : 0, own && row.kind === "close" ? 6 : height, height);
}

function barShapes(bar, step, page, height) {
  const left = page.x(bar.at) - 4 + bar.level * 4;
  return throughRow("busy", "busy-edge", left, left + 8, step?.n === bar.first ? 29 : 0, step?.n === bar.last ? 30 : height, height);
}

/** What passes a row: without an edge above or below, so that rows join. */
function throughRow(ground, edge, left, right, top, bottom, height) {
  const d = `M${left} ${bottom}V${top}${top > 0 ? "H" : "M"}${right}${top > 0 ? "" : ` ${top}`}V${bottom}${bottom < height ? `H${left}` : ""}`;
  return [rectAt(ground, left, top, right - left, bottom - top), shape("path", { class: edge, d })];
}

function timeShape(step, width) {
  const bar = timeSpan(step, width);
  return bar && rectAt(bar.waited ? "time waited" : "time", bar.left, 34, bar.width, 3, 1.5);
}

/** A row as a picture: lifelines, bars and frames that pass it, and what it says. */
function rowPicture(row, page, open, measure) {
  const height = HEIGHT[row.kind];
  const lives = doc.participants.map((_, i) => `M${page.x(i)} 0V${height}`).join("");
  const content = row.kind === "step" ? stepShapes(row.step, page, measure) : tabShapes(row, page, measure);
  const kind = row.kind === "step" ? `step ${row.step.kind} ${toneOf(row.step)}` : row.kind;
  return shape("svg", { class: `row ${kind}`, width: page.width, height, "aria-hidden": "true" },
    row.inside.map((group, depth) => frameShapes(row, group, depth, page, height)).flat(),
    shape("path", { class: "lives", d: lives }),
    [...open].flatMap((bar) => barShapes(bar, row.step, page, height)),
    content.flat(3),
  );
}

/** The rows in order, whatever is folded on the screen, up to the last step that is printed. */
function paperRows(page) {
  const measure = ruler();
  const running = new Set();
  let next = 0;
  const end = everyRow.findIndex((row) => row.step?.index === PAPER.steps);
  return everyRow.slice(0, end < 0 ? everyRow.length : end).map((row) => {
    const [from, to] = reachOnPaper(row);
    while (next < bars.length && bars[next].first <= to) running.add(bars[next++]);
    for (const bar of running) if (bar.last < from) running.delete(bar);
    return rowPicture(row, page, openBars([...running], row, reachOnPaper(row)), measure);
  });
}

/** The steps that a row stands between, on paper, where nothing is folded. */
const reachOnPaper = ({ kind, step, group, first }) => (kind === "step" ? [step.n, step.n] : kind === "close" ? [group.last, group.last + 1] : kind === "turn" ? [first - 1, first] : [group.first - 1, group.first]);
