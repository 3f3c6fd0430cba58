"""The text that PlantUML is given; what it draws of it is a suite of its own."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from otelhook.render import render
from otelhook.render.plantuml import render_plantuml
from otelhook.sequence.document import Document, Group, GroupKind

Make = Callable[..., Document]

LINE = re.compile(
    r"@startuml|@enduml|(?:title|opt|loop|par) TEXT|end|autonumber \d+"
    r'|participant "TEXT" as p\d+|p\d+ (?:->|-->|-->x) p\d+ : TEXT'
    r"|note over p\d+(?:, p\d+)? : TEXT(?:\\nTEXT)*".replace(
        "TEXT", r"(?:[0-9A-Za-z]|<U\+[0-9A-F]{4,5}>|(?<! ) (?! |$))+"
    )
)

LINK = "https<U+003A><U+002F><U+002F>example<U+002E>org<U+002F>put<U+003F>a<U+003D>b<U+0023>c"


def test_steps_frames_and_notes_are_drawn_in_order(upload: Document) -> None:
    assert render_plantuml(upload).splitlines() == [
        "@startuml",
        "title a command",
        'participant "client" as p1',
        'participant "identity" as p2',
        'participant "image<U+002D>api" as p3',
        'participant "store" as p4',
        "autonumber 1",
        "p1 -> p2 : POST <U+002F>tokens",
        "p2 --> p1 : 201 Created <U+002F>tokens",
        "p1 -> p3 : PUT <U+002F>images<U+002F>1",
        f"note over p1, p3 : Upload\\nThe file itself<U+002E>\\n{LINK}",
        "opt it asks the store",
        "  p3 -> p4 : HEAD <U+002F>v1<U+002F>b",
        "  p4 -->x p3 : connection refused <U+002F>v1<U+002F>b",
        "  note over p3 : failed after 500 <U+00B5>s",
        "  note over p4 : server spans missing",
        "end",
        "p3 --> p1 : 502 Bad Gateway <U+002F>images<U+002F>1",
        "@enduml",
    ]


def test_every_line_of_a_hostile_document_is_one_of_ours(hostile: Document) -> None:
    lines = [line.strip() for line in render_plantuml(hostile).splitlines()]
    assert [line for line in lines if not LINE.fullmatch(line)] == []
    assert lines.count("@startuml") == lines.count("@enduml") == 1


@given(text=st.text())
def test_any_text_is_spelled_in_letters_digits_and_codes(make: Make, text: str) -> None:
    document = make(path=text, source=text, target=f"{text}x")
    named = replace(document, title=text, groups=(Group(GroupKind.PAR, text, 1, 2),))
    lines = [line.strip() for line in render_plantuml(named).splitlines()]
    assert [line for line in lines if not LINE.fullmatch(line)] == []


def test_a_part_of_a_document_keeps_its_numbers(upload: Document) -> None:
    part = replace(upload, steps=upload.steps[2:])
    assert "autonumber 3" in render_plantuml(part)


def test_an_empty_document_is_a_diagram_without_arrows(upload: Document) -> None:
    empty = replace(upload, steps=(), participants=(), groups=(), notes=())
    # With no participant either, PlantUML would find a syntax error.
    assert render_plantuml(empty) == (
        '@startuml\ntitle a command\nparticipant "no steps" as p1\nautonumber 1\n@enduml\n'
    )
    assert render(empty, "plantuml") == render_plantuml(empty)
