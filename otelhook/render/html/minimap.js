// The whole diagram beside its window: how many of the steps at a height failed, matches as marks,
// the window as a box.

const MAP_ROOM = 30; // pixels beside the diagram
const MAP_LEAST = 2.5; // how many windows high the diagram is before a map helps
const MAP_BAND = 2; // pixels of height that steps are counted in together

const MAP_TONES = ["refused", "failed"]; // the later over the earlier
let mapColours; // of the theme, read from the style when they are first needed

/** The page's colours of the map's marks, as a canvas takes them. */
function coloursOfMap() {
  mapColours ??= Object.fromEntries(["lifeline", ...MAP_TONES, "found-edge"].map((name) => [name, colourOf(name)]));
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
  const bands = mapBands(Math.max(1, Math.floor(height / MAP_BAND)));
  const mark = (name, left, wide, high = MAP_BAND) => bands.forEach((band, index) => {
    const share = band.steps && wide(band);
    if (!share) return;
    pen.fillStyle = coloursOfMap()[name];
    pen.globalAlpha = name === "lifeline" ? 1 : 0.3 + 0.7 * share;
    const room = width - left - 2;
    pen.fillRect(width - 1 - room * share, index * MAP_BAND, room * share, high);
  });
  mark("lifeline", 7, () => 1, 1);
  for (const tone of MAP_TONES) {
    // Of long traces each band has a failure: their shares say where most of them are.
    const most = bands.reduce((found, band) => Math.max(found, shareOf(band, tone)), 0);
    mark(tone, 5, (band) => shareOf(band, tone) && Math.max(0.3, shareOf(band, tone) / most));
  }
  pen.globalAlpha = 1;
  pen.fillStyle = coloursOfMap()["found-edge"];
  bands.forEach((band, index) => band.found && pen.fillRect(1, index * MAP_BAND, 4, MAP_BAND));
  moveMapWindow();
}

const shareOf = (band, tone) => (band.steps ? band[tone] / band.steps : 0);

/** The steps at each height of the map, those of folded groups too: how many, and what became of them. */
function mapBands(count) {
  const bands = Array.from({ length: count }, () => ({ steps: 0, refused: 0, failed: 0, found: 0 }));
  for (const [index, row] of rows.entries()) {
    const band = bands[Math.min(count - 1, Math.floor((tops[index] / tops.at(-1)) * count))];
    for (const step of stepsOfRow(row)) {
      band.steps += 1;
      if (MAP_TONES.includes(toneOf(step))) band[toneOf(step)] += 1;
      if (matching.has(step.n)) band.found += 1;
    }
  }
  return bands;
}

function stepsOfRow(row) {
  if (row.kind === "step") return [row.step];
  return row.kind === "open" && folded.has(row.group) ? stepsIn(row.group) : [];
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
