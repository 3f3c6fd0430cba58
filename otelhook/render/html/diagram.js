// The diagram: rows of known height, of which only those near the window are in the page.

const HEIGHT = { step: 40, open: 30, turn: 24, folded: 34, close: 12 };
const OVERSCAN = 5; // rows drawn above and below the window
const COLUMN = { least: 84, most: 300 }; // pixels

const folded = new Set(doc.groups.filter((group) => group.kind === "loop" && group.last - group.first >= 8));
let selected; // the step in the panel,
let chosen; // or the group
let matching = new Set(); // steps that the search found

// -- what stands in which row ------------------------------------------------------------------

/** Rows with all groups unfolded: a group's head, its steps and inner groups, its foot. */
function allRows() {
  const rows = [];
  const open = [];
  const waiting = [...doc.groups].sort((a, b) => a.first - b.first || b.last - a.last);
  let next = 0;
  const row = (kind, more) => rows.push({ kind, inside: [...open], ...more });
  for (const step of steps) {
    const turn = open.at(-1)?.branches?.find(([first]) => first === step.n);
    if (turn) row("turn", { group: open.at(-1), first: turn[0], title: turn[1] });
    while (next < waiting.length && waiting[next].first <= step.n) {
      open.push(waiting[next++]);
      row("open", { group: open.at(-1) });
    }
    row("step", { step });
    while (open.length && open.at(-1).last <= step.n) {
      row("close", { group: open.at(-1) });
      open.pop();
    }
  }
  return rows;
}

const stepsIn = (group) => steps.slice(byNumber.get(group.first).index, byNumber.get(group.last).index + 1);

/** The participants that a group's frame reaches from and to, and how many steps it holds. */
function measureGroups() {
  for (const group of doc.groups) {
    const inner = stepsIn(group);
    const ends = inner.flatMap((step) => [step.source, step.target]);
    group.from = ends.reduce((a, b) => Math.min(a, b), ends[0] ?? 0);
    group.to = ends.reduce((a, b) => Math.max(a, b), ends[0] ?? 0);
    group.count = inner.length;
  }
}

/** Exchanges as bars on their callee's lifeline: {at, first, last, level}. */
function activations() {
  const bars = [];
  const open = new Map();
  for (const step of steps) {
    if (step.kind === "request") {
      const mate = mateOf(step);
      if (!mate || mate.n < step.n) continue;
      const busy = open.get(step.target) ?? 0;
      open.set(step.target, busy + 1);
      bars.push({ at: step.target, first: step.n, last: mate.n, level: Math.min(busy, 3) });
    } else {
      const callee = mateOf(step)?.target;
      if (callee !== undefined) open.set(callee, Math.max(0, (open.get(callee) ?? 0) - 1));
    }
  }
  return bars;
}

measureGroups();
const everyRow = allRows();
const bars = activations();
let rows = []; // the rows that are not folded away
let tops = []; // where each begins, in pixels; one more than rows
let rowOf = new Map(); // step number to index in rows; a folded step's group head

function arrange() {
  rows = [];
  rowOf = new Map();
  for (const row of shownRows()) {
    const shut = row.inside.find((group) => folded.has(group));
    const hides = shut && !(row.kind === "open" && row.group === shut);
    if (!hides) rows.push(row);
    if (row.kind === "step") rowOf.set(row.step.n, rows.length - 1);
  }
  tops = [0];
  for (const row of rows) tops.push(tops.at(-1) + heightOf(row));
}

const heightOf = (row) => (row.kind === "open" && folded.has(row.group) ? HEIGHT.folded : HEIGHT[row.kind]);

/** The index of the row at a height. */
function rowAt(y) {
  let low = 0;
  let high = rows.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (tops[middle] <= y) low = middle;
    else high = middle - 1;
  }
  return low;
}

// -- where things stand ------------------------------------------------------------------------

/** Columns for a width: `x(participant)` is its lifeline. Odd widths keep that on whole pixels. */
function geometry(width, least = COLUMN.least) {
  const gutter = width < 560 ? 6 : 64;
  const fitting = Math.max(Math.min((width - gutter - 6) / doc.participants.length, COLUMN.most), least);
  const column = 2 * Math.ceil(fitting / 2) - 1;
  return { gutter, column, width: Math.max(gutter + column * doc.participants.length + 6, width), x: (i) => gutter + column * (i + 0.5) };
}

function place(node, left, width, top, height) {
  node.style.left = `${left}px`;
  if (width !== undefined) node.style.width = `${width}px`;
  if (top !== undefined) node.style.top = `${top}px`;
  if (height !== undefined) node.style.height = `${height}px`;
  return node;
}

/** The canvas's own marks: its lifelines, as one element whatever their number. */
function lifelines(geo) {
  const lines = place(el("div", { class: "lifelines", "aria-hidden": "true" }), geo.gutter, geo.column * doc.participants.length);
  lines.style.backgroundSize = `${geo.column}px 40px`;
  return lines;
}

function participantBoxes(geo, role) {
  const longest = doc.participants.reduce((most, { name }) => Math.max(most, name.length), 0);
  const size = longest * 8 > geo.column - 24 ? "small " : "";
  return doc.participants.map((participant, i) => {
    const many = participant.instances?.length > 1 && participant.instances;
    const kind = { caller: "caller, recorded nothing itself", callee: "callee, recorded nothing itself" }[participant.kind] ?? participant.word;
    const said = notesOf("participant").filter((note) => note.subject === participant.name).map(noteLine);
    const title = [participant.name, kind, ...said, many && `${many.length} instances: ${many.slice(0, 20).join(", ")}`].filter(Boolean).join("\n");
    const box = el("div", { class: `participant ${size}${participant.kind}`, role, title }, el("span", { class: "name" }, participant.name), participant.word && el("span", { class: "word" }, participant.word), many && el("span", { class: "count" }, `×${many.length}`));
    return place(box, geo.x(i) - geo.column / 2 + 4, geo.column - 8);
  });
}

// -- rows --------------------------------------------------------------------------------------

/** A row as an element; its label is placed by `settle` once its width can be read. */
function rowNode(row, geo, open) {
  const node = row.kind === "step" ? stepRow(row.step, geo, row.inside.length) : groupRow(row, geo);
  for (const [depth, group] of row.inside.entries()) node.prepend(frame(row, group, depth, geo));
  for (const bar of openBars(open, row)) node.prepend(activation(bar, row.step, geo));
  node.style.height = `${heightOf(row)}px`;
  return node;
}

function frame(row, group, depth, geo) {
  const own = row.group === group;
  const inset = Math.min(depth, 5) * 6;
  const edge = own && row.kind === "open" ? (folded.has(group) ? "frame whole" : "frame first") : own ? "frame last" : "frame";
  const left = geo.x(group.from) - geo.column * 0.46 + inset;
  return place(el("div", { class: `${edge} ${group.kind}`, "aria-hidden": "true" }), left, geo.x(group.to) + geo.column * 0.46 - inset - left);
}

function activation(bar, step, geo) {
  const edge = step?.n === bar.first ? "bar first" : step?.n === bar.last ? "bar last" : "bar";
  return place(el("div", { class: edge, "aria-hidden": "true" }), geo.x(bar.at) - 4 + bar.level * 4);
}

function groupRow(row, geo) {
  const { group } = row;
  if (row.kind === "close") return el("div", { class: "row close", role: "none" });
  if (row.kind === "turn") return turnRow(row, geo);
  const shut = folded.has(group);
  const range = `${counted(group.count, "step")} (${group.first}-${group.last})`;
  const tab = el("div", { class: `tab ${group.kind}` }, el("span", { class: "caret", "aria-hidden": "true" }, shut ? "▸" : "▾"), el("b", {}, group.kind), el("span", { class: "tab-title" }, group.title), el("span", { class: "quiet" }, range));
  const left = geo.x(group.from) - geo.column * 0.46 + Math.min(row.inside.length - 1, 5) * 6;
  place(tab, left);
  tab.style.maxWidth = `${geo.width - left - 8}px`;
  const attributes = { role: "treeitem", "aria-level": row.inside.length, "aria-expanded": String(!shut) };
  return el("div", { class: "row open", id: idOf(row), onclick: () => toggleGroup(group), ...attributes }, tab);
}

/** Where another branch of an alternative begins. */
function turnRow(row, geo) {
  const left = geo.x(row.group.from) - geo.column * 0.46 + Math.min(row.inside.length - 1, 5) * 6;
  const words = el("div", { class: "tab turn" }, el("b", {}, "else"), el("span", { class: "tab-title" }, row.title));
  words.style.maxWidth = `${geo.width - left - 8}px`;
  return el("div", { class: "row turn", role: "none" }, place(words, left));
}

function stepRow(step, geo, depth) {
  const from = geo.x(step.source);
  const to = geo.x(step.target);
  const marks = (step.marks ?? []).filter((mark) => !step.quiet?.includes(mark)).map((mark) => el("span", { class: "badge", title: `${mark}: ${MARKS[mark]?.[1] ?? ""}` }, MARKS[mark]?.[0] ?? mark));
  const notes = (notesFrom.get(step.n) ?? []).map((note) => el("span", { class: "badge note-badge", title: noteLine(note) }, note.title || "note"));
  const took = step.took !== undefined && duration(step.took);
  const label = el("div", { class: "label", title: titleOf(step) }, el("b", {}, step.head), " ", el("span", { class: "captured" }, step.label), took && el("span", { class: "took" }, took), foldedCall(step), marks, notes, besideBadges(step));
  const arrow = el("div", { class: `arrow ${from === to ? "self" : from < to ? "right" : "left"}`, "aria-hidden": "true" });
  if (from === to) place(arrow, from + 6 + 3 * String(step.n).length, 26);
  else place(arrow, Math.min(from, to), Math.abs(to - from));
  const pill = place(el("span", { class: "pill", "aria-hidden": "true" }, step.n), from);
  // The row's name is its content, with what only the drawing tells.
  const spoken = [el("span", { class: "offscreen" }, `${step.n}: `), el("span", { class: "offscreen" }, ` ${nameOf(step.source)} to ${nameOf(step.target)}`)];
  const node = el("div", { class: `row step ${step.kind} ${toneOf(step)}${step.failed ? " crossed" : ""}`, id: `row-${step.n}`, role: "treeitem", "aria-level": depth + 1, "aria-posinset": step.index + 1, "aria-setsize": steps.length, onclick: () => select(step.n, { open: true, push: true }) },
    geo.gutter > 20 && [el("span", { class: "at", "aria-hidden": "true" }, sinceStart(step)), timeBar(step, geo.gutter - 16)], arrow, pill, spoken[0], label, spoken[1]);
  node.anchor = { label, middle: (from + to) / 2, self: from === to };
  return node;
}

/** Beside a folded call: how many steps it hides, which a click shows. */
function foldedCall(step) {
  const inside = insideOf(step);
  if (!inside || !shutCalls.has(step.exchange)) return null;
  const show = (event) => (event.stopPropagation(), toggleCall(step));
  return el("span", { class: "badge fold-badge", onclick: show, title: "Unfold (z)" }, `▸ ${counted(inside, "step")} inside`);
}

/** Classes that change while a row stands: selected, its mate, found by the search. */
function mood(row, node) {
  const here = row.kind === "step" ? row.step === selected : row.kind === "open" && row.group === chosen;
  node.classList.toggle("selected", here);
  if (row.kind === "step" || row.kind === "open") node.setAttribute("aria-selected", String(here));
  if (row.kind !== "step") return;
  const mate = selected && mateOf(selected) === row.step;
  const linked = selected && (flowsInto.get(selected.n) ?? []).some((flow) => flow.source === row.step.n);
  const used = selected && (flowsFrom.get(selected.n) ?? []).some((flow) => flow.step === row.step.n);
  node.classList.toggle("mate", Boolean(mate));
  node.classList.toggle("linked", Boolean(linked || used));
  node.classList.toggle("found", matching.has(row.step.n));
}

/** Centre labels over their arrows, but keep them inside the canvas: widths are read in one go. */
function settle(nodes, geo) {
  const anchors = nodes.map((node) => node.anchor).filter(Boolean);
  const widths = anchors.map(({ label }) => label.offsetWidth + 1);
  for (const [i, { label, middle, self }] of anchors.entries()) {
    const wish = self ? middle + 8 : middle - widths[i] / 2;
    const left = Math.max(geo.gutter, Math.min(wish, geo.width - 8 - widths[i]));
    label.style.left = `${left}px`;
    label.style.maxWidth = `${geo.width - 8 - left}px`;
  }
}

// -- the window on the rows --------------------------------------------------------------------

const drawn = new Map(); // index in rows to element
let geo = geometry(900);

/** Start anew: after folding, and when the width changes. */
function redraw() {
  arrange();
  geo = geometry($("diagram").clientWidth - (needsMap() ? MAP_ROOM : 0));
  drawn.clear();
  $("rows").replaceChildren(lifelines(geo));
  place($("rows"), 0, geo.width, undefined, tops.at(-1) + 24);
  place($("participants"), 0, geo.width);
  $("participants").replaceChildren(...participantBoxes(geo, "listitem"));
  $("fold").textContent = doc.groups.every((group) => folded.has(group)) ? "Unfold groups" : "Fold groups";
  draw();
  drawMap();
}

/** Bring the rows near the window into the page, and take the others out. */
function draw() {
  const pane = $("diagram");
  if (!rows.length) return;
  const first = Math.max(0, rowAt(pane.scrollTop) - OVERSCAN);
  const last = Math.min(rows.length - 1, rowAt(pane.scrollTop + pane.clientHeight) + OVERSCAN);
  for (const [index, node] of drawn) {
    if (index < first || index > last) {
      node.remove();
      drawn.delete(index);
    }
  }
  const [top, bottom] = [reach(rows[first])[0], reach(rows[last])[1]];
  const near = bars.filter((bar) => bar.first <= bottom && bar.last >= top);
  const fresh = [];
  for (let index = first; index <= last; index++) {
    if (drawn.has(index)) continue;
    const row = rows[index];
    const node = rowNode(row, geo, near);
    node.style.top = `${tops[index]}px`;
    mood(row, node);
    drawn.set(index, node);
    fresh.push(node);
  }
  // In the order of the rows, so that reading order and sight agree.
  const after = [...drawn.keys()].sort((a, b) => a - b).map((index) => drawn.get(index));
  let previous = $("rows").firstChild;
  for (const node of after) {
    if (previous.nextSibling !== node) previous.after(node);
    previous = node;
  }
  settle(fresh, geo);
}

/** The first and last step that a bar must hold to pass a row. */
function reach({ kind, step, group, first }) {
  if (kind === "step") return [step.n, step.n];
  if (kind === "close") return [group.last, group.last + 1];
  if (kind === "turn") return [first - 1, first];
  return [group.first - 1, folded.has(group) ? group.last + 1 : group.first];
}

/** The bars that pass a row, at most one a level: a hostile trace has thousands. */
function openBars(near, row, [from, to] = reach(row)) {
  const open = new Map();
  for (const bar of near) if (bar.first <= from && to <= bar.last) open.set(`${bar.at}/${bar.level}`, bar);
  return open.values();
}

function refreshMood() {
  for (const [index, node] of drawn) mood(rows[index], node);
}

const idOf = (row) => (row.kind === "step" ? `row-${row.step.n}` : `group-${doc.groups.indexOf(row.group)}`);

/** The index of the row that is selected, or of the folded group that holds it. */
const cursor = () => (chosen ? rows.findIndex((row) => row.kind === "open" && row.group === chosen) : selected ? rowOf.get(selected.n) : -1);

/** Scroll so that a row can be seen with some of what is around it. */
function reveal(index) {
  const pane = $("diagram");
  const row = rows[index];
  const top = tops[index];
  const view = pane.clientHeight - $("participants").offsetHeight;
  if (top < pane.scrollTop + 20) pane.scrollTop = Math.max(0, top - view * 0.3);
  else if (top + HEIGHT.step + 20 > pane.scrollTop + view) pane.scrollTop = top - view * 0.65;
  const ends = row.step ? [row.step.source, row.step.target] : [row.group.from, row.group.to];
  const [left, right] = [Math.min(...ends), Math.max(...ends)].map((i) => geo.x(i));
  if (left - geo.column / 2 < pane.scrollLeft || right + geo.column / 2 > pane.scrollLeft + pane.clientWidth) pane.scrollLeft = left - geo.column;
  draw();
}

/** Unfold whatever hides a step. */
function unfoldAround(step) {
  const shut = [...folded].filter((group) => group.first <= step.n && step.n <= group.last);
  for (const group of shut) folded.delete(group);
  if (uncover(step) || shut.length) redraw();
}

function toggleGroup(group) {
  if (!folded.delete(group)) folded.add(group);
  redraw();
  choose(group);
}

function toggleAllGroups() {
  const shut = doc.groups.some((group) => !folded.has(group));
  folded.clear();
  if (shut) for (const group of doc.groups) folded.add(group);
  redraw();
  const row = rows[cursor()];
  if (!row) return;
  if (selected && row.kind === "open") choose(row.group);
  else reveal(cursor());
}
