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
from tests.hostile.looking import found_after, found_in
from tests.hostile.payloads import MARK, PAYLOADS, TEMPLATES
from tests.hostile.traces import hostile_trace

pytestmark = [pytest.mark.chromium, pytest.mark.timeout(600)]

CONFIG = (Path(__file__).parents[1] / "pages" / "mkdocs.yml").read_text(encoding="utf-8")
LOOKED_AT = {"whole.html", "index.html", "body.html"}
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


@pytest.mark.parametrize("engine", PLUGINS)
def test_a_site_does_nothing(
    documents: Mapping[str, Document], page: Any, tmp_path: Path, mermaid: str, engine: str
) -> None:
    if find_spec(engine) is None:
        pytest.skip(f"needs {engine}: pip install {engine}")
    docs = tmp_path / "docs"
    texts = {"index.md": "# Traces\n", "javascripts/mermaid.min.js": mermaid}
    for name, document in documents.items():
        texts |= {f"{file_name(name)}/{k}": v for k, v in pages_of(name, document).items()}
    for file, text in texts.items():
        (docs / file).parent.mkdir(parents=True, exist_ok=True)
        (docs / file).write_text(text, encoding="utf-8")
    config = CONFIG.replace("plugins: []", PLUGINS[engine])
    (tmp_path / "mkdocs.yml").write_text(config, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", engine, "build"],
        cwd=tmp_path,
        env={"NO_MKDOCS_2_WARNING": "1", "PATH": "", "LC_ALL": "C.UTF-8"},
        capture_output=True,
        check=False,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    found: dict[str, list[str]] = {}
    for name in documents:
        for built in (tmp_path / "site" / file_name(name)).glob("*.html"):
            if built.name not in LOOKED_AT:  # parts of one that is looked at
                continue
            found[f"{name}, {built.name}"] = found_in(page, built.as_uri())
            if name in TEMPLATES and built.name in {"index.html", "whole.html"}:
                # What would be calculated by a template is still there, but for the space within.
                shown = page.js("document.body.textContent").replace("\u200b", "")
                found[f"{name}, {built.name}"] += [] if _told(name) in shown else ["changed it"]
    assert len(found) >= len(documents)
    assert {name: what for name, what in found.items() if what} == {}


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
