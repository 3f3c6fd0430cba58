// The address of a step: by its span, which stays the same when more spans come and numbers move.

const anchors = new Map();
for (const step of steps) {
  for (const span of step.spans ?? []) {
    const anchor = `span-${span}${step.kind === "request" ? "" : "-answer"}`;
    anchors.set(anchor, anchors.has(anchor) ? undefined : step); // one that two steps have leads to neither
  }
}

/** The address of a step within the page. */
function anchorOf(step) {
  const anchor = (step.spans ?? []).map((span) => `span-${span}${step.kind === "request" ? "" : "-answer"}`).find((name) => anchors.get(name) === step);
  return anchor ?? `step-${step.n}`;
}

/** The step that an address leads to. */
function stepAt(hash) {
  const name = hash.slice(1);
  return anchors.get(name) ?? byNumber.get(Number(/^step-(\d+)$/.exec(name)?.[1]));
}
