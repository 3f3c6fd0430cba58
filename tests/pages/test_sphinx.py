"""The page in reStructuredText, and the extension, as Sphinx builds them."""

from __future__ import annotations

import html
import re
import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from otelhook.render.rst import render_rst
from otelhook.sequence.document import Document, Note
from tests.day.environments import ROOT, environment

pytestmark = pytest.mark.timeout(600)

CONFIG = """\
project = "shop"
extensions = ["sphinxcontrib.mermaid", "otelhook.documentation.sphinx_extension"]
mermaid_output_format = "raw"
"""
TRACE = ROOT / "tests" / "openstack" / "recorded" / "resource-provider-create.json"


@pytest.fixture(scope="session")
def sphinx() -> Path:
    """The program, from PyPI."""
    try:
        return environment("sphinx", ["sphinx", "sphinxcontrib-mermaid"]) / "sphinx-build"
    except RuntimeError as error:
        pytest.skip(f"Sphinx cannot be had: {error}")


@pytest.fixture
def build(sphinx: Path, tmp_path: Path) -> Callable[..., tuple[int, str]]:
    """Build pages by name, each warning an error; returns the exit code and what was said."""

    def built(pages: Mapping[str, str], further: str = "") -> tuple[int, str]:
        listed = "".join(f"   {name}\n" for name in pages)
        texts = {**pages, "index": f"Shop\n====\n\n.. toctree::\n\n{listed}"}
        for name, text in texts.items():
            (tmp_path / f"{name}.rst").write_text(text, "utf-8")
        (tmp_path / "conf.py").write_text(CONFIG + further, "utf-8")
        words = ["-q", "-W", "--keep-going", "-b", "html", str(tmp_path), str(tmp_path / "site")]
        done = subprocess.run([sphinx, *words], capture_output=True, text=True, check=False)
        return done.returncode, done.stderr

    return built


def _shown(path: Path) -> str:
    """Return what a page says; nothing in it acts."""
    page = path.read_text("utf-8").partition('role="main"')[2].partition("sphinxsidebar")[0]
    for tag in ("<img", "<script", "<iframe", "<form", 'href="javascript:'):
        assert tag not in page
    return html.unescape(re.sub(r"<[^>]+>", "", page))


def test_hostile_documents_are_built_without_a_warning_and_say_all_their_steps(
    build: Callable[..., tuple[int, str]], hostile: Callable[..., Document], tmp_path: Path
) -> None:
    documents = {f"page{number}": hostile(number) for number in range(40)}
    assert build({name: render_rst(document) for name, document in documents.items()}) == (0, "")
    for name, document in documents.items():
        text = _shown(tmp_path / "site" / f"{name}.html")
        for step in document.steps:
            assert f"({step.number})" in text


def test_a_note_is_rst_on_the_page(
    build: Callable[..., tuple[int, str]], seed: Document, tmp_path: Path
) -> None:
    words = "Sends `disk_format`, see **(12)**, *soon* and [the docs](https://x.example/a_b).\n\n"
    words += "* one\n* two `x``y`\n\n> quoted\n\n```json\n{}\n```\n<b>raw</b> |x| _y_ `z"
    notes = (Note(5, 5, words, "A title", "https://x.example/", markdown=True),)
    assert build({"page": render_rst(replace(seed, notes=notes))}) == (0, "")
    page = (tmp_path / "site" / "page.html").read_text("utf-8")
    assert "<strong>(12)</strong>" in page
    assert "<em>soon</em>" in page
    assert 'href="https://x.example/a%5Fb"' in page or 'href="https://x.example/a_b"' in page
    assert "&lt;b&gt;raw&lt;/b&gt;" in page


def test_lines_that_follow_a_value_are_emphasised(
    build: Callable[..., tuple[int, str]], snapshots: Mapping[str, Document], tmp_path: Path
) -> None:
    document = snapshots["refined"]
    assert document.highlights
    assert build({"page": render_rst(document)}) == (0, "")
    assert 'class="hll"' in (tmp_path / "site" / "page.html").read_text("utf-8")


def test_the_extension_puts_traces_in_their_places(
    build: Callable[..., tuple[int, str]], tmp_path: Path
) -> None:
    line = f".. otelhook:: --from {TRACE}"
    code, said = build({"page": f"Create\n======\n\nHow\n---\n\n{line}\n\nMore\n----\n\n{line}\n"})
    assert (code, said) == (0, "")
    page = (tmp_path / "site" / "page.html").read_text("utf-8")
    assert page.count("POST /resource_providers") >= 4
    assert page.count('class="mermaid"') == 2
    levels = re.findall(r"<h([1-6])>([^<]+)<", page)
    assert ("3", "openstack resource provider create rack-1") in levels
    assert ("2", "More") in levels


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (".. otelhook:: --from absent.json", "absent.json"),
        (".. otelhook:: run -- python x.py", "'run' needs the site's leave"),
    ],
)
def test_what_cannot_be_rendered_stops_the_build(
    build: Callable[..., tuple[int, str]], line: str, said: str
) -> None:
    code, told = build({"page": f"Create\n======\n\n{line}\n"})
    assert code != 0
    assert said in told


def test_a_command_is_run_by_the_sites_leave(
    build: Callable[..., tuple[int, str]], tmp_path: Path
) -> None:
    shutil.copy(ROOT / "tests" / "documentation" / "example.py", tmp_path)
    page = "Create\n======\n\n.. otelhook:: run -- python example.py\n"
    assert build({"page": page}, "otelhook_commands = True\n") == (0, "")
    text = _shown(tmp_path / "site" / "page.html")
    assert "GET /bicycles" in text
    assert "made today" in text
