// When calls ran, and which of them the answer waited for.

/** Each exchange with its times, in nanoseconds since the start, and the calls made for it. */
function timedCalls() {
  const calls = new Map();
  const open = [];
  const roots = [];
  for (const step of steps) {
    if (step.kind !== "request") {
      const at = open.findLastIndex((call) => call.step.exchange === step.exchange);
      if (at >= 0) open.splice(at, 1);
      continue;
    }
    const end = mateOf(step)?.at ?? (step.took === undefined ? step.at : step.at + step.took);
    const call = { step, start: step.at, end: Math.max(end, step.at), inner: [] };
    const caller = open.findLast((other) => other.step.target === step.source);
    (caller ? caller.inner : roots).push(call);
    if (mateOf(step)?.n > step.n) open.push(call);
    calls.set(step.exchange, call);
  }
  return { calls, roots };
}

/**
 * Exchanges on the critical path: of the calls made for an answer, the one that ended last before
 * it, then the one that ended last before that one began, and so on, within each of them again.
 */
function criticalCalls({ roots }) {
  const critical = new Set();
  const waiting = [[roots, Infinity]];
  while (waiting.length) {
    const [inner, end] = waiting.pop();
    let until = end;
    for (const call of [...inner].sort((a, b) => b.end - a.end || b.start - a.start)) {
      if (call.start >= until || (call.end > until && until !== end)) continue;
      critical.add(call.step.exchange);
      waiting.push([call.inner, call.end]);
      until = call.start;
    }
  }
  return critical;
}

const hasTimes = doc.start && steps.every((step) => step.at !== undefined);
const timed = hasTimes ? timedCalls() : undefined;
const critical = timed ? criticalCalls(timed) : new Set();
/** Whether the path tells anything: where each call waits for the one before, all are on it. */
const tellsCritical = critical.size > 0 && critical.size < exchanges.size;
let whole = 1;
for (const call of timed?.calls.values() ?? []) whole = Math.max(whole, call.end);

/** Where a request's bar stands in the column of times, over the time of the whole document. */
function timeSpan(step, width) {
  const call = step.kind === "request" ? timed?.calls.get(step.exchange) : undefined;
  if (!call) return null;
  const at = (time) => Math.max(0, Math.min(1, time / whole)) * width;
  return { left: 8 + at(call.start), width: Math.max(2, at(call.end) - at(call.start)), waited: tellsCritical && critical.has(step.exchange) };
}

function timeBar(step, width) {
  const bar = timeSpan(step, width);
  return bar && place(el("span", { class: bar.waited ? "time critical" : "time", "aria-hidden": "true", title: bar.waited ? "On the critical path: the answer waited for this call" : "" }), bar.left, bar.width);
}
