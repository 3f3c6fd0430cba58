"""A Mermaid sequence diagram, in parts where it is longer than Mermaid draws."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from otelhook.render.mermaid.escaping import (
    Lifeline,
    frame_title,
    label,
    label_lines,
    label_of,
    lifelines,
)
from otelhook.render.mermaid.pagination import DiagramLimits, label_cells, part_starts
from otelhook.render.shared.folding import folded
from otelhook.render.shared.frames import PlacedGroup, placed_steps
from otelhook.render.shared.step_remarks import Remark, remarks
from otelhook.render.shared.wording import KIND_WORDS, arrow_line, counts_line
from otelhook.sequence.document import Document, Group, Step, StepKind

__all__ = ["SIZE_LIMIT", "mermaid_parts", "render_mermaid"]

SIZE_LIMIT = 45_000
"""UTF-16 units of one diagram. Mermaid and GitHub show an error box above 50,000."""

_INDENT = "    "


def _units(text: str) -> int:
    if text.isascii():
        return len(text)
    return len(text) + sum(character > "\uffff" for character in text)


def _arrow(step: Step, request: Step | None) -> str:
    if step.kind is StepKind.REQUEST:
        return "-x" if step.failed else "->>"
    if not step.failed:
        return "-->>"
    # A failure that runs in its request's own direction is a request that got lost.
    forward = request is not None and request.source == step.source != step.target
    return "-x" if forward else "--x"


@dataclass(slots=True)
class _Part:
    """One diagram while it is being written."""

    first: int
    names: set[str] = field(default_factory=set[str])
    lines: list[str] = field(default_factory=list[str])
    size: int = len("sequenceDiagram\n    autonumber 1000000 1\n")
    """UTF-16 units of the lines and the heading, without the participants."""

    def add(self, lines: Iterable[str], names: Iterable[str]) -> None:
        for line in lines:
            self.lines.append(line)
            self.size += _units(line) + 1
        self.names.update(names)


class _Writer:
    """Writes steps into parts; a part that is full is closed and its open frames go on."""

    def __init__(self, document: Document, room: DiagramLimits) -> None:
        known = [participant.name for participant in document.participants]
        used = [name for step in document.steps for name in (step.source, step.target)]
        kinds = {p.name: KIND_WORDS[p.kind] for p in document.participants if p.kind in KIND_WORDS}
        self._lifelines = {line.name: line for line in lifelines([*known, *used], kinds)}
        self._declared = {
            name: _units(line.declaration) + len(_INDENT) + 1
            for name, line in self._lifelines.items()
        }
        self._limit = room.units
        self._requests = {s.exchange: s for s in document.steps if s.kind is StepKind.REQUEST}
        self._remarks = remarks(document)
        self._open: list[Group] = []
        self._next = document.steps[0].number if document.steps else 1
        self._parts: list[_Part] = [_Part(self._next)]
        self._whole = set(known)
        self._widths: list[int] | None = None if room.width is None else []
        """Of the steps' labels, as they are laid out."""
        self._messages = deque(tuple(self._message(step)) for step in document.steps)
        """In the order of the steps; each is let go of when it is written."""
        inside = 2 * len(_INDENT) + 1
        sizes = [sum(_units(line) + inside for line in lines) for lines in self._messages]
        self._starts = part_starts(document, room, sizes, self._widths)

    def write(self, steps: Iterable[PlacedGroup]) -> tuple[str, ...]:
        for placed in steps:
            self._step(placed)
        alone = len(self._parts) == 1
        return tuple(self._text(part, declare_all=alone) for part in self._parts)

    def _step(self, placed: PlacedGroup) -> None:
        step = placed.step
        names = (step.source, step.target)
        lines = [*self._turn_lines(placed)]
        lines += self._frame_lines(placed.opens, len(self._open))
        depth = len(self._open) + len(placed.opens)
        lines += [_INDENT * (depth + 1) + line for line in self._messages.popleft()]
        indent = _INDENT * (len(self._open) + 1)
        jump = [] if step.number == self._next else [f"{indent}autonumber {step.number} 1"]
        if step.number in self._starts or self._is_full([*jump, *lines], names, depth):
            self._next_part(step.number)
            jump = []
        self._parts[-1].add([*jump, *lines], names)
        self._next = step.number + 1
        self._open.extend(placed.opens)
        for _ in range(min(placed.closes, len(self._open))):
            self._open.pop()
            self._parts[-1].add([_INDENT * (len(self._open) + 1) + "end"], ())

    def _is_full(self, lines: list[str], names: Iterable[str], depth: int) -> bool:
        part = self._parts[-1]
        declared = sum(self._declared[name] for name in part.names.union(names))
        closing = sum(len(_INDENT) * (level + 1) + 4 for level in range(depth))
        size = part.size + declared + closing + sum(_units(line) + 1 for line in lines)
        return bool(part.names) and size > self._limit

    def _next_part(self, number: int) -> None:
        closing = [_INDENT * (level + 1) + "end" for level in reversed(range(len(self._open)))]
        self._parts[-1].add(closing, ())
        self._parts.append(_Part(number))
        self._parts[-1].add(self._frame_lines(self._open, 0, " (continued)"), ())

    def _turn_lines(self, placed: PlacedGroup) -> Iterator[str]:
        if placed.turn is not None:
            yield f"{_INDENT * len(self._open)}else {frame_title(placed.turn)}"

    def _frame_lines(self, groups: Iterable[Group], depth: int, suffix: str = "") -> Iterator[str]:
        for level, group in enumerate(groups, depth + 1):
            yield f"{_INDENT * level}{group.kind.value} {frame_title(group.title)}{suffix}"

    def _message(self, step: Step) -> Iterator[str]:
        source, target = self._id(step.source), self._id(step.target)
        arrow = _arrow(step, self._requests.get(step.exchange))
        lines = label_lines(arrow_line(step))
        if self._widths is not None:
            self._widths.append(label_cells(lines))
        yield f"{source}{arrow}{target}: {label_of(lines)}"
        for remark in self._remarks.get(step.number, ()):
            yield f"Note {self._place(remark)}: {label(remark.text)}"

    def _place(self, remark: Remark) -> str:
        return f"over {self._id(remark.participant)}"

    def _id(self, name: str) -> str:
        return self._lifelines[name].identifier

    def _text(self, part: _Part, *, declare_all: bool) -> str:
        names = part.names | (self._whole if declare_all else set[str]())
        declared = [_INDENT + line.declaration for line in self._in_order() if line.name in names]
        number = "autonumber" if part.first == 1 else f"autonumber {part.first} 1"
        return "\n".join(["sequenceDiagram", _INDENT + number, *declared, *part.lines, ""])

    def _in_order(self) -> Iterable[Lifeline]:
        return self._lifelines.values()


def mermaid_parts(
    document: Document, limit: int = SIZE_LIMIT, *, room: DiagramLimits | None = None
) -> tuple[str, ...]:
    """Return the diagram as one or more Mermaid texts whose numbers run on, with loops folded.

    Args:
        document: what to draw.
        limit: UTF-16 units that a part may have; one step is never divided.
        room: in place of the limit, what a part may have so that it can be read too.
    """
    document = folded(document)
    room = room or DiagramLimits(limit, messages=None, width=None)
    return _Writer(document, room).write(placed_steps(document))


def render_mermaid(document: Document) -> str:
    """Return the diagram; where it has several parts, each begins with a comment that says so.

    A text with several parts is no single diagram: Mermaid is to be given each part by itself,
    from one ``%% part`` line to the next, as the Markdown page does.
    """
    parts = mermaid_parts(document)
    counts = counts_line(document)
    head = f"%% {counts}\n" if counts else ""
    if len(parts) == 1:
        return head + parts[0]
    return head + "\n".join(
        f"%% part {number} of {len(parts)}: draw each part as a diagram of its own\n{part}"
        for number, part in enumerate(parts, 1)
    )
