// The page around the diagram: heading, selection and links, keys, theme, paper, start.

const narrow = matchMedia("(max-width: 820px)"); // as in page.css
const dark = matchMedia("(prefers-color-scheme: dark)");

// -- heading -----------------------------------------------------------------------------------

/** Steps that went wrong, in order. */
const failed = () => steps.filter((step) => ["failed", "refused"].includes(toneOf(step)));

/** Go to the next failure after the selected step (or before it), round the end. */
function nextFailure(direction) {
  const wrong = failed();
  if (!wrong.length) return toast("Nothing failed");
  const here = selected?.n ?? 0;
  const ahead = direction > 0 ? wrong.find((step) => step.n > here) : wrong.findLast((step) => step.n < here);
  select((ahead ?? (direction > 0 ? wrong[0] : wrong.at(-1))).n, { open: true });
}

function fillHeading() {
  $("title").textContent = unturned(doc.title);
  const failures = failed().length;
  const facts = [
    doc.traces.slice(0, 2).map((id) => button(`${id.slice(0, 8)}…`, () => copy(id, "the trace id"), { class: "trace", title: `Trace ${id}: copy`, "aria-label": `${id.slice(0, 8)}…: copy the trace id` })),
    doc.traces.length > 2 && el("span", {}, `and ${doc.traces.length - 2} more`),
    doc.start && el("time", {}, doc.start),
    el("span", { title: "From the first step to the last" }, counted(steps.length, "step"), doc.start && steps.length ? ` in ${duration(doc.duration)}` : ""),
    el("span", {}, counted(exchanges.size, "exchange")),
    el("span", {}, counted(doc.participants.length, "participant")),
    failures > 0 && button(`${number(failures)} failed`, () => nextFailure(1), { id: "failures", class: "alarm", title: "Next failure (e; E goes back)", "aria-label": `${number(failures)} failed, go to the next failure` }),
  ];
  $("facts").append(...facts.flat().filter(Boolean));
  const hidden = doc.hidden.reduce((sum, [, count]) => sum + count, 0);
  const hints = [
    doc.warnings.length && counted(doc.warnings.length, "warning"),
    doc.adjustments.length && counted(doc.adjustments.length, "clock adjustment"),
    doc.redactions.length && `${number(doc.redactions.length)} redacted`,
    hidden && `${counted(hidden, "exchange")} hidden`,
  ];
  $("about-hint").append(...hints.map((hint, i) => hint && el("span", { class: i ? "" : "alarm" }, hint)).filter(Boolean));
}

/** A part of "About this document", or nothing where there is nothing to say. */
function aboutPart(title, items, tag = "ul") {
  if (!items.length) return null;
  return el("section", {}, el("h2", { class: "part" }, title), el(tag, {}, items));
}

/** A line for each call, beneath the call that it was made for; ranges lead to their steps. */
function summaryPart() {
  if (doc.summary.length < 2) return null;
  const line = ([level, first, last, text]) => {
    const row = el("li", { class: "captured" }, stepLink(first, first === last ? `(${first})` : `(${first}-${last})`), " ", text);
    row.style.marginLeft = `${Math.min(level, 6) * 16}px`;
    return row;
  };
  return el("section", { class: "wide" }, el("h2", { class: "part" }, "Summary"), el("ul", { class: "summary" }, doc.summary.map(line)));
}

function aboutContent() {
  const command = doc.command;
  const exit = command?.exit === undefined ? "" : ` (exit code ${command.exit})`;
  const places = [...grouped(doc.redactions, ([, place]) => place)];
  const items = (list, text) => list.map((item) => el("li", { class: "captured" }, text(item)));
  const words = (note) => el("section", { class: "wide note" }, note.title && el("strong", {}, note.title), noteWords(note), noteLink(note.link), ownNote(note));
  const named = [...notesOf("participant"), ...notesOf("variable")];
  return [
    ...notesOf("introduction").map(words),
    named.length && el("section", { class: "wide" }, named.map((note) => el("div", { class: "note" }, el("strong", {}, note.place === "variable" ? `{${note.subject}}` : note.subject), note.title && ` ${note.title}`, noteWords(note), noteLink(note.link), ownNote(note)))),
    ...notesOf("diagram").map(words),
    ...notesOf("closing").map(words),
    summaryPart(),
    command && el("section", { class: "wide" }, el("h2", { class: "part" }, `Command${exit}`), el("pre", {}, (command.arguments ?? []).join(" ")), command.output && el("pre", { class: "captured" }, command.output)),
    aboutPart("Warnings", items(doc.warnings, (warning) => warning)),
    aboutPart("Traces", items(doc.traces, (id) => id)),
    aboutPart("Clocks", items(doc.adjustments, ([host, offset]) => `${host}: shifted by ${duration(offset)}`)),
    aboutPart("Variables", doc.variables.map(([name, value]) => [el("dt", {}, `{${name}}`), el("dd", { class: "captured" }, value)]), "dl"),
    aboutPart("Tokens", doc.tokens.map(([name, mark]) => [el("dt", {}, name), el("dd", { class: "captured" }, mark)]), "dl"),
    aboutPart("Left out by rule", items(doc.hidden, ([rule, count]) => `${rule}: ${counted(count, "exchange")}`)),
    aboutPart("Redacted", places.map(([place, list]) => el("li", {}, place, " in ", list.slice(0, 12).map(([step]) => [stepLink(step), " "]), list.length > 12 && `and ${list.length - 12} more`))),
    el("label", { class: "wide quiet print-choice" }, el("input", { type: "checkbox", onchange: (event) => document.body.classList.toggle("print-all", event.target.checked), checked: document.body.classList.contains("print-all") }), " print headers and bodies whole"),
    el("p", { class: "quiet wide" }, `Made by otelhook from ${doc.counts || counted(doc.spans, "span")}.${around ? "" : " This page is one file: it loads nothing and sends nothing."}`),
  ].filter(Boolean);
}

// -- selection and links -----------------------------------------------------------------------

/** Select a step: show it in the diagram and the panel, and name it in the address. */
function select(n, { open = false, push = false, address = true } = {}) {
  const step = byNumber.get(n);
  if (!step) return;
  [selected, chosen] = [step, undefined];
  unfoldAround(step);
  showDetail(step, query);
  if (address) attempt(() => history[push ? "pushState" : "replaceState"](null, "", `#step-${n}`));
  arrive(open);
}

/** Select a group's head. */
function choose(group) {
  [selected, chosen] = [undefined, group];
  showGroup(group);
  arrive(false);
}

/** What follows every selection; `open` lets the panel come up on a narrow window. */
function arrive(open) {
  if (open) document.body.classList.add("sheet");
  reveal(cursor());
  refreshMood();
  $("rows").setAttribute("aria-activedescendant", idOf(rows[cursor()]));
  sayFound();
  highlightFound();
}

function followAddress() {
  const step = stepAt(location.hash);
  if (!step) return false;
  select(step.n, { open: true, address: false });
  return true;
}

// -- keys --------------------------------------------------------------------------------------

/** Move the selection by rows; feet of groups are passed over. */
function move(by) {
  let index = cursor() + by;
  while (["close", "turn"].includes(rows[index]?.kind)) index += by;
  const row = rows[index];
  if (row) row.kind === "step" ? select(row.step.n) : choose(row.group);
}

/** Fold (or unfold) the group that the selection is in or on. */
function foldHere(shut) {
  const row = rows[cursor()];
  if (row?.kind === "step" && insideOf(row.step) && shutCalls.has(row.step.exchange) !== shut) return toggleCall(row.step);
  const group = row?.kind === "open" && folded.has(row.group) !== shut ? row.group : shut ? row?.inside.findLast((inner) => inner !== row.group || !folded.has(inner)) : undefined;
  if (group && folded.has(group) !== shut) toggleGroup(group);
  else if (!shut && row) move(1);
}

function enter() {
  if (chosen) return toggleGroup(chosen);
  document.body.classList.add("sheet");
  $("detail").focus();
}

function escape() {
  const inPanel = $("detail").contains(document.activeElement) || (narrow.matches && document.body.classList.contains("sheet"));
  if (query && !inPanel) {
    $("query").value = "";
    search("");
  }
  closeDetail();
}

const KEYS = {
  j: () => move(1),
  k: () => move(-1),
  ArrowDown: () => move(1),
  ArrowUp: () => move(-1),
  ArrowLeft: () => foldHere(true),
  ArrowRight: () => foldHere(false),
  Home: () => steps.length && select(steps[0].n),
  End: () => steps.length && select(steps.at(-1).n),
  Enter: enter,
  Escape: escape,
  m: () => selected && mateOf(selected) && select(mateOf(selected).n),
  z: () => toggleCall(selected?.kind === "request" ? selected : selected && mateOf(selected)),
  x: () => toggleFilters(),
  b: () => toggleTogether(),
  p: () => togglePin(),
  w: () => writeNote(),
  f: toggleAllGroups,
  n: () => nextFound(1),
  N: () => nextFound(-1),
  e: () => nextFailure(1),
  E: () => nextFailure(-1),
  c: () => selected && copyCurl(selected),
  t: () => switchTheme(),
  "/": () => $("query").select(),
  "?": () => $("keys").showModal(),
};
// With focus on something that has a use for these keys itself, they are not ours.
const SCROLLING = new Set(["ArrowDown", "ArrowUp", "ArrowLeft", "ArrowRight", "Home", "End", "Enter"]);

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || $("keys").open) return;
  const typing = event.target.matches("input, textarea, select");
  if (typing) {
    if (event.target !== $("query")) event.key === "Escape" && toggleFilters(false);
    else if (event.key === "Enter") nextFound(event.shiftKey ? -1 : 1);
    else if (event.key === "Escape") escape();
    return;
  }
  const elsewhere = event.target !== document.body && !$("diagram").contains(event.target);
  if (SCROLLING.has(event.key) && elsewhere) return;
  const action = KEYS[event.key];
  if (!action) return;
  event.preventDefault();
  action();
}

// -- looks -------------------------------------------------------------------------------------

function switchTheme() {
  const root = document.documentElement;
  const now = root.dataset.theme ?? (dark.matches ? "dark" : "light");
  root.dataset.theme = now === "dark" ? "light" : "dark";
  forgetMapColours();
  attempt(() => localStorage.setItem("otelhook-theme", root.dataset.theme));
}

/** The panel's width: dragged, or with the arrow keys. */
function setUpDivider() {
  const main = document.querySelector("main");
  const widen = (share) => {
    const kept = Math.min(70, Math.max(20, share));
    main.style.setProperty("--panel", `${kept}%`);
    $("divider").setAttribute("aria-valuenow", Math.round(kept));
    redraw();
  };
  const share = () => (100 * $("detail").offsetWidth) / main.clientWidth;
  $("divider").addEventListener("pointerdown", (event) => $("divider").setPointerCapture(event.pointerId));
  $("divider").addEventListener("pointermove", (event) => {
    if ($("divider").hasPointerCapture(event.pointerId)) widen(100 - (100 * event.clientX) / main.clientWidth);
  });
  $("divider").addEventListener("keydown", (event) => {
    const by = { ArrowLeft: 3, ArrowRight: -3 }[event.key];
    if (by) widen(share() + by);
  });
}

// -- start -------------------------------------------------------------------------------------

function start() {
  const theme = attempt(() => localStorage.getItem("otelhook-theme"));
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  fillHeading();
  showAround();
  $("about").addEventListener("toggle", () => $("about-body").replaceChildren(...($("about").open ? aboutContent() : [])));
  $("fold").hidden = !doc.groups.length;
  $("fold").addEventListener("click", toggleAllGroups);
  $("theme").addEventListener("click", switchTheme);
  $("help").addEventListener("click", () => $("keys").showModal());
  $("query").addEventListener("input", () => search($("query").value));
  $("found-next").addEventListener("click", () => nextFound(1));
  $("found-previous").addEventListener("click", () => nextFound(-1));
  document.addEventListener("keydown", onKey);
  addEventListener("hashchange", followAddress);
  addEventListener("popstate", followAddress);
  addEventListener("beforeprint", fillPaper);
  addEventListener("afterprint", clearPaper);
  setUpDivider();
  setUpFilters();
  setUpMap();
  setUpWriting();
  $("app").hidden = false;
  redraw();
  let frame;
  $("diagram").addEventListener("scroll", () => {
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(() => (draw(), moveMapWindow()));
  }, { passive: true });
  let width = $("diagram").clientWidth;
  new ResizeObserver(() => {
    if ($("diagram").clientWidth !== width) redraw();
    else (draw(), drawMap());
    width = $("diagram").clientWidth;
  }).observe($("diagram"));
  if (!steps.length) $("detail").append(el("p", { class: "quiet" }, "This document has no steps."));
  else if (!followAddress()) select(steps[0].n, { address: false });
  $("rows").focus({ preventScroll: true });
  document.documentElement.dataset.ready = performance.now().toFixed();
}

start();
