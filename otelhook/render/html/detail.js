// The panel beside the diagram: one step with everything that is known of it.

/** `header.x-auth-token` as a reader says it. */
function placeText(place) {
  if (place.startsWith("header.")) return place.slice(7);
  return place.startsWith("body.") ? `body ${place.slice(5)}` : place;
}

/** A link to a step that selects it. */
function stepLink(step, text = `(${step})`) {
  const target = byNumber.get(step);
  if (!target) return el("span", {}, text);
  return el("a", { href: `#step-${step}`, class: "step-link", title: titleOf(target) }, text);
}

/** Where the value at a place came from, or where it went: one line a flow. */
function flowLine(flow, outward) {
  const name = flow.name ? el("span", { class: "value-name" }, flow.name) : null;
  if (outward) return el("span", { class: "flow" }, "→ ", stepLink(flow.step), ` ${placeText(flow.place)} `, name);
  if (!flow.source) return el("span", { class: "flow" }, "issued before this trace ", name);
  return el("span", { class: "flow" }, "from ", stepLink(flow.source), ` ${placeText(flow.sourcePlace ?? "")} `, name);
}

/** Everything said about places of a step: Map from place to {why, flows, hidden}. */
function remarksOf(step) {
  const remarks = new Map();
  const at = (place) => {
    if (!remarks.has(place)) remarks.set(place, { why: [], flows: [], hidden: false });
    return remarks.get(place);
  };
  for (const [, place, why] of highlightsOf.get(step.n) ?? []) at(place).why.push(why);
  for (const flow of flowsInto.get(step.n) ?? []) at(flow.place).flows.push(flowLine(flow, false));
  for (const flow of flowsFrom.get(step.n) ?? []) at(flow.sourcePlace).flows.push(flowLine(flow, true));
  for (const [, place] of redactionsOf.get(step.n) ?? []) at(place.replace(/^(request|response)\./, "")).hidden = true;
  return remarks;
}

/** Put a remark on its line: colour, why, flows (the first few), redaction. */
function remarkOn(node, remark) {
  if (!remark) return;
  if (remark.why.length || remark.flows.length) node.classList.add("lit");
  const shown = remark.flows.slice(0, 4);
  if (remark.flows.length > shown.length) shown.push(el("span", { class: "flow" }, `and ${remark.flows.length - shown.length} more`));
  const words = [remark.hidden && el("span", { class: "hidden-tag" }, "redacted"), remark.why.length > 0 && !remark.flows.length && el("span", { class: "why" }, remark.why.join(", ")), shown];
  if (words.some((word) => word && word.length !== 0)) node.append(el("span", { class: "remarks" }, words));
}

function headerTable(step, remarks) {
  const headers = headersOf(step);
  if (!headers.length) return el("p", { class: "quiet" }, "No headers were recorded.");
  const rows = headers.map(([name, value]) => {
    const cell = el("td", {}, el("span", { class: "captured" }, value));
    const row = el("tr", {}, el("th", { scope: "row" }, name), cell);
    if (TRACING.test(name)) cell.append(" ", el("span", { class: "hidden-tag", title: "Added to follow the request, no part of the service's API." }, "added by tracing"));
    const remark = remarks.get(`header.${name}`);
    remarkOn(cell, remark);
    if (remark && cell.classList.contains("lit")) row.classList.add("lit");
    return row;
  });
  return el("table", { class: "headers" }, el("tbody", {}, rows));
}

/** Size, type and how much of a body is here. */
function bodyFacts(body) {
  const facts = [];
  if (body.type) facts.push(body.type);
  if (body.cut) facts.push(`cut at ${number(body.kept)}${body.size === undefined ? "" : ` of ${number(body.size)}`} bytes`);
  else if (body.size === 0 || body.text === "") facts.push("empty");
  else if (body.size !== undefined) facts.push(counted(body.size, "byte"));
  return facts.join(" · ");
}

/** A body under its heading: a folding tree for JSON, text, or size and first bytes. */
function bodySection(title, body, remarks, { query, paper }) {
  const head = el("h3", {}, title);
  const section = el("section", { class: "body" }, head);
  if (!body) return section.append(el("p", { class: "quiet" }, "No body was recorded.")), section;
  head.append(el("span", { class: "body-facts" }, bodyFacts(body)));
  const raw = rawBody(body);
  if (!raw && body.text === "") return section;
  if (!raw) return section.append(el("p", { class: "quiet" }, "Its content was not recorded.")), section;
  const decorate = (path, line) => remarkOn(line, remarks?.get(`body.${path}`));
  const best = bodyView(body, { query, decorate, paper }, raw);
  let view = best ?? raw;
  if (best) {
    const toggle = button("Raw", () => {
      const other = view === best ? raw : best;
      view.replaceWith(other);
      view = other;
      toggle.setAttribute("aria-pressed", String(view !== best));
    }, { "aria-pressed": "false", title: "As it was sent" });
    head.append(toggle);
  }
  if (body.text !== undefined) head.append(button("Copy body", () => copy(body.text, "the body")));
  section.append(view);
  return section;
}

/** Words on a step: notes, marks, groups. On paper, where nobody jumps, those on several steps stand once. */
function noteLines(step, paper) {
  const notes = doc.notes.filter((note) => (!note.place || note.place === "section") && note.first <= step.n && step.n <= note.last && (!paper || note.first === step.n || step.index === 0));
  const range = (note) => note.last > note.first && el("span", { class: "quiet" }, `(${note.first}-${note.last}) `);
  return [
    notes.map((note) => el("div", { class: "note" }, range(note), note.title && el("strong", {}, note.title), noteWords(note), noteLink(note.link), ownNote(note))),
    (step.marks ?? []).map((mark) => el("div", { class: "note mark" }, el("strong", {}, mark), el("p", {}, MARKS[mark]?.[1]))),
  ];
}

/** What can be done with a note that was written here. */
const ownNote = (note) => note.entry && el("p", { class: "quiet" }, "in no file yet ", button("Remove", () => removeOwn(note.entry)));

/** An address becomes a link only if it is http or https. */
function noteLink(link, text = link) {
  const url = link && attempt(() => new URL(link));
  if (!url) return null;
  if (url.protocol !== "http:" && url.protocol !== "https:") return null;
  return el("a", { href: url.href, target: "_blank", rel: "noopener noreferrer" }, text);
}

const tellsSeen = new Set(steps.map((step) => step.seen)).size > 1; // what is so of all steps tells nothing of one

function factList(step, paper) {
  const sides = { both: "seen by both sides", client: "seen by the caller only", server: "seen by the callee only" };
  const facts = [
    ["when", sinceStart(step)],
    ["took", duration(step.took)],
    ["critical path", tellsCritical && critical.has(step.exchange) ? "the answer waited for this call" : ""],
    ["protocol", step.protocol],
    ["operation", step.operation],
    ["recorded", tellsSeen ? sides[step.seen ?? "both"] : ""],
    ["query", step.query && queryView(step.query)],
    ["path", step.path !== undefined && step.path !== step.label ? step.path : ""],
    ["trace", doc.traces.length > 1 && step.trace !== undefined ? doc.traces[step.trace] : ""],
    ["spans", paper ? "" : (step.spans ?? []).join(" ")],
  ];
  const said = facts.filter(([, value]) => value);
  return said.length > 0 && el("dl", { class: "step-facts" }, said.map(([name, value]) => [el("dt", {}, name), el("dd", { class: "captured" }, value)]));
}

/** The whole of a step, for the panel or (all of it unfolded) for paper. */
function stepContent(step, heading, look) {
  const remarks = remarksOf(step);
  const mate = mateOf(step);
  const url = ["path", "query", "host"].map((place) => [place, remarks.get(place)]).filter(([, remark]) => remark?.flows.length);
  const spoken = step.protocol !== undefined; // over another protocol than HTTP
  const content = step.content ?? "Body";
  const bare = !spoken && !headersOf(step).length && step.body === undefined;
  const elsewhere = [...remarks].filter(([place, remark]) => remark.hidden && !place.startsWith("header.") && !place.startsWith("body."));
  return [
    heading,
    el("p", { class: "route" }, el("b", {}, nameOf(step.source)), " → ", el("b", {}, nameOf(step.target)), mate && [" · ", stepLink(mate.n, `${mate.kind === "request" ? "request" : "response"} (${mate.n})`)]),
    factList(step, look.paper),
    step.message && el("div", { class: "note said" }, el("p", { class: "captured" }, step.message)),
    noteLines(step, look.paper),
    url.map(([place, remark]) => el("p", { class: "lit url-flow" }, `${place} `, remark.flows)),
    elsewhere.length ? el("p", { class: "quiet" }, "Redacted: ", elsewhere.map(([place]) => place).join(", ")) : null,
    bare && el("p", { class: "quiet bare" }, "Neither headers nor a body were recorded."),
    bare || (spoken && !step.headers) ? null : [el("h3", {}, spoken ? step.fields : "Headers"), headerTable(step, remarks)],
    bare || (spoken && step.body === undefined) ? null : bodySection(content, bodyOf(step), remarks, look),
    step.other !== undefined ? bodySection(`${content} as ${nameOf(step.source)} sent it`, doc.bodies[step.other], undefined, look) : null,
    innerSection(step, look.paper),
  ];
}

const headingOf = (step) => el("h2", { class: toneOf(step) }, el("span", { class: "pill" }, step.n), " ", el("span", { class: "head" }, step.head), " ", el("span", { class: "captured" }, step.label));

let pinned; // the step that stays in the panel beside the selected one
let together = false; // whether the panel shows a request and its response

function togglePin() {
  pinned = pinned === selected ? undefined : selected;
  if (selected) showDetail(selected, query);
  toast(pinned ? `Step ${pinned.n} is pinned: choose another` : "No step is pinned");
}

function toggleTogether() {
  together = !together;
  if (selected) showDetail(selected, query);
}

function showDetail(step, query) {
  const request = step.kind === "request" ? step : mateOf(step);
  const at = step.index;
  const bar = el("div", { class: "detail-bar" },
    button("‹", () => select(steps[at - 1].n), { "aria-label": "Previous step", title: "Previous step (k)", disabled: at === 0 }),
    el("span", {}, `${number(step.n)} of ${number(steps.at(-1).n)}`),
    button("›", () => select(steps[at + 1].n), { "aria-label": "Next step", title: "Next step (j)", disabled: at === steps.length - 1 }),
    el("span", { class: "gap" }),
    request && request.protocol === undefined && button("Copy as curl", () => copyCurl(step), { title: "Copy the request as a curl command (c)" }),
    mateOf(step) && button("Beside", toggleTogether, { title: "The response beside its request (b)", "aria-pressed": String(together) }),
    button("Pin", togglePin, { title: "Keep this step here beside the next one (p)", "aria-pressed": String(pinned === step) }),
    button("Note", () => writeNote(step), { title: "Write a note on this step (w)" }),
    button("Copy link", () => copy(`${location.href.split("#")[0]}#${anchorOf(step)}`, "the link")),
    button("×", () => closeDetail(), { class: "dismiss", "aria-label": "Close" }),
  );
  $("detail").setAttribute("aria-label", `Step ${step.n}: ${titleOf(step)}`);
  const other = pinned && pinned !== step ? pinned : together ? mateOf(step) : undefined;
  const shown = other ? [step, other].sort((a, b) => a.n - b.n) : [step];
  const parts = shown.map((each) => [stepContent(each, headingOf(each), { query })].flat(4).filter(Boolean));
  $("detail").replaceChildren(bar, ...(other ? [el("div", { class: "pair" }, parts.map((part) => el("section", {}, part)))] : parts[0]));
  $("detail").scrollTop = 0;
}

/** A group in the panel: what it holds. */
function showGroup(group) {
  const inner = stepsIn(group);
  const lines = inner.slice(0, 500).map((step) => el("li", { class: toneOf(step) }, stepLink(step.n), " ", nameOf(step.source), " → ", nameOf(step.target), ": ", el("span", { class: "captured" }, titleOf(step))));
  const bar = el("div", { class: "detail-bar" }, el("span", {}, `${counted(inner.length, "step")} (${group.first}-${group.last})`), el("span", { class: "gap" }),
    button(folded.has(group) ? "Unfold" : "Fold", () => toggleGroup(group)), button("×", () => closeDetail(), { class: "dismiss", "aria-label": "Close" }));
  $("detail").setAttribute("aria-label", `Group ${group.title}`);
  $("detail").replaceChildren(bar, el("h2", {}, el("span", { class: "head" }, group.kind), " ", group.title), el("ol", { class: "group-steps" }, lines));
}

function copyCurl(step) {
  const request = step.kind === "request" ? step : mateOf(step);
  if (!request) return toast("The request is not in this document");
  if (request.protocol !== undefined) return toast("This is no HTTP request");
  const body = bodyOf(request);
  const holes = [body?.cut && "its body was cut", (redactionsOf.get(request.n) ?? []).length && "redacted values are placeholders"].filter(Boolean);
  return copy(curlOf(request), `(${request.n}) as curl${holes.length ? `; ${holes.join(", ")}` : ""}`);
}

function closeDetail() {
  document.body.classList.remove("sheet");
  $("rows").focus({ preventScroll: true });
}
