// The document's data, indexed.

const doc = JSON.parse(document.getElementById("data").textContent);
for (const part of ["groups", "variables", "tokens", "notes", "flows", "highlights", "redactions", "hidden", "adjustments", "warnings", "inner", "beside", "summary"]) {
  doc[part] ??= [];
}
const steps = doc.steps;
steps.forEach((step, index) => (step.index = index));
const byNumber = new Map(steps.map((step) => [step.n, step]));

/** Group `items` by `key(item)`: a Map from key to list. */
function grouped(items, key) {
  const map = new Map();
  for (const item of items) {
    const list = map.get(key(item));
    if (list) list.push(item);
    else map.set(key(item), [item]);
  }
  return map;
}

const flowsInto = grouped(doc.flows, (flow) => flow.step);
const flowsFrom = grouped(doc.flows, (flow) => flow.source);
const highlightsOf = grouped(doc.highlights, ([step]) => step);
const redactionsOf = grouped(doc.redactions, ([step]) => step);
const notesFrom = grouped(doc.notes, (note) => note.first);
const exchanges = grouped(steps, (step) => step.exchange);

const titleOf = (step) => [step.head, step.label].filter(Boolean).join(" ");
const nameOf = (participant) => doc.participants[participant].name;
const headersOf = (step) => (step.headers ?? []).map((place) => doc.headers[place]);
const bodyOf = (step) => doc.bodies[step.body];
const originOf = (step) => doc.origins?.[step.origin];

/** The request of a response and the response of a request, if there is one. */
function mateOf(step) {
  const pair = exchanges.get(step.exchange);
  return step.kind === "request" ? pair.find((other) => other.kind !== "request") : pair.find((other) => other.kind === "request");
}

/** How a step went: the class that colours it. */
function toneOf(step) {
  if (step.failed) return "failed";
  // What was sent and did not arrive has no answer to be red: a broker that is down, say.
  if (step.kind === "request") return step.message ? "failed" : "request";
  if (step.status >= 500) return "failed";
  if (step.status >= 400) return "refused";
  return step.status >= 300 || step.unknown ? "moved" : "good";
}

/** What each mark means, for titles and for the step's panel; the short form stands on the row. */
const MARKS = {
  "time adjusted": ["≈ time", "The clock of its host was shifted to agree with its callers'."],
  "client span missing": ["no client span", "The caller's side was not recorded or is not in the trace."],
  "server span missing": ["no server span", "The callee's side was not recorded or is not in the trace."],
  "no answer": ["no answer", "The exchange ended without a response."],
  late: ["late", "The response was sent after the caller had given up."],
  retry: ["retry", "The same call had been tried before."],
  "parent missing": ["no parent", "The span names a parent that is not in the trace: its place is a guess by time."],
  "body cut": ["body cut", "The body was longer than the capture limit."],
  inferred: ["inferred", "No span is of this call itself: it is what a change of service, or a span without a kind, shows."],
  "body left out": ["body left out", "The body had been recorded; it was left out on the way so that its span could come."],
};

/** Headers that are there because of the tracing only: as in otelhook/render/shared/tracing_headers.py. */
const TRACING = /^(traceparent|tracestate|baggage|b3|x-b3-.*|uber-trace-id|uberctx-.*|x-amzn-trace-id|x-cloud-trace-context|x-datadog-.*|sentry-trace|x-ot-span-context|x-requestshook-.*)$/i;

const sinceStart = (step) => (step.at ? `${step.at > 0 ? "+" : ""}${duration(step.at)}` : step.at === undefined ? "" : "0");

let toastTimer;
function toast(text) {
  $("toast").textContent = text;
  clearTimeout(toastTimer);
  toastTimer = setTimeout(() => ($("toast").textContent = ""), 2500);
}

/** Copy text; where the clipboard is not to be had (plain http), through a selection. */
async function copy(text, what) {
  try {
    await navigator.clipboard.writeText(text);
    toast(`Copied ${what}`);
  } catch {
    const area = el("textarea", { "aria-hidden": "true", class: "offscreen" });
    area.value = text;
    document.body.append(area);
    area.select();
    const done = attempt(() => document.execCommand("copy"));
    area.remove();
    toast(done ? `Copied ${what}` : "The browser did not allow copying");
  }
}
