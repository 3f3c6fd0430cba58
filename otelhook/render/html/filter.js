// Which steps are shown: by participant, protocol, method, outcome and the search's words, and
// without what is inside a folded call.

/** Numbers of the steps that pass the filter; undefined while there is none. */
let kept;
/** Exchanges whose inner steps are folded away. */
const shutCalls = new Set();

const OUTCOMES = [
  ["failed", "failed", (step) => toneOf(step) === "failed"],
  ["refused", "refused (4xx)", (step) => toneOf(step) === "refused"],
  ["good", "answered well", (step) => toneOf(step) === "good"],
  ["open", "not answered", (step) => step.kind === "request" && !mateOf(step)],
];
const protocolOf = (step) => step.protocol ?? "HTTP";

/** What can be chosen: field to [value, words] for each choice; a field with one choice is none. */
function filterChoices() {
  const present = (values) => [...new Set(values.filter(Boolean))].sort().map((value) => [value, value]);
  return {
    participant: doc.participants.map(({ name }, index) => [String(index), name]),
    protocol: present(steps.map(protocolOf)),
    method: present(steps.map((step) => step.method)),
    outcome: OUTCOMES.filter(([, , holds]) => steps.some(holds)).map(([value, words]) => [value, words]),
  };
}

const CHECKS = {
  participant: (step, value) => step.source === Number(value) || step.target === Number(value),
  protocol: (step, value) => protocolOf(step) === value,
  method: (step, value) => step.method === value,
  outcome: (step, value) => OUTCOMES.find(([name]) => name === value)[2](step),
};

/** Both halves of each exchange of which one passes every check. */
function passing(chosenValues) {
  const found = new Set();
  for (const pair of exchanges.values()) {
    const passes = Object.entries(chosenValues).every(([field, value]) => pair.some((step) => CHECKS[field](step, value)));
    const matches = !$("only-found").checked || !query || pair.some((step) => matching.has(step.n));
    if (passes && matches) for (const step of pair) found.add(step.n);
  }
  return found;
}

function applyFilter() {
  readFilter();
  redraw();
  if (kept?.size && !kept.has(selected?.n)) select(steps.find((step) => kept.has(step.n)).n);
  else if (cursor() >= 0 && rows.length) reveal(cursor());
}

function readFilter() {
  const selects = [...$("filters").querySelectorAll("select")];
  const values = Object.fromEntries(selects.filter((node) => node.value).map((node) => [node.name, node.value]));
  const active = Object.keys(values).length > 0 || ($("only-found").checked && query !== "");
  kept = active ? passing(values) : undefined;
  $("left").textContent = active ? `${number(kept.size)} of ${counted(steps.length, "step")}` : "";
  $("filter").classList.toggle("on", active);
  $("filter").setAttribute("aria-label", active ? `Filter: ${$("left").textContent} shown` : "Filter");
}

function emptyFilter() {
  for (const node of $("filters").querySelectorAll("select")) node.value = "";
  $("only-found").checked = false;
}

function clearFilter() {
  emptyFilter();
  applyFilter();
}

function toggleFilters(open = $("filters").hidden) {
  $("filters").hidden = !open;
  $("filter").setAttribute("aria-expanded", String(open));
  if (open) $("filters").querySelector("select, input").focus();
  redraw();
}

function setUpFilters() {
  for (const [field, choices] of Object.entries(filterChoices())) {
    if (choices.length < 2) continue;
    const options = [["", "any"], ...choices].map(([value, words]) => el("option", { value }, words));
    $("left").before(el("label", {}, el("span", {}, field), el("select", { name: field, onchange: applyFilter }, options)));
  }
  $("only-found").addEventListener("change", applyFilter);
  $("clear-filter").addEventListener("click", clearFilter);
  $("filter").addEventListener("click", () => toggleFilters());
}

// -- calls folded ------------------------------------------------------------------------------

/** How many steps lie between a request and its answer. */
const insideOf = (step) => (step.kind === "request" ? Math.max(0, (mateOf(step)?.index ?? 0) - step.index - 1) : 0);

function toggleCall(step) {
  if (!step || !insideOf(step)) return;
  if (!shutCalls.delete(step.exchange)) shutCalls.add(step.exchange);
  redraw();
  select(step.n);
}

/** The rows that neither the filter nor a folded call hides. */
function shownRows() {
  if (!kept && !shutCalls.size) return everyRow;
  const upto = [0]; // how many of the first n steps pass
  for (const step of steps) upto.push(upto.at(-1) + (!kept || kept.has(step.n) ? 1 : 0));
  const count = (group) => upto[byNumber.get(group.last).index + 1] - upto[byNumber.get(group.first).index];
  const found = [];
  let end = 0; // the answer up to which a folded call hides
  for (const row of everyRow) {
    const at = row.step?.n ?? row.first ?? (row.kind === "open" ? row.group.first : row.group.last);
    if (at < end && !(row.kind === "close" && row.group.last >= end)) continue;
    if (row.step ? kept && !kept.has(row.step.n) : kept && !count(row.group)) continue;
    found.push(row);
    if (row.step && shutCalls.has(row.step.exchange) && insideOf(row.step)) end = mateOf(row.step).n;
  }
  return found;
}

/** Show a step whatever hides it: calls around it are unfolded, and the filter is lifted. */
function uncover(step) {
  const around = [...shutCalls].filter((exchange) => {
    const [request] = exchanges.get(exchange);
    return request.n < step.n && step.n < (mateOf(request)?.n ?? 0);
  });
  for (const exchange of around) shutCalls.delete(exchange);
  const filtered = kept && !kept.has(step.n);
  if (filtered) {
    emptyFilter();
    readFilter();
    toast("The filter was lifted to show this step");
  }
  return around.length > 0 || filtered;
}
