"""The interactive page with 5,000 steps beside the same diagram drawn by mermaid."""

from __future__ import annotations

import json
import statistics
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from otelhook.render import render
from otelhook.render.mermaid.diagram import mermaid_parts

sys.path[:0] = [str(Path(__file__).parents[1] / name) for name in ("html", "browser")]

import devtools  # type: ignore[import-not-found]  # noqa: E402
from documents import many_steps  # type: ignore[import-not-found]  # noqa: E402
from fetch_scripts import VERSIONS, cache_folder  # type: ignore[import-not-found]  # noqa: E402

__all__ = ["run"]

_PATIENCE = 300.0
"""Seconds: mermaid holds its page's thread for as long as it draws."""

_MERMAID = """<!doctype html><meta charset=utf-8><body><script src="%s"></script><script>
const text = %s;
mermaid.initialize({startOnLoad: false, maxTextSize: 1e8});
mermaid.render("diagram", text).then(({svg}) => {
  document.body.innerHTML = svg;
  document.body.getBoundingClientRect();
  document.documentElement.dataset.ready = performance.now();
});
</script>"""


def run(steps: int = 5000, loads: int = 5) -> str:
    """Return the table, or why it cannot be made here."""
    chromium = devtools.find_chromium()
    library = cache_folder() / f"mermaid-{VERSIONS['11']}.min.js"
    if chromium is None or not library.is_file():
        return "Viewer: skipped, needs Chromium and npm's mermaid (make browser says how)"
    devtools.DEADLINE = _PATIENCE
    document = many_steps(steps)
    (diagram,) = mermaid_parts(document, 10**9)
    with TemporaryDirectory() as name:
        folder = Path(name)
        ours = folder / "ours.html"
        ours.write_bytes(_encoded(render(document, "html")))
        theirs = folder / "mermaid.html"
        text = json.dumps(diagram).replace("<", "\\u003c")
        theirs.write_text(_MERMAID % (library.as_uri(), text), encoding="utf-8")
        browser = devtools.Browser(chromium, folder / "profile")
        try:
            # Mermaid once: it takes many seconds, and its spread is small beside the ratio.
            slow = _ready(browser, theirs)
            quick = [_ready(browser, ours) for _ in range(loads + 1)][1:]
        finally:
            browser.close()
    middle = statistics.median(quick)
    return (
        f"Viewer, {steps} steps in Chromium: milliseconds from navigation to ready\n"
        f"  mermaid {VERSIONS['11']:28}{slow:9.0f}\n"
        f"  otelhook's page {'':20}{middle:9.0f}  ({min(quick):.0f} to {max(quick):.0f})"
        f"   ratio {middle / slow:.4f}"
    )


def _encoded(text: str | bytes) -> bytes:
    return text.encode() if isinstance(text, str) else text


def _ready(browser: devtools.Browser, page: Path) -> float:
    tab = browser.page()
    try:
        tab.open(page.as_uri())
        return float(tab.js("document.documentElement.dataset.ready"))
    finally:
        tab.close()
