// Within a call: spans that are no steps, their events, and exceptions with their stack traces.

const innerOf = grouped(doc.inner, (span) => span.step);
const besideOf = grouped(doc.beside, ([step]) => step);

/** An event of a span: when, what, and a stack trace behind a click; one that each span around it noted too stands once. */
function eventLine(event, paper, told) {
  const words = el("span", { class: event.thrown ? "captured thrown" : "captured" }, event.line);
  const when = event.at === undefined ? null : el("span", { class: "quiet" }, duration(event.at), " ");
  if (!event.stack) return el("li", {}, when, words);
  if (told.has(event.stack)) return el("li", {}, when, words, el("span", { class: "quiet" }, " (its stack trace stands above)"));
  told.add(event.stack);
  return el("li", {}, when, el("details", { open: Boolean(paper) }, el("summary", {}, words), el("pre", { class: "captured" }, event.stack)));
}

function innerLine(span, paper, told) {
  const about = (span.about ?? []).map(([name, value]) => `${name}=${value}`).join(" ");
  const events = span.events?.length ? el("ul", {}, span.events.map((event) => eventLine(event, paper, told))) : null;
  if (!span.name) return events;
  const facts = [duration(span.took), span.detail && "a layer of the call", span.service].filter(Boolean).join(" · ");
  return el("li", {},
    el("span", { class: `captured span-name${span.failed ? " thrown" : ""}` }, span.name), " ", el("span", { class: "quiet" }, facts),
    span.failed && el("div", { class: "captured thrown" }, span.message || "failed"),
    about && el("div", { class: "captured quiet" }, about), events);
}

/** The section of a request's panel, or nothing. */
function innerSection(step, paper) {
  const spans = step.kind === "request" ? (innerOf.get(step.n) ?? []) : [];
  if (!spans.length) return null;
  const work = spans.filter((span) => span.name).length;
  const events = spans.reduce((sum, span) => sum + (span.events?.length ?? 0), 0);
  const counts = [work && counted(work, "span"), events && counted(events, "event")].filter(Boolean).join(", ");
  const shown = spans.slice(0, 300);
  const told = new Set(); // stack traces
  return [
    el("h3", {}, "Within", el("span", { class: "body-facts" }, counts)),
    el("ul", { class: "inner" }, shown.map((span) => innerLine(span, paper, told))),
    spans.length > shown.length && el("p", { class: "quiet" }, `and ${number(spans.length - shown.length)} more spans`),
  ];
}

/** What the diagram says beside a step's arrow: exceptions, and details where they are drawn. */
function besideBadges(step) {
  return (besideOf.get(step.n) ?? []).map(([, who, text]) => el("span", { class: "badge note-badge beside", title: `${nameOf(who)}: ${text}` }, text));
}
