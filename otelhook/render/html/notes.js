// An author's words: elements of a tree of texts. Links lead to http, https or a step.

const TAGS = { ul: "ul", ol: "ol", quote: "blockquote", p: "p", h: "h4" };

function noteRun(run) {
  if (typeof run === "string") return run;
  const [kind, text, link] = run;
  if (kind === "br") return el("br");
  if (kind !== "link") return el(kind, {}, text);
  const step = /^#step-(\d+)$/.exec(link);
  return step ? stepLink(Number(step[1]), text) : (noteLink(link, text) ?? text);
}

function noteBlock([kind, content, text]) {
  if (kind === "fence") return el("pre", {}, text);
  const tag = TAGS[kind] ?? "p";
  if (kind === "ul" || kind === "ol") return el(tag, {}, content.map((item) => el("li", {}, item.map(noteBlock))));
  if (kind === "quote") return el(tag, {}, content[0].map(noteBlock));
  return el(tag, {}, content.map(noteRun));
}

/** A note's words: what was written as Markdown, or plain text. */
function noteWords(note) {
  return note.blocks ? el("div", { class: "words" }, note.blocks.map(noteBlock)) : note.text && el("p", {}, note.text);
}

/** The plain words of a note, for a title. */
function noteLine(note) {
  const words = (part) => (typeof part === "string" ? part : Array.isArray(part) ? part.map(words).join(" ") : "");
  const text = note.text ?? (note.blocks ?? []).map((block) => words(block.slice(1))).join(" ");
  return [note.title, text].filter(Boolean).join("\n").slice(0, 400);
}

const notesOf = (place) => doc.notes.filter((note) => note.place === place);
