"""A PlantUML sequence diagram.

Text that PlantUML reads as its own is dangerous, not only wrong: ``%getenv("HOME")`` is executed.
So every character but ASCII letters, digits and blanks between them is written as ``<U+XXXX>``,
which PlantUML shows as that character and reads as nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from otelhook.render.shared.folding import folded
from otelhook.render.shared.frames import PlacedGroup, placed_steps
from otelhook.render.shared.note_markup import note_text
from otelhook.render.shared.plain import one_line
from otelhook.render.shared.step_remarks import remarks
from otelhook.render.shared.wording import KIND_WORDS, arrow_line, counts_line
from otelhook.sequence.document import Document, Note, NotePlace, ParticipantKind, Step, StepKind

__all__ = ["render_plantuml"]

_SPECIAL = re.compile("[^0-9A-Za-z ]")
_LAST_CODE = 0xFFFFF
"""PlantUML reads at most five hex digits; what is beyond is private use."""

_SHAPES = {
    ParticipantKind.DATABASE: "database",
    ParticipantKind.CACHE: "database",
    ParticipantKind.QUEUE: "queue",
}
"""PlantUML's own shapes of participants."""

_INDENT = "  "
_LINE_END = "\\n"
"""Spelled out: PlantUML's own escape within a line."""


def render_plantuml(document: Document) -> str:
    """Return the diagram, from ``@startuml`` to ``@enduml``, with loops folded."""
    document = folded(document)
    names = [participant.name for participant in document.participants]
    names += [name for step in document.steps for name in (step.source, step.target)]
    lifelines = {name: f"p{number}" for number, name in enumerate(dict.fromkeys(names), 1)}
    kinds = {participant.name: participant.kind for participant in document.participants}
    writer = _Writer(document, lifelines)
    counts = counts_line(document)
    return "\n".join(
        [
            "@startuml",
            f"title {_escaped(document.title)}",
            *([f"footer {_escaped(counts)}"] if counts else []),
            # The same lifelines in the same order, whoever of them speaks first.
            *(_declared(name, key, kinds.get(name)) for name, key in lifelines.items()),
            # Without any participant it would be no sequence diagram, and a syntax error.
            *([] if lifelines else ['participant "no steps" as p1']),
            *([] if document.steps else ["autonumber 1"]),
            *writer.lines(),
            "@enduml",
            "",
        ]
    )


def _declared(name: str, key: str, kind: ParticipantKind | None) -> str:
    shape = "participant" if kind is None else _SHAPES.get(kind, "participant")
    word = "" if kind is None else KIND_WORDS.get(kind, "")
    second = f"{_LINE_END}{_escaped(word)}" if word else ""
    return f'{shape} "{_escaped(name)}{second}" as {key}'


def _arrow(step: Step) -> str:
    line = "->" if step.kind is StepKind.REQUEST else "-->"
    return f"{line}x" if step.failed else line


class _Writer:
    """Writes steps, with the frames and notes around them."""

    def __init__(self, document: Document, lifelines: dict[str, str]) -> None:
        self._document = document
        self._lifelines = lifelines
        self._remarks = remarks(document)
        self._notes: dict[int, list[Note]] = {}
        for note in document.notes:
            if note.place is not NotePlace.STEPS:
                continue
            self._notes.setdefault(note.first, []).append(note)
        self._depth = 0
        self._next = 0

    def lines(self) -> Iterator[str]:
        for placed in placed_steps(self._document):
            yield from self._step(placed)

    def _step(self, placed: PlacedGroup) -> Iterator[str]:
        step = placed.step
        if step.number != self._next:
            yield self._line(f"autonumber {step.number}")
        self._next = step.number + 1
        if placed.turn is not None:
            self._depth -= 1
            yield self._line(f"else {_escaped(placed.turn)}")
            self._depth += 1
        for group in placed.opens:
            yield self._line(f"{group.kind.value} {_escaped(group.title)}")
            self._depth += 1
        source, target = self._lifelines[step.source], self._lifelines[step.target]
        yield self._line(f"{source} {_arrow(step)} {target} : {_escaped(arrow_line(step))}")
        for remark in self._remarks.get(step.number, ()):
            yield self._line(self._note([remark.participant], remark.text))
        for note in self._notes.get(step.number, ()):
            yield from self._written(step, note)
        for _ in range(min(placed.closes, self._depth)):
            self._depth -= 1
            yield self._line("end")

    def _written(self, step: Step, note: Note) -> Iterator[str]:
        parts = [one_line(part) for part in (note.title, note_text(note), note.link)]
        texts = [part for part in parts if part]
        if texts:
            where = [step.source, step.target] if step.source != step.target else [step.source]
            yield self._line(self._note(where, *texts))

    def _note(self, participants: list[str], *texts: str) -> str:
        where = ", ".join(self._lifelines[name] for name in participants)
        text = _LINE_END.join(_escaped(part) for part in texts)
        return f"note over {where} : {text}"

    def _line(self, text: str) -> str:
        return _INDENT * self._depth + text


def _escaped(text: str) -> str:
    """Return text that PlantUML shows as it is; white space is folded, controls are pictures."""
    return _SPECIAL.sub(_code, one_line(text)) or "<U+00A0>"


def _code(match: re.Match[str]) -> str:
    code = ord(match[0])
    return f"<U+{code if code <= _LAST_CODE else 0xFFFD:04X}>"
