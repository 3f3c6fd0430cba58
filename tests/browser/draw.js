// Runs in the page: draws each diagram with mermaid and reads the texts back from the SVG.
"use strict";

async function drawn(diagram) {
  const found = { id: diagram.id };
  try {
    await mermaid.parse(diagram.text);
  } catch (error) {
    return { ...found, error: `parse: ${error.message ?? error}` };
  }
  const host = document.getElementById("host");
  try {
    const { svg } = await mermaid.render(`diagram-${drawn.count++}`, diagram.text);
    host.innerHTML = svg;
    const all = (selector) => [...host.querySelectorAll(selector)];
    const texts = (selector) => all(selector).map((element) => element.textContent);
    found.tooLarge = host.textContent.includes("Maximum text size");
    found.actors = all("rect.actor-top")
      .map((box) => [box.getBoundingClientRect().x, [...box.parentNode.querySelectorAll("text")].map((line) => line.textContent)])
      .sort(([left], [right]) => left - right)
      .flatMap(([, lines]) => lines);
    found.messages = texts("text.messageText");
    found.notes = texts("text.noteText");
    found.frames = texts("text.loopText");
    found.kinds = texts("text.labelText");
    found.numbers = texts("text.sequenceNumber");
    found.active = all("script, iframe, a, img, foreignObject, [onload], [onerror]").length;
    const [, , width, height] = host.querySelector("svg").getAttribute("viewBox").split(" ");
    found.size = [Number(width), Number(height)];
  } catch (error) {
    found.error = `render: ${error.message ?? error}`;
  }
  host.innerHTML = "";
  return found;
}
drawn.count = 0;

async function drawAll(diagrams) {
  mermaid.initialize({ startOnLoad: false, logLevel: 5, suppressErrorRendering: true });
  const found = [];
  for (const diagram of diagrams) found.push(await drawn(diagram));
  const out = document.createElement("pre");
  out.id = "out";
  out.textContent = JSON.stringify(found);
  document.body.replaceChildren(out);
}
