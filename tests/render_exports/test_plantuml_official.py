"""PlantUML itself reads and draws what is rendered; skipped where it is not installed."""

from __future__ import annotations

import os
import random
import re
import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from otelhook.render.plantuml import render_plantuml
from otelhook.render.shared.plain import one_line
from otelhook.sequence.document import Document, Group, GroupKind, Note

PLANTUML = shutil.which("plantuml")

pytestmark = pytest.mark.skipif(PLANTUML is None, reason="plantuml is not installed")

SVG = "{http://www.w3.org/2000/svg}"
DOCUMENTS = 40
CANARY = "drawn-canary"

Make = Callable[..., Document]


@dataclass
class Drawn:
    """A document, and all text of the picture that was made of it, without white space."""

    document: Document
    text: str


def _bare(text: str) -> str:
    # PlantUML draws each run of blanks in its own way.
    return re.sub(r"\s|\u00a0", "", text)


def _documents(make: Make, pieces: Sequence[str]) -> list[Document]:
    generator = random.Random(20_221_230)

    def text() -> str:
        kinds = generator.choices(("piece", "character"), (3, 1), k=generator.randrange(1, 6))
        return "".join(
            generator.choice(pieces) if kind == "piece" else chr(generator.randrange(0x20, 0x3000))
            for kind in kinds
        )

    found: list[Document] = []
    for _ in range(DOCUMENTS):
        document = make(path=text(), source=f"a{text()}", target=f"b{text()}")
        found.append(
            replace(
                document,
                title=text(),
                groups=(Group(generator.choice(list(GroupKind)), text(), 1, 2),),
                notes=(Note(1, 1, text(), text(), text()),),
            )
        )
    return found


@pytest.fixture(scope="module")
def drawn(
    make: Make, hostile_pieces: Sequence[str], tmp_path_factory: pytest.TempPathFactory
) -> list[Drawn]:
    """All documents, drawn in one batch."""
    folder = tmp_path_factory.mktemp("plantuml")
    documents = _documents(make, hostile_pieces)
    files = [folder / f"d{number:03d}.puml" for number in range(len(documents))]
    for file, document in zip(files, documents, strict=True):
        file.write_text(render_plantuml(document), encoding="utf-8")
    assert PLANTUML is not None
    done = subprocess.run(
        [PLANTUML, "-tsvg", "-charset", "UTF-8", *map(str, files)],
        capture_output=True,
        check=False,
        timeout=110,
        env={**os.environ, "OTELHOOK_CANARY": CANARY},
    )
    assert done.returncode == 0, done.stderr.decode()
    return [
        Drawn(document, _texts(file.with_suffix(".svg")))
        for file, document in zip(files, documents, strict=True)
    ]


def _texts(svg: Path) -> str:
    root = ET.fromstring(svg.read_bytes())
    return _bare("".join(element.text or "" for element in root.iter(f"{SVG}text")))


def test_plantuml_draws_every_text_as_it_is(drawn: list[Drawn]) -> None:
    missing: list[tuple[str, str]] = []
    for picture in drawn:
        document = picture.document
        note = document.notes[0]
        texts = [document.title, document.groups[0].title, note.title, note.text, note.link]
        texts += [participant.name for participant in document.participants]
        texts += [step.title for step in document.steps]
        missing += [
            (text, picture.text) for text in texts if _bare(one_line(text)) not in picture.text
        ]
    assert missing == []


def test_plantuml_executes_nothing(make: Make, tmp_path: Path) -> None:
    text = '%getenv("OTELHOOK_CANARY")'
    file = tmp_path / "canary.puml"
    file.write_text(render_plantuml(make(path=text)) + f"@startuml\na -> b : {text}\n@enduml\n")
    assert PLANTUML is not None
    subprocess.run(
        [PLANTUML, "-tsvg", str(file)],
        check=True,
        timeout=60,
        env={**os.environ, "OTELHOOK_CANARY": CANARY},
    )
    ours, unescaped = (_texts(tmp_path / name) for name in ("canary.svg", "canary_001.svg"))
    assert _bare(text) in ours
    assert CANARY not in ours
    # Without the escaping the same text is executed: this test can fail.
    assert CANARY in unescaped


def test_plantuml_finds_no_mistake_in_an_ordinary_document(upload: Document) -> None:
    assert PLANTUML is not None
    done = subprocess.run(
        [PLANTUML, "-syntax"],
        input=render_plantuml(upload).encode(),
        capture_output=True,
        check=False,
        timeout=60,
    )
    assert done.stdout.decode().splitlines()[0] == "SEQUENCE"
