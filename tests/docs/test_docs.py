"""The documentation: it builds strictly, its links lead somewhere, its commands are run."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from docs.generate.commands import COMMANDS
from docs.generate.protocols import SAMPLES
from otelhook.render import FORMATS
from otelhook.sequence import Protocol
from otelhook.sequence.annotations.notes import parse_notes
from otelhook.sequence.transforms.filters import parse_rules
from tests.docs.service import serving
from tests.docs.shell import Sandbox, console_commands, shell_lines, titled_files

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

ROOT = Path(__file__).parent.parent.parent
WRITTEN = ROOT / "docs" / "pages"
PAGES = {path.relative_to(WRITTEN).as_posix(): path for path in sorted(WRITTEN.rglob("*.md"))}

RUN = [name for name, path in PAGES.items() if "```console" in path.read_text(encoding="utf-8")]


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built as ``make docs`` builds it."""
    pytest.importorskip("material", reason="needs mkdocs-material: pip install mkdocs-material")
    folder = tmp_path_factory.mktemp("docs")
    environ = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    for command in (
        ["-m", "docs.generate", str(folder / "build" / "docs")],
        ["-m", "mkdocs", "build", "--strict", "-f", str(folder / "mkdocs.yml")],
    ):
        (folder / "mkdocs.yml").write_text((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))
        done = subprocess.run(
            [sys.executable, *command],
            cwd=ROOT,
            env=environ,
            capture_output=True,
            check=False,
            text=True,
        )
        assert done.returncode == 0, done.stdout + done.stderr
    return folder / "build" / "site"


class _Links(HTMLParser):
    """Collects where a page leads, and its anchors."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.targets: list[str] = []
        self.anchors: set[str] = set()
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        self.anchors |= {values.get("id", "")}
        if tag == "a" and values.get("href"):
            self.targets.append(values["href"])


def _broken(site: Path) -> Iterator[str]:
    pages = {
        path: _Links(path.read_text(encoding="utf-8"))
        for path in site.rglob("*.html")
        if not path.name.endswith("-page.html") and path.name != "404.html"
    }
    for path, links in pages.items():
        for target in links.targets:
            parts = urlsplit(target)
            if parts.scheme or parts.netloc or not (parts.path or parts.fragment):
                continue
            there = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            anchors = pages[there].anchors if there in pages else {parts.fragment}
            if not there.exists() or (parts.fragment and unquote(parts.fragment) not in anchors):
                yield f"{path.relative_to(site)}: {target}"


def test_it_builds_strictly_and_every_link_inside_leads_somewhere(site: Path) -> None:
    assert (site / "index.html").exists()
    assert sorted(_broken(site)) == []


@pytest.mark.parametrize("name", ["demo", "openstack", "shop"])
def test_an_examples_diagrams_are_pictures_that_need_no_script_and_no_network(
    site: Path, name: str
) -> None:
    text = (site / "examples" / f"{name}.html").read_text(encoding="utf-8")
    assert 'class="otelhook-picture"' in text
    assert 'class="mermaid"' not in text


def test_a_path_in_the_title_of_a_block_breaks_on_a_phone(site: Path) -> None:
    style = (site / "assets" / "titles.css").read_text(encoding="utf-8")
    assert ".filename" in style
    assert "assets/titles.css" in (site / "examples" / "demo.html").read_text(encoding="utf-8")


def test_every_page_is_in_the_navigation(site: Path) -> None:
    nav = (ROOT / "mkdocs.yml").read_text(encoding="utf-8")
    built = {path.relative_to(site).with_suffix(".md").as_posix() for path in site.rglob("*.html")}
    named = set(re.findall(r"[\w/-]+\.md", nav))
    assert named >= set(PAGES)
    assert {name for name in built if not name.endswith(("-page.md", "404.md"))} <= named


def test_the_reference_has_every_command_format_and_protocol(site: Path) -> None:
    main = subprocess.run(
        [sys.executable, "-m", "otelhook", "--help"], capture_output=True, text=True, check=True
    ).stdout
    assert set(re.findall(r"(?m)^    (\w+) {3,}\w", main)) == set(COMMANDS)
    formats = (site / "reference" / "formats.html").read_text(encoding="utf-8")
    assert [name for name in FORMATS if f"<code>{name}</code>" not in formats] == []
    assert {sample.protocol for sample in SAMPLES} == set(Protocol)


@pytest.mark.parametrize(
    "name", [name for name, path in PAGES.items() if "```console" in path.read_text()]
)
def test_every_console_command_of_a_page_runs(name: str, tmp_path: Path) -> None:
    text = PAGES[name].read_text(encoding="utf-8")
    with serving(started="app.py &" in text or "collect --http" in text) as address:
        sandbox = Sandbox(tmp_path, address)
        for file, content in titled_files(text).items():
            sandbox.write(file, content)
        with sandbox.left_clean():
            for command in console_commands(text):
                sandbox.run(command)


def test_every_other_command_is_listed_with_why_it_is_not_run() -> None:
    listed = tomllib.loads((ROOT / "docs" / "not_run.toml").read_text(encoding="utf-8"))
    texts = [path.read_text(encoding="utf-8") for path in PAGES.values()]
    texts.append((ROOT / "README.md").read_text(encoding="utf-8"))
    found = {line for text in texts for line in shell_lines(text)}
    assert found == set(listed)
    assert all(listed.values())


@pytest.mark.parametrize("name", [*PAGES, "README.md"])
def test_nobody_is_told_to_install_a_name_that_is_free_to_be_taken(name: str) -> None:
    path = PAGES.get(name, ROOT / "README.md")
    assert not re.search(r"pip3? install (?:-\S+ )*'?otelhook", path.read_text(encoding="utf-8"))


def test_the_files_beside_a_trace_are_read_as_they_stand() -> None:
    files = titled_files(PAGES["guide/shaping.md"].read_text(encoding="utf-8"))
    (rule,) = parse_rules(files["hide.toml"], "toml")
    assert rule.matches("client", "127.0.0.1:8000", "GET", "/limits")
    assert rule.matches("client", "keystone", "GET", "/identity/v3/endpoints/6fbbbec7-58")
    assert not rule.matches("client", "keystone", "POST", "/limits")
    (note,) = parse_notes(files["notes.toml"])
    assert (note.method, note.title) == ("POST", "Create image")
    assert note.path is not None
    assert note.path.fullmatch("/v2/images")
    assert set(tomllib.loads(files["names.toml"])) == {"participants", "variables"}
