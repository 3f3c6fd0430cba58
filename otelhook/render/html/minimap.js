// The whole diagram beside its window: failures and matches as marks, the window as a box.

const MAP_ROOM = 30; // pixels beside the diagram
const MAP_LEAST = 2.5; // how many windows high the diagram is before a map helps

const MAP_ORDER = { lifeline: 0, refused: 1, failed: 2, "found-edge": 3 };
let mapColours; // of the theme, read from the style when they are first needed

/** The page's colours of the map's marks, as a canvas takes them. */
function coloursOfMap() {
  mapColours ??= Object.fromEntries(Object.keys(MAP_ORDER).map((name) => [name, colourOf(name)]));
  return mapColours;
}

/** With another theme they are others. */
function forgetMapColours() {
  mapColours = undefined;
  drawMap();
}

function colourOf(name) {
  const probe = el("span", { class: "offscreen" });
  probe.style.color = `var(--${name})`;
  document.body.append(probe);
  const colour = getComputedStyle(probe).color;
  probe.remove();
  return colour;
}

const needsMap = () => !narrow.matches && rows.length > 0 && tops.at(-1) > $("diagram").clientHeight * MAP_LEAST;

function drawMap() {
  $("map").hidden = !needsMap();
  if (!needsMap()) return;
  const canvas = $("map-marks");
  const [width, height] = [$("map").clientWidth, $("map").clientHeight];
  const sharp = devicePixelRatio || 1;
  [canvas.width, canvas.height] = [width * sharp, height * sharp];
  const pen = canvas.getContext("2d");
  pen.scale(sharp, sharp);
  const colours = coloursOfMap();
  const marks = rows.map((row, index) => ({ kind: markOf(row), top: (tops[index] / tops.at(-1)) * height }));
  for (const { kind, top } of marks.filter(({ kind }) => kind).sort((a, b) => MAP_ORDER[a.kind] - MAP_ORDER[b.kind])) {
    pen.fillStyle = colours[kind];
    pen.fillRect(kind === "lifeline" ? 4 : 1, top, kind === "lifeline" ? width - 8 : width - 2, kind === "lifeline" ? 1 : 2);
  }
  moveMapWindow();
}

function markOf(row) {
  if (row.kind !== "step") return "";
  if (matching.has(row.step.n)) return "found-edge";
  const tone = toneOf(row.step);
  return tone === "failed" || tone === "refused" ? tone : "lifeline";
}

function moveMapWindow() {
  const pane = $("diagram");
  if ($("map").hidden || !rows.length) return;
  const scale = $("map").clientHeight / tops.at(-1);
  place($("map-window"), undefined, undefined, pane.scrollTop * scale, Math.max(8, pane.clientHeight * scale));
}

function setUpMap() {
  dark.addEventListener("change", forgetMapColours);
  const jump = (event) => {
    const box = $("map").getBoundingClientRect();
    const pane = $("diagram");
    pane.scrollTop = ((event.clientY - box.top) / box.height) * tops.at(-1) - pane.clientHeight / 2;
  };
  $("map").addEventListener("pointerdown", (event) => {
    $("map").setPointerCapture(event.pointerId);
    jump(event);
  });
  $("map").addEventListener("pointermove", (event) => $("map").hasPointerCapture(event.pointerId) && jump(event));
}
