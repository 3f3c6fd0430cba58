"""A comparison as one Mermaid diagram: what is gone and what is new in coloured frames."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from otelhook.compare.findings import Comparison, FindingKind
from otelhook.compare.forms.words import what
from otelhook.compare.merging import Row, State, merged
from otelhook.render.mermaid.escaping import label, lifelines
from otelhook.render.shared.units import count
from otelhook.render.shared.wording import arrow_line
from otelhook.sequence.document import Document, StepKind

__all__ = ["render_marked", "render_mermaid"]

_COLOURS: Final = {
    State.ADDED: "rgba(46, 160, 67, 0.25)",
    State.REMOVED: "rgba(248, 81, 73, 0.25)",
    State.MOVED: "rgba(56, 139, 253, 0.2)",
}
_AROUND: Final = 2
"""Steps that are drawn before and after one that differs."""

_WHOLE: Final = 60
"""Steps up to which all are drawn."""

_MOST: Final = 150
"""Steps that are drawn at most; Mermaid and GitHub refuse a diagram of 50,000 characters."""


@dataclass(frozen=True, slots=True)
class _Line:
    row: Row
    colour: str | None = None
    """Of the frame that it stands in."""
    notes: tuple[str, ...] = ()


def render_mermaid(comparison: Comparison) -> str:
    """Return the diagram; steps far from any difference are left out of a long one.

    Green frames hold what is new, red ones what is gone, blue ones what was elsewhere; a note
    says what changed.
    """
    return _drawn([_Line(row, _COLOURS.get(row.state), _notes(row)) for row in merged(comparison)])


def render_marked(document: Document, said: Mapping[int, str]) -> str:
    """Return the diagram of one run, with what is said of some of its steps in red beneath them."""
    rows = [
        Row(step, step, State.CHANGED if step.number in said else State.SAME)
        for step in document.steps
    ]
    return _drawn(
        [
            _Line(row, _COLOURS[State.REMOVED], (said[row.step.number],))
            if row.step.number in said
            else _Line(row)
            for row in rows
        ]
    )


def _notes(row: Row) -> tuple[str, ...]:
    return tuple(what(f) for f in row.findings if f.kind is not FindingKind.STEPS)


def _drawn(listed: Sequence[_Line]) -> str:
    rows = [line.row for line in listed]
    shown = _shown(rows)
    names = [name for i in shown for name in (rows[i].step.source, rows[i].step.target)]
    known = {line.name: line.identifier for line in lifelines(names)}
    lines = ["sequenceDiagram"]
    lines += (f"    {line.declaration}" for line in lifelines(names))
    last = -1
    gaps = {index: index - place for place, index in enumerate(shown)}
    for (_, colour), own in groupby(shown, key=lambda index: (gaps[index], listed[index].colour)):
        indices = list(own)
        if indices[0] > last + 1 and known:
            lines.append(_left_out(indices[0] - last - 1, rows[indices[0]], known))
        lines += _framed(colour, [listed[index] for index in indices], known)
        last = indices[-1]
    if last < len(rows) - 1 and shown:
        lines.append(_left_out(len(rows) - 1 - last, rows[last], known))
    return "\n".join(lines) + "\n"


def _shown(rows: Sequence[Row]) -> list[int]:
    if len(rows) <= _WHOLE:
        return list(range(len(rows)))
    near: set[int] = set()
    for index, row in enumerate(rows):
        if row.state is not State.SAME:
            near |= set(range(max(0, index - _AROUND), min(len(rows), index + _AROUND + 1)))
    return sorted(near)[:_MOST] or list(range(min(len(rows), _WHOLE)))


def _left_out(steps: int, row: Row, known: dict[str, str]) -> str:
    return f"    Note over {known[row.step.source]}: {label(count(steps, 'step') + ' alike')}"


def _framed(colour: str | None, lines: Sequence[_Line], known: dict[str, str]) -> Iterator[str]:
    indent = "    " if colour is None else "        "
    if colour is not None:
        yield f"    rect {colour}"
    for line in lines:
        step = line.row.step
        arrow = "->>" if step.kind is StepKind.REQUEST else "--x" if step.failed else "-->>"
        mark = {State.ADDED: "+ ", State.REMOVED: "- "}.get(line.row.state, "")
        text = label(f"{mark}{step.number}: {arrow_line(step)}")
        yield f"{indent}{known[step.source]}{arrow}{known[step.target]}: {text}"
        for note in line.notes:
            yield f"{indent}Note over {known[step.source]}: {label(note)}"
    if colour is not None:
        yield "    end"
