// Words that a reader writes in the page: kept by the browser until they are in a notes file, in
// the form of otelhook/sequence/annotations/note_file.py.

const OWN_KEY = `otelhook-notes ${doc.traces[0] ?? doc.title}`;
const WORDS_LIMIT = 20000; // characters of one note
const ON_DOCUMENT = { introduction: "the document's introduction", diagram: "below the diagram", closing: "the document's end" };
let own = []; // {on, title, text}, as entries of the file

/** What tells a step's call from others: the keys of an entry that fits the next run as well. */
function addressOf(step) {
  const request = step.kind === "request" ? step : (mateOf(step) ?? step);
  const path = request.label?.startsWith("/") ? request.label : (request.path ?? "");
  const address = { method: request.method, path, from: nameOf(request.source), to: nameOf(request.target), kind: step.kind === "request" ? "" : step.kind };
  return Object.fromEntries(Object.entries(address).filter(([, value]) => value));
}

/** The range of a call's steps. */
function callRange(step) {
  const numbers = exchanges.get(step.exchange).map((each) => each.n);
  return [Math.min(...numbers), Math.max(...numbers)];
}

const sameAs = (one, other) => JSON.stringify(one) === JSON.stringify(other);

/** Where words may stand that are written at a step: [keys of the entry, what a reader chooses]. */
function placesAt(step) {
  const address = addressOf(step);
  const like = steps.filter((other) => sameAs(addressOf(other), address));
  const [first, last] = callRange(step);
  const groups = doc.groups.filter((group) => group.first <= step.n && step.n <= group.last);
  const byWhat = [address, like.length === 1 ? "this step, in any run" : `all ${like.length} steps like it, in any run`];
  const byNumber = [{ steps: String(step.n) }, `step ${step.n}`];
  return [
    ...(like.length === 1 ? [byWhat, byNumber] : [byNumber, byWhat]),
    last > first && [{ steps: `${first}-${last}` }, `steps ${first}-${last}`],
    [{ before: String(step.n) }, `before step ${step.n}`],
    ...groups.filter((group) => group.title).map((group) => [{ group: group.title }, `the frame "${group.title}"`]),
    ...[step.source, step.target].map((name) => [{ participant: nameOf(name) }, nameOf(name)]),
    ...doc.variables.map(([name]) => [{ variable: name }, `{${name}}`]),
    ...Object.entries(ON_DOCUMENT).map(([name, words]) => [{ document: name }, words]),
  ].filter(Boolean);
}

/** The notes of the document that an entry stands for, as the viewer shows them. */
function shownAs({ on, title, text }) {
  const said = { title, text, own: true };
  const at = (first, last, more) => ({ first, last, ...said, ...more });
  const range = String(on.steps ?? on.before ?? "").split("-").map(Number);
  if (on.steps) return [at(range[0], range.at(-1))];
  if (on.before) return [at(range[0], range[0], { place: "section" })];
  if (on.group) return doc.groups.filter((group) => group.title === on.group).map((group) => at(group.first, group.last));
  for (const place of ["participant", "variable"]) if (on[place]) return [at(0, 0, { place, subject: on[place] })];
  if (on.document) return [at(0, 0, { place: on.document })];
  return steps.filter((step) => sameAs(addressOf(step), on)).map((step) => at(step.n, step.n));
}

/** A basic string of TOML: JSON's, with what TOML forbids escaped; over several lines if it has them. */
function tomlText(text) {
  const spelled = (line) => JSON.stringify(line).slice(1, -1).replace(/\\ud[89a-f][0-9a-f]{2}/gi, "\ufffd").replace(/[\x7f-\x9f\u2028\u2029]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`);
  const lines = text.split("\n").map(spelled);
  return lines.length === 1 ? `"${lines[0]}"` : `"""\n${lines.join("\n")}"""`;
}

function notesFile(entries) {
  const entry = ({ on, title, text }) => ["[[notes]]", ...Object.entries({ ...on, title, text }).filter(([, value]) => value).map(([name, value]) => `${name} = ${tomlText(value)}`), ""].join("\n");
  return entries.map(entry).join("\n");
}

/** Show what was written and keep it; `own` is all that is in no file yet. */
function keepOwn(entries) {
  own = entries;
  attempt(() => localStorage.setItem(OWN_KEY, JSON.stringify(own)));
  doc.notes = [...doc.notes.filter((note) => !note.own), ...own.flatMap((entry) => shownAs(entry).map((note) => ({ ...note, entry })))];
  notesFrom.clear();
  for (const [first, notes] of grouped(doc.notes, (note) => note.first)) notesFrom.set(first, notes);
  $("save-notes").hidden = !own.length;
  $("save-notes").textContent = `Save ${counted(own.length, "note")}`;
  if ($("about").open) $("about-body").replaceChildren(...aboutContent());
  redraw();
}

function removeOwn(entry) {
  keepOwn(own.filter((other) => other !== entry));
  if (selected) showDetail(selected, query);
}

/** The form in which words are written, above a step's headers and body. */
function writeNote(step = selected) {
  if (!step) return;
  select(step.n, { open: true });
  const places = placesAt(step);
  const where = el("select", { name: "on", "aria-label": "Where it stands" }, places.map(([, words], index) => el("option", { value: index }, words)));
  const title = el("input", { name: "title", placeholder: "Title (optional)", "aria-label": "Title", autocomplete: "off" });
  const text = el("textarea", { name: "text", rows: 5, placeholder: "What a reader should know (Markdown)", "aria-label": "Words", maxlength: WORDS_LIMIT });
  const keep = (event) => {
    event.preventDefault();
    if (!text.value.trim()) return text.focus();
    keepOwn([...own, { on: places[where.value][0], title: title.value.trim(), text: text.value.trim() }]);
    showDetail(step, query);
    $("detail").focus();
  };
  const cancel = () => (form.remove(), $("rows").focus({ preventScroll: true }));
  const form = el("form", { id: "writing", onsubmit: keep, onkeydown: (event) => event.key === "Escape" && cancel() }, el("label", {}, "On ", where), title, text, el("p", {}, el("button", {}, "Keep"), " ", button("Cancel", cancel)));
  $("detail").querySelector("h2").after(form);
  text.focus();
}

/** Give the words to the collector (sending.js), where it keeps a notes file, or else as a file to download. */
function saveNotes() {
  const text = notesFile(own);
  if (around?.notes) return sendNotes(text);
  const link = el("a", { href: URL.createObjectURL(new Blob([text], { type: "application/toml" })), download: "notes.toml" });
  document.body.append(link);
  link.click();
  link.remove();
  toast("Downloaded: otelhook render --notes notes.toml");
  attempt(() => localStorage.removeItem(OWN_KEY));
}

function setUpWriting() {
  const isEntry = (entry) => entry && typeof entry.on === "object" && typeof entry.text === "string" && typeof entry.title === "string" && Object.values(entry.on).every((value) => typeof value === "string");
  const kept = attempt(() => JSON.parse(localStorage.getItem(OWN_KEY)));
  $("save-notes").addEventListener("click", saveNotes);
  if (Array.isArray(kept) && kept.some(isEntry)) keepOwn(kept.filter(isEntry));
}
