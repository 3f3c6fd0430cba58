"""Diagrams by official mermaid: each text is drawn once, and a site tells which it hands over.

Of a page's time in the browser two thirds are the drawing of its 25 diagrams, and what a text does
there depends on nothing around it. So a site's theme hands its texts to a mermaid that notes them,
and all texts are drawn by one that draws, in the open: a theme hides a diagram's elements.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection
from pathlib import Path
from typing import Any

from tests.hostile.looking import found_after, found_in

__all__ = ["DRAWN", "HANDED", "HARMLESS", "NOTING", "diagrams_in", "draw", "open_drawing"]

NOTING = """(() => {
  let official;
  window.handed = { settings: [], texts: [] };
  const initialize = (settings) => {
    handed.settings.push(...Object.keys(settings));
    official.initialize(settings);
  };
  const render = async (id, text) => {
    handed.texts.push(text);
    return { svg: "<svg></svg>" };
  };
  Object.defineProperty(window, "mermaid", {
    get: () => official && Object.create(official, {
      initialize: { value: initialize }, render: { value: render },
    }),
    set: (value) => { official = value; },
  });
})()"""
"""Runs before a page's own scripts."""

HANDED = "handed"
"""What was noted: the names of the ``settings``, and the ``texts``."""

DRAWN = "!document.querySelector('pre.mermaid')"
"""Whether a theme has put a diagram in the place of each text."""

HARMLESS = {"startOnLoad", "theme", "themeCSS", "themeVariables", "sequence"}
"""Settings of mermaid, for looks and sizes, that leave what a text may do as it is."""

_FENCE = re.compile(r"^(`{3,}) mermaid\n(.*?)^\1$", re.DOTALL | re.MULTILINE)

_DRAW = """(async (texts) => {
  const host = document.querySelector("main");
  host.replaceChildren();
  for (const [number, text] of texts.entries()) {
    const place = host.appendChild(document.createElement("div"));
    const { svg, bindFunctions } = await mermaid.render(`drawn-${number}`, text);
    place.innerHTML = svg;
    bindFunctions?.(place);
  }
  return host.querySelectorAll(":scope > div > svg").length;
})"""


def diagrams_in(markdown: str) -> tuple[str, ...]:
    """Return the texts of a page's diagrams."""
    return tuple(text.strip() for _, text in _FENCE.findall(markdown))


def open_drawing(page: Any, mermaid: str, folder: Path) -> None:
    """Open a page that has mermaid and nothing else."""
    (folder / "mermaid.js").write_text(mermaid, encoding="utf-8")
    path = folder / "drawing.html"
    path.write_text(
        "<!doctype html><meta charset=utf-8><main></main><script src=mermaid.js></script>",
        encoding="utf-8",
    )
    assert found_in(page, path.as_uri()) == []
    page.js("mermaid.initialize({ startOnLoad: false })")


def draw(page: Any, texts: Collection[str]) -> list[str]:
    """Draw these in the place of those before, and return what of it no text may do."""
    drawn = page.js(f"{_DRAW}({json.dumps(list(texts))})")
    found = [] if drawn == len(texts) else [f"drew {drawn} of {len(texts)}"]
    return found + found_after(page, ("file://", "data:"))
