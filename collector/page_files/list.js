// The list of traces: it asks for the rows of its search, again and again, and keeps them in place.

const EVERY = 1000; // ms between two questions while the page is seen
const PATIENCE = 10000; // ms at most between two tries while the collector does not answer
const ROWS = 50;
const FIELDS = ["what", "service", "operation", "status", "min", "max", "since", "from", "to"];

const dark = matchMedia("(prefers-color-scheme: dark)");
const rows = new Map(); // trace id to { node, key }
let limit = ROWS;
let version = ""; // the ETag of what is shown
let failures = 0;
let timer;
let asking = 0; // the number of the newest question: answers to older ones come too late

// -- search ------------------------------------------------------------------------------------

/** The fields that say something, as parameters. */
function asked() {
  const parameters = new URLSearchParams();
  for (const name of FIELDS) {
    const field = $(name);
    if (field.value.trim() && !field.matches(":disabled")) parameters.set(name, field.value.trim());
  }
  if (parameters.get("since") === "between") parameters.delete("since");
  return parameters;
}

/** Fill the form from the address. */
function followAddress() {
  const parameters = new URLSearchParams(location.search);
  for (const name of FIELDS) {
    const value = parameters.get(name) ?? "";
    if (name === "service" && value && ![...$(name).options].some((option) => option.value === value)) {
      $(name).append(el("option", { value }, value));
    }
    $(name).value = value;
  }
  if (parameters.has("from") || parameters.has("to")) $("since").value = "between";
  limit = Math.min(Math.max(Number(parameters.get("limit")) || ROWS, 1), 500);
  dress();
}

/** What depends on the fields: which are used, which are there. */
function dress() {
  const between = $("since").value === "between";
  $("between").hidden = $("between").disabled = !between;
  for (const name of FIELDS) $(name).classList.toggle("used", Boolean($(name).value.trim()));
  $("clear").hidden = !FIELDS.some((name) => $(name).value);
}

function search() {
  limit = ROWS;
  const parameters = asked();
  const query = parameters.size ? `?${parameters}` : "";
  if (query !== location.search) history.pushState(null, "", `/${query}`);
  dress();
  refresh({ anew: true });
}

function clear() {
  for (const name of FIELDS) $(name).value = "";
  search();
  offer();
}

/** Offer the services, and the operations of the chosen one. */
async function offer() {
  const service = $("service").value;
  const answer = await attemptFetch(`/page/choices?${new URLSearchParams({ service })}`);
  if (!answer?.ok || service !== $("service").value) return;
  const { services, operations } = await answer.json();
  if (service && !services.includes(service)) services.push(service);
  $("service").replaceChildren(el("option", { value: "" }, "Any"), ...services.map((name) => el("option", { value: name }, name)));
  $("service").value = service;
  $("operations").replaceChildren(...operations.map((name) => el("option", { value: name })));
}

// -- rows --------------------------------------------------------------------------------------

async function attemptFetch(path, options) {
  try {
    return await fetch(path, options);
  } catch {
    return undefined; // the collector is not there
  }
}

/** Ask for the rows; `anew` also if nothing has changed in the store. */
async function refresh({ anew = false } = {}) {
  clearTimeout(timer);
  const question = ++asking;
  const parameters = asked();
  parameters.set("limit", limit);
  const headers = anew || !version ? {} : { "If-None-Match": version };
  const answer = await attemptFetch(`/page/traces?${parameters}`, { headers, cache: "no-store" });
  if (question !== asking) return;
  const lost = !answer || answer.status >= 500;
  failures = lost ? failures + 1 : 0;
  $("live").classList.toggle("lost", lost);
  $("live-text").textContent = lost ? "Not answering" : isLive() ? "Live" : "Paused";
  if (answer?.ok) {
    version = answer.headers.get("ETag") ?? "";
    const content = await answer.json();
    if (question !== asking) return;
    $("problem").textContent = "";
    show(content, anew);
  } else if (answer && answer.status !== 304) {
    const content = await answer.json().catch(() => ({}));
    if (question !== asking) return;
    $("problem").textContent = content.error ?? content.message ?? `The collector answered ${answer.status}.`;
  }
  document.documentElement.dataset.ready = question;
  if (isLive() && !document.hidden) timer = setTimeout(refresh, Math.min(EVERY * 2 ** failures, PATIENCE));
}

const isLive = () => $("live").getAttribute("aria-pressed") === "true";

/** Show the rows: those that stay keep their place in the document, and with it the focus. */
function show({ traces, more, complete, empty }, anew) {
  const longest = Math.max(...traces.map((trace) => trace.duration), 1);
  const before = rows.size;
  const fresh = traces.filter((trace) => !rows.has(trace.id));
  const kept = new Set(traces.map((trace) => trace.id));
  for (const [id, row] of rows) {
    if (!kept.has(id)) {
      row.node.remove();
      rows.delete(id);
    }
  }
  traces.forEach((trace, place) => {
    const key = JSON.stringify([trace, longest]);
    const held = rows.get(trace.id);
    const node = held?.node ?? el("li");
    if (held?.key !== key) fill(node, trace, longest);
    if (!held && before && !anew) node.className = "fresh";
    rows.set(trace.id, { node, key });
    const there = $("traces").children[place];
    if (there !== node) $("traces").insertBefore(node, there ?? null);
  });
  const what = counted(traces.length, "trace");
  $("count").textContent = !traces.length ? "" : more ? `the newest ${number(traces.length)}` : complete ? what : `${what}, and perhaps more: the search took too long`;
  $("more").hidden = !more || limit >= 500;
  sayNothing(!traces.length, empty, complete);
  if (fresh.length && before && !anew) $("news").textContent = `${counted(fresh.length, "new trace")}`;
  if (fresh.length) offer();
}

/** Fill a row; its link stays the same element, so that it keeps the focus. */
function fill(node, trace, longest) {
  const link = node.firstChild ?? node.appendChild(el("a", { href: `/trace/${trace.id}` }));
  const others = trace.services.filter((name) => name !== trace.root);
  const tone = trace.status >= 500 ? "failed" : trace.status >= 400 ? "refused" : trace.status >= 300 ? "" : "good";
  const took = el("span", { class: "took", title: "The whole trace, from its first span to its last" }, duration(trace.duration), el("i", { "aria-hidden": "true" }));
  took.lastChild.style.setProperty("--share", `${Math.max((100 * trace.duration) / longest, 1).toFixed(1)}%`);
  link.replaceChildren(
    moment(trace.start),
    el("span", { class: "what" },
      el("span", { class: "title" }, trace.method && el("b", { class: "captured" }, trace.method), el("span", { class: "captured" }, trace.title || "unnamed")),
      el("span", { class: "services" }, [trace.root, ...others].filter(Boolean).map((name) => el("span", { class: name === trace.root ? "captured root" : "captured" }, name)))),
    el("span", { class: `outcome ${tone}` }, trace.status && el("span", { class: "pill", title: "Status of the first request" }, String(trace.status))),
    el("span", { class: "counts" }, counted(trace.spans, "span"), trace.failed > 0 && el("span", { class: "alarm" }, `${number(trace.failed)} failed`)),
    took,
  );
}

function moment(milliseconds) {
  const at = new Date(milliseconds);
  if (Number.isNaN(at.getTime())) return el("time", {}, "unknown");
  const two = (value) => String(value).padStart(2, "0");
  const clock = [at.getHours(), at.getMinutes(), at.getSeconds()].map(two).join(":");
  const today = at.toDateString() === new Date().toDateString();
  const day = `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
  return el("time", { datetime: at.toISOString(), title: at.toISOString() }, !today && el("span", { class: "day" }, day), el("b", {}, clock), `.${String(at.getMilliseconds()).padStart(3, "0")}`);
}

/** Say why there is nothing, and what to do. */
function sayNothing(nothing, empty, complete) {
  $("nothing").hidden = !nothing;
  if (!nothing) return;
  const way = (text, command) => [el("dt", {}, text), el("dd", {}, el("pre", {}, command))];
  $("nothing").replaceChildren(
    ...(empty
      ? [
          el("h2", {}, "Nothing is recorded yet"),
          el("p", {}, "Traces show up here as they arrive. To send some:"),
          el("dl", {}, way("Name this collector, for anything that speaks OpenTelemetry", `export OTEL_EXPORTER_OTLP_ENDPOINT=${location.origin}\nexport OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf`), way("then run a service or a command with its requests recorded", "otelhook run --service NAME -- COMMAND")),
        ]
      : [el("h2", {}, complete ? "No trace fits this search" : "The search took too long"), el("p", {}, complete ? "Traces that fit it show up here as they arrive." : "Ask for a service, an operation or a shorter time."), button("Clear the search", clear)]),
  );
}

// -- keys --------------------------------------------------------------------------------------

const links = () => [...$("traces").querySelectorAll("a")];

/** Move the focus over the rows; from elsewhere it goes to the first one. */
function move(by) {
  const all = links();
  const here = all.indexOf(document.activeElement);
  const to = all[here < 0 ? 0 : Math.min(Math.max(here + by, 0), all.length - 1)];
  to?.focus();
  to?.scrollIntoView({ block: "nearest" });
}

function escape() {
  if (FIELDS.some((name) => $(name).value)) clear();
}

const KEYS = {
  j: () => move(1),
  k: () => move(-1),
  ArrowDown: () => move(1),
  ArrowUp: () => move(-1),
  Home: () => move(-Infinity),
  End: () => move(Infinity),
  Escape: escape,
  "/": () => $("what").select(),
  p: () => toggleLive(),
  t: () => switchTheme(),
  "?": () => $("keys").showModal(),
};

function onKey(event) {
  if (event.ctrlKey || event.metaKey || event.altKey || $("keys").open) return;
  if (event.target.matches("input, select")) {
    if (event.key === "Escape") {
      event.preventDefault(); // which would empty a search field
      event.target.blur();
      move(0);
    }
    return;
  }
  const action = KEYS[event.key];
  if (!action) return;
  event.preventDefault();
  action();
}

// -- live, looks, start ------------------------------------------------------------------------

function toggleLive() {
  $("live").setAttribute("aria-pressed", String(!isLive()));
  refresh();
}

function switchTheme() {
  const root = document.documentElement;
  const now = root.dataset.theme ?? (dark.matches ? "dark" : "light");
  root.dataset.theme = now === "dark" ? "light" : "dark";
  attempt(() => localStorage.setItem("otelhook-theme", root.dataset.theme));
}

function start() {
  const theme = attempt(() => localStorage.getItem("otelhook-theme"));
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
  followAddress();
  $("search").addEventListener("submit", (event) => {
    event.preventDefault();
    search();
  });
  $("search").addEventListener("change", (event) => {
    if (event.target === $("service")) {
      $("operation").value = "";
      offer();
    }
    search();
  });
  $("search").addEventListener("input", dress);
  $("clear").addEventListener("click", clear);
  $("more").addEventListener("click", () => {
    limit = Math.min(limit * 2, 500);
    refresh({ anew: true });
  });
  $("live").addEventListener("click", toggleLive);
  $("theme").addEventListener("click", switchTheme);
  $("help").addEventListener("click", () => $("keys").showModal());
  document.addEventListener("keydown", onKey);
  document.addEventListener("visibilitychange", () => document.hidden || refresh());
  addEventListener("popstate", () => {
    followAddress();
    refresh({ anew: true });
    offer();
  });
  offer();
  refresh({ anew: true });
}

start();
