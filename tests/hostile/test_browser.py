"""Every format for a browser in Chromium: no text runs, asks for anything, or offers to."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from otelhook.otlp import encode_traces
from otelhook.render import render
from otelhook.render.markdown.diagrams import DiagramKind
from otelhook.render.markdown.mkdocs import mkdocs_pages
from otelhook.render.markdown.page import render_markdown
from otelhook.sequence.document import Document
from tests.browser.fetch_scripts import VERSIONS, cache_folder
from tests.collect.conftest import Collectors
from tests.hostile.drawing import (
    DRAWN,
    HANDED,
    HARMLESS,
    NOTING,
    diagrams_in,
    draw,
    open_drawing,
)
from tests.hostile.looking import found_after, found_in
from tests.hostile.payloads import DIAGRAMS, MARK, PAYLOADS, TEMPLATES
from tests.hostile.traces import hostile_trace

pytestmark = [pytest.mark.chromium, pytest.mark.timeout(600)]

CONFIG = (Path(__file__).parents[1] / "pages" / "mkdocs.yml").read_text(encoding="utf-8")
LOOKED_AT = {"whole.html", "index.html", "body.html"}
PARTS = "exclude_docs: |\n  diagram*.md\n  log.md\n"
"""Of a page that is looked at: included in it, and no pages of their own."""
PLUGINS = {"mkdocs": "plugins:\n  - search\n  - macros", "zensical": "plugins: []"}


def file_name(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower())


def test_there_are_enough_of_them() -> None:
    assert len(PAYLOADS) >= 60


def test_what_looks_for_them_finds_them(page: Any, tmp_path: Path) -> None:
    """A page that lets all of it be is caught at each."""
    for number, (text, found) in enumerate(
        [
            (f"<script>console.log('{MARK}')</script>", "ran"),
            ("<img src=http://evil.example/i>", "asked for http://evil.example/i"),
            ("<a href='javascript:1'>x</a>", "offers A href=javascript:1"),
            ("<b onclick=x>y</b>", "offers B onclick=x"),
        ]
    ):
        path = tmp_path / f"{number}.html"
        path.write_text(f"<!doctype html><title>x</title>{text}")
        assert found in found_in(page, path.as_uri())


@pytest.mark.parametrize("form", ["html", "svg"])
def test_a_file_does_nothing(
    documents: Mapping[str, Document], page: Any, tmp_path: Path, form: str
) -> None:
    found: dict[str, list[str]] = {}
    for name, document in documents.items():
        path = tmp_path / f"{file_name(name)}.{form}"
        made = render(document, form)
        assert isinstance(made, str)
        path.write_text(made, encoding="utf-8")
        found[name] = found_in(page, path.as_uri())
    assert {name: what for name, what in found.items() if what} == {}


@pytest.fixture(scope="module")
def mermaid() -> str:
    """Official mermaid: without one of its own a site's theme loads another's."""
    script = cache_folder() / f"mermaid-{VERSIONS['11']}.min.js"
    if not script.exists():
        pytest.skip("no mermaid: run python tests/browser/fetch_scripts.py (needs npm)")
    return script.read_text(encoding="utf-8")


def pages_of(name: str, document: Document) -> Mapping[str, str]:
    """Return the pages of a document; the form that includes its parts where that matters."""
    pages = {"whole.md": render_markdown(document)}
    if name in TEMPLATES or "title" in name:
        pages |= mkdocs_pages(document, file_name(name), DiagramKind.BOTH)
    return pages


def test_what_draws_diagrams_finds_what_they_do(page: Any, tmp_path: Path, mermaid: str) -> None:
    open_drawing(page, mermaid, tmp_path)
    before = "sequenceDiagram\nparticipant a\n"
    assert draw(page, [f"{before}a->>a: x"]) == []
    assert draw(page, [f"{before}link a: x @ ftp://evil.example"]) == [
        "offers a href=ftp://evil.example"
    ]


def test_no_diagram_does_anything(
    documents: Mapping[str, Document], page: Any, tmp_path: Path, mermaid: str
) -> None:
    open_drawing(page, mermaid, tmp_path)
    texts = {name: diagrams_in(render_markdown(made)) for name, made in documents.items()}
    assert all(texts.values())
    found = {name: draw(page, drawn) for name, drawn in texts.items()}
    assert {name: what for name, what in found.items() if what} == {}


@pytest.mark.parametrize("engine", PLUGINS)
def test_a_site_does_nothing(
    documents: Mapping[str, Document], page: Any, tmp_path: Path, mermaid: str, engine: str
) -> None:
    """The diagrams of those that are made for them are drawn in it, and of the others noted."""
    if find_spec(engine) is None:
        pytest.skip(f"needs {engine}: pip install {engine}")
    texts = {"index.md": "# Traces\n", "javascripts/mermaid.min.js": mermaid}
    for name, document in documents.items():
        texts |= {f"{file_name(name)}/{k}": v for k, v in pages_of(name, document).items()}
    site = built_site(tmp_path, engine, texts)
    found: dict[str, list[str]] = {}
    for name in DIAGRAMS:
        found |= found_in_pages_of(page, site, name)
    page.call("Page.addScriptToEvaluateOnNewDocument", source=NOTING)
    for name in documents.keys() - DIAGRAMS.keys():
        drawn = set(diagrams_in(texts[f"{file_name(name)}/whole.md"]))
        found |= found_in_pages_of(page, site, name, drawn)
    assert len(found) >= len(documents)
    assert {name: what for name, what in found.items() if what} == {}


def built_site(folder: Path, engine: str, texts: Mapping[str, str]) -> Path:
    """Build a site of these files and return where it is."""
    for file, text in texts.items():
        path = folder / "docs" / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    config = CONFIG.replace("plugins: []", PLUGINS[engine]) + PARTS
    (folder / "mkdocs.yml").write_text(config, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", engine, "build"],
        cwd=folder,
        env={"NO_MKDOCS_2_WARNING": "1", "PATH": "", "LC_ALL": "C.UTF-8"},
        capture_output=True,
        check=False,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "site"


def found_in_pages_of(
    page: Any, site: Path, name: str, drawn: set[str] | None = None
) -> dict[str, list[str]]:
    """Return by page what it did; with ``drawn``, also what it would draw that is none of those."""
    found: dict[str, list[str]] = {}
    for built in (site / file_name(name)).glob("*.html"):
        assert built.name in LOOKED_AT
        what = found_in(page, built.as_uri())
        page.wait(DRAWN)
        what += found_after(page, ("file://", "data:"))
        if drawn is not None and built.name in {"index.html", "whole.html"}:
            what += unlike_those_drawn(page.js(HANDED), drawn)
        if name in TEMPLATES and built.name in {"index.html", "whole.html"}:
            # What would be calculated by a template is still there, but for the space within.
            shown = page.js("document.body.textContent").replace("\u200b", "")
            what += [] if _told(name) in shown else ["changed it"]
        found[f"{name}, {built.name}"] = what
    return found


def unlike_those_drawn(handed: Mapping[str, list[str]], drawn: set[str]) -> list[str]:
    texts = {text.strip() for text in handed["texts"]}
    found = [f"sets {one}" for one in handed["settings"] if one not in HARMLESS]
    found += [f"draws {text}" for text in texts - drawn]
    return found + [f"does not draw {text}" for text in drawn - texts]


def _told(name: str) -> str:
    return TEMPLATES[name].split("\n")[0]


def test_the_collectors_pages_do_nothing(collect: Collectors, page: Any) -> None:
    collector = collect()
    for number, text in enumerate(PAYLOADS.values(), 1):
        assert collector.post(encode_traces(hostile_trace(text, number))).status == 200
    own = (collector.http, "data:")
    found = {"the list": found_in(page, f"{collector.http}/?limit=200", own)}
    page.wait(f"document.querySelectorAll('#traces li').length === {len(PAYLOADS)}")
    found["the rows"] = found_after(page, own)
    for number, name in enumerate(PAYLOADS, 1):
        found[name] = found_in(page, f"{collector.http}/trace/{number:032x}", own)
        assert page.js("document.querySelectorAll('.step, [id^=step]').length") > 0
    assert {name: what for name, what in found.items() if what} == {}
