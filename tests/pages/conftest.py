"""Pages built by MkDocs with Material, and what a reader finds in them."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from otelhook.render.json import from_json
from otelhook.render.shared.plain import one_line
from otelhook.sequence.document import (
    Adjustment,
    Body,
    Command,
    Document,
    Flow,
    Group,
    GroupKind,
    Header,
    Hidden,
    Highlight,
    Mark,
    Note,
    Participant,
    ParticipantKind,
    Redaction,
    StepKind,
    Variable,
)
from otelhook.sequence.passes import refine

pytest.importorskip("material", reason="needs mkdocs-material: pip install mkdocs-material")

HERE = Path(__file__).parent
RENDERED = HERE.parent / "render"
WORDS: list[str] = json.loads((RENDERED / "hostile_words.json").read_text(encoding="utf-8"))
SECRET = "SECRET-CONTENT-OF-A-FILE"

Build = Callable[..., Path]
"""Builds pages by name; returns the folder of the site."""


@pytest.fixture(scope="session")
def snapshots() -> dict[str, Document]:
    """The documents whose pages are among the snapshots."""
    folder = RENDERED / "__snapshots__" / "test_render_json"
    found = {file.stem: from_json(file.read_text("utf-8")) for file in folder.glob("*.json")}
    assert len(found) >= 2
    return found | {"refined": refine(found["test_the_seed_as_json"])}


@pytest.fixture(scope="session")
def seed(snapshots: dict[str, Document]) -> Document:
    return snapshots["test_the_seed_as_json"]


@pytest.fixture(scope="session")
def build(tmp_path_factory: pytest.TempPathFactory) -> Build:
    def built(
        pages: Mapping[str, str], mermaid: Path | None = None, engine: str = "mkdocs"
    ) -> Path:
        folder = tmp_path_factory.mktemp("site")
        docs = folder / "docs"
        (docs / "javascripts").mkdir(parents=True)
        script = "" if mermaid is None else mermaid.read_text(encoding="utf-8")
        (docs / "javascripts" / "mermaid.min.js").write_text(script, encoding="utf-8")
        (docs / "secret.txt").write_text(SECRET, encoding="utf-8")
        (folder / "mkdocs.yml").write_text((HERE / "mkdocs.yml").read_text(), encoding="utf-8")
        for name, text in pages.items():
            (docs / f"{name}.md").parent.mkdir(parents=True, exist_ok=True)
            (docs / f"{name}.md").write_text(text, encoding="utf-8")
        done = subprocess.run(
            [sys.executable, "-m", engine, "build", "--strict"],
            cwd=folder,
            env={"NO_MKDOCS_2_WARNING": "1", "PATH": "", "LC_ALL": "C.UTF-8"},
            capture_output=True,
            check=False,
            text=True,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return folder / "site"

    return built


@dataclass
class Read:
    """What a reader finds in the article of a page."""

    skeleton: list[str] = field(default_factory=list)
    """Tags in order with the attributes that act, but not those inside of code."""
    titles: list[str] = field(default_factory=list)
    blocks: list[str] = field(default_factory=list)
    headings: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)


class _Reader(HTMLParser):
    """Reads fences, titles and headings; a fence is a ``code`` inside of a ``pre``."""

    VOID = frozenset({"br", "hr", "img", "input", "link", "meta"})

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.read = Read()
        self._open: list[tuple[str, str]] = []
        self._into: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        names = {name for name, _ in attrs}
        values = {name: value or "" for name, value in attrs}
        inside = [name for name, _ in self._open]
        if "code" not in inside:
            acting = sorted(n for n in names if n.startswith("on") or n in {"style", "src"})
            self.read.skeleton.append(" ".join([tag, *acting]))
        if tag == "code" and "pre" in inside:
            self._start(self.read.blocks)
        elif tag == "span" and values.get("class") == "filename":
            self._start(self.read.titles)
        elif tag in {"h1", "h2", "h3", "h4", "h5", "h6"}:
            self._start(self.read.headings)
        elif tag == "a":
            self.read.links.append(values.get("href", ""))
            if values.get("class") == "headerlink":
                self._into = None
        if tag not in self.VOID:
            self._open.append((tag, values.get("class", "")))

    def _start(self, texts: list[str]) -> None:
        texts.append("")
        self._into = texts

    def handle_endtag(self, tag: str) -> None:
        while self._open:
            name, _ = self._open.pop()
            if name == tag:
                break
        inside = [name for name, _ in self._open]
        if tag in {"code", "span", "h1", "h2", "h3"} and "code" not in inside:
            self._into = None if tag != "code" or "pre" in inside else self._into

    def handle_data(self, data: str) -> None:
        if self._into is not None:
            self._into[-1] += data


@pytest.fixture(scope="session")
def read_page() -> Callable[[str], Read]:
    """Read an article's HTML."""

    def read(text: str) -> Read:
        reader = _Reader()
        reader.feed(text)
        reader.close()
        return reader.read

    return read


def _text(chance: random.Random) -> str:
    joint = chance.choice(["", " ", "\n", "\n"])
    return joint.join(chance.choice(WORDS) for _ in range(chance.randint(1, 7)))


def _body(chance: random.Random) -> Body | None:
    content: str | bytes = _text(chance)
    kind = chance.choice(["application/json", "text/html", "text/plain", ""])
    form = chance.random()
    if form < 0.2:
        content = json.dumps({_text(chance): [_text(chance), 1.5, None]}, ensure_ascii=form < 0.1)
    elif form < 0.3:
        content = str(content).encode("utf-8", "replace")
    return Body(content, len(content), chance.random() < 0.2, kind)


@pytest.fixture(scope="session")
def hostile(seed: Document) -> Callable[..., Document]:
    """A document of hostile texts by number; ``tame``, the same with a plain word for each."""

    def document(number: int, *, tame: bool = False) -> Document:
        chance = random.Random(number)

        def text() -> str:
            drawn = _text(chance)
            return "word" if tame else drawn

        def body() -> Body | None:
            drawn = _body(chance)
            return replace(drawn, content="word", content_type="word") if tame and drawn else drawn

        steps = tuple(
            replace(
                seed.steps[0],
                number=n,
                exchange=n,
                kind=tuple(StepKind)[n % 3],
                source="word" if tame else f"a {text()}",
                target="word" if tame else f"b {text()}",
                method=text(),
                path=text(),
                query="" if n % 2 else text(),
                label=text(),
                reason=text(),
                error=text(),
                headers=(Header(text(), text()), Header("x-a", text())),
                body=body(),
                other_body=body() if n == 2 else None,
                marks=(Mark.RETRY,),
            )
            for n in range(1, 4)
        )
        return replace(
            seed,
            title=f"A {text()}",
            steps=steps,
            participants=tuple(
                Participant(name, ParticipantKind.SERVICE)
                for name in dict.fromkeys(n for s in steps for n in (s.source, s.target))
            ),
            groups=(Group(GroupKind.OPT, text(), 1, 2),),
            variables=(Variable(text(), text()),),
            notes=(Note(1, 1, one_line(text()) or "x", text(), "https://x.example/"),),
            flows=(Flow(2, f"header.{text()}", 1, f"body.{text()}", text()),),
            highlights=(Highlight(1, f"body.{text()}", text()),),
            hidden=(Hidden(text(), 2),),
            command=Command((text(), text()), 0, text() + "x"),
            adjustments=(Adjustment(text(), 5),),
            redactions=(Redaction(1, f"request.{text()}"),),
            warnings=(text(),),
        )

    return document
