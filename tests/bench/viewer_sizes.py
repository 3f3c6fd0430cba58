"""The interactive page of long traces: ready, answering keys, and printed."""

from __future__ import annotations

import json
import statistics
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from otelhook.render import render

sys.path[:0] = [str(Path(__file__).parents[1] / "html")]

import devtools  # type: ignore[import-not-found]  # noqa: E402
from documents import many_steps  # type: ignore[import-not-found]  # noqa: E402

__all__ = ["run"]

_PATIENCE = 300.0
_KEYS = ("j", "k", "End", "Home", "e", "E", "m", "z", "z", "f", "f", "b", "b")
"""Those that walk, go to failures, fold and unfold, and show the response beside its request."""

_PRESSED = """(() => {
  const target = document.getElementById("rows"), took = [];
  for (const key of %s) {
    const began = performance.now();
    target.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
    target.getBoundingClientRect();
    took.push(performance.now() - began);
  }
  return took;
})()"""
"""Milliseconds of each key, the layout that it asks for included."""


def run(short: int = 5_000, long: int = 20_000, printed: int = 2_000, loads: int = 3) -> str:
    """Return the table, or why it cannot be made here."""
    chromium = devtools.find_chromium()
    if chromium is None:
        return "Viewer's sizes: skipped, needs Chromium"
    devtools.DEADLINE = _PATIENCE
    with TemporaryDirectory() as name:
        pages = {steps: _written(Path(name), steps) for steps in (printed, short, long)}
        browser = devtools.Browser(chromium, Path(name) / "profile")
        try:
            ready = {steps: _ready(browser, pages[steps], loads) for steps in (short, long)}
            keys = {steps: _keys(browser, pages[steps]) for steps in (short, long)}
            as_paper = _printed(browser, pages[printed])
        finally:
            browser.close()
    rows = [
        f"  {steps:6,} steps {ready[steps]:18.0f} {statistics.median(keys[steps]):14.1f}"
        f" {max(keys[steps]):14.1f}"
        for steps in (short, long)
    ]
    ratio = ready[long] / ready[short]
    return "\n".join(
        [
            "Viewer's sizes, in Chromium: milliseconds",
            "                     ready, median    key, median   key, slowest",
            *rows,
            (
                f"  {long:,} steps are ready in {ratio:.2f} times the time of {short:,} (aim 2.00),"
                f" and the slowest key takes {max(keys[long]):.0f} ms (aim 100)"
            ),
            f"  {printed:,} steps are {as_paper} (aim 10 s)",
        ]
    )


def _written(folder: Path, steps: int) -> Path:
    page = folder / f"{steps}.html"
    page.write_text(str(render(many_steps(steps), "html")), "utf-8")
    return page


def _ready(browser: devtools.Browser, page: Path, loads: int) -> float:
    """Return the median of the times from navigation to ready; the first load is not counted."""
    found: list[float] = []
    for _ in range(loads + 1):
        tab = browser.page()
        tab.open(page.as_uri())
        found.append(float(tab.js("document.documentElement.dataset.ready")))
        tab.close()
    return statistics.median(found[1:])


def _keys(browser: devtools.Browser, page: Path) -> list[float]:
    tab = browser.page()
    tab.open(page.as_uri())
    took = [float(each) for each in tab.js(_PRESSED % json.dumps(_KEYS))]
    tab.close()
    return took


def _printed(browser: devtools.Browser, page: Path) -> str:
    """Return in how many seconds a page is printed, and the size of that."""
    tab = browser.page()
    tab.open(page.as_uri())
    began = time.perf_counter()
    try:
        size = len(tab.pdf())
    except TimeoutError:
        return f"not printed within {_PATIENCE:.0f} s"
    seconds = time.perf_counter() - began
    tab.close()
    return f"printed in {seconds:.1f} s, {size / 1e6:.1f} MB"
