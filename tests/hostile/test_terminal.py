"""Every format of the same traces in a terminal, which is afterwards as it was before.

The terminal is pyte's, which obeys ECMA-48 and xterm's commands. A format that is a file is shown
as well: people look at files with ``cat``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import pyte
import pytest

from otelhook.render import FORMATS, render
from otelhook.render.markdown.diagrams import DiagramKind
from otelhook.render.markdown.mkdocs import mkdocs_pages
from otelhook.render.markdown.page import render_markdown
from otelhook.sequence.document import Document
from tests.hostile.payloads import CONTROLS, TURNING

COLUMNS, ROWS = 100, 40

ACTING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
"""What a terminal obeys, but for a tab and a line's end."""

TURNS = re.compile("[\u202a-\u202e\u2066-\u2069]")
"""What turns the direction of what follows (UAX 9, explicit formatting)."""


class Told(pyte.Screen):
    """A terminal that keeps what it was told to do beyond drawing."""

    def __init__(self) -> None:
        super().__init__(COLUMNS, ROWS)
        self.told: list[str] = []

    def set_title(self, param: str) -> None:
        self.told.append(f"title {param}")

    def set_icon_name(self, param: str) -> None:
        self.told.append(f"icon {param}")

    def bell(self, *_: Any) -> None:
        self.told.append("bell")

    def write_process_input(self, data: str) -> None:
        self.told.append(f"typed {data!r}")


def state(screen: Told) -> Mapping[str, object]:
    """Return what lasts beyond what was drawn."""
    return {
        "modes": frozenset(screen.mode),
        "margins": screen.margins,
        "attributes": screen.cursor.attrs,
        "hidden": screen.cursor.hidden,
        "charset": screen.charset,
        "character sets": (screen.g0_charset, screen.g1_charset),
        "saved": tuple(screen.savepoints),
        "title": (screen.title, screen.icon_name),
        "told": tuple(screen.told),
    }


def shown(text: str) -> Mapping[str, object]:
    """Show a text in a new terminal; return the state that it leaves it in."""
    screen = Told()
    stream = pyte.Stream(screen, strict=False)
    stream.feed(text.replace("\n", "\r\n"))
    stream.feed("\r\n$ ")
    left = dict(state(screen))
    # What stands there last is the prompt: no string has swallowed it.
    left["prompt"] = screen.display[screen.cursor.y].rstrip().endswith("$")
    return left


CLEAN = shown("")


def texts(document: Document) -> Mapping[str, str]:
    """Return a document in every format of text."""
    made: dict[str, str] = {}
    for name in FORMATS:
        if name != "png":
            content = render(document, name)
            assert isinstance(content, str)
            made[name] = content
    made["markdown for GitHub"] = render_markdown(document, "github")
    made["mkdocs"] = "\n".join(mkdocs_pages(document, "x", DiagramKind.BOTH).values())
    return made


def faults(documents: Mapping[str, Document], names: Sequence[str]) -> Mapping[str, object]:
    found: dict[str, object] = {}
    for name in names:
        for form, text in texts(documents[name]).items():
            if acting := set(ACTING.findall(text)):
                found[f"{form}: {name}"] = acting
            elif (left := shown(text[:200_000])) != CLEAN:
                found[f"{form}: {name}"] = {k: v for k, v in left.items() if v != CLEAN[k]}
    return found


@pytest.mark.parametrize("text", CONTROLS.values(), ids=CONTROLS)
def test_the_terminal_notices_each_of_them(text: str) -> None:
    assert ACTING.search(text) or shown(text) != CLEAN


def test_no_control_character_reaches_a_terminal_in_any_format(
    documents: Mapping[str, Document],
) -> None:
    assert faults(documents, list(CONTROLS)) == {}


PARTS = 6


@pytest.mark.parametrize(
    "part", [0, *(pytest.param(part, marks=pytest.mark.long) for part in range(1, PARTS))]
)
def test_no_other_text_changes_a_terminal_either(
    documents: Mapping[str, Document], part: int
) -> None:
    others = [name for name in documents if name not in CONTROLS]
    assert faults(documents, others[part::PARTS]) == {}


def test_what_turns_the_direction_is_shown_and_not_obeyed(
    documents: Mapping[str, Document],
) -> None:
    found = {
        f"{form}: {name}": set(TURNS.findall(text))
        for name in TURNING
        for form, text in texts(documents[name]).items()
        if TURNS.search(text)
    }
    assert found == {}
