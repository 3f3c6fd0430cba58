"""The whole of a long trace in one small diagram: a line for each call, or for several alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from otelhook.render.mermaid.escaping import label, label_lines, lifelines
from otelhook.render.mermaid.pagination import DiagramLimits, width_of
from otelhook.render.shared.outline import LINES, OutlineLine, outline
from otelhook.render.shared.widths import text_width
from otelhook.sequence.document import Document

__all__ = ["COLUMN", "LINES", "render_overview"]

COLUMN = 690 * 16 // 11
"""Pixels that Mermaid draws before it shrinks them into a column of 690, Material's: its text has
16 of them, and 11 can still be read."""

_CELLS = 19
"""Cells of a label's line: narrower than in other diagrams, so that more lifelines fit."""

_BOX, _GAP = 96, 14
_SIZES = f'"width": {_BOX}, "actorMargin": {_GAP}, "mirrorActors": false'
_CLOSER = f'%%{{init: {{"sequence": {{{_SIZES}}}}}}}%%'
"""Mermaid's usual box is 150 wide, with 50 between two."""

_FEWEST = 4
"""Participants that an overview shows by themselves, however narrow it is."""

_INDENT = "    "


def render_overview(document: Document, room: DiagramLimits) -> str:
    """Return a Mermaid diagram with as many levels of calls as are still easy to read.

    Each message names the steps that it stands for, ``(5-12)``, and has no number of its own; all
    steps are in one of them.
    """
    limit = room.width if room.width is None else min(room.width, COLUMN)
    kept = _ranked(document)
    count, shown = LINES, len(kept)
    while True:
        others = frozenset(kept[shown:])

        def fits(lines: Sequence[OutlineLine], others: frozenset[str] = others) -> bool:
            return limit is None or _width(document, _grouped(lines, others)) <= limit

        told = outline(document, fits, count)
        text = _drawn(document, _grouped(told, others))
        if len(text) > room.units and count > 1:
            count -= 1
        elif not fits(told) and shown > _FEWEST:
            # One lifeline for the least of them takes two at least.
            shown = min(shown - 1, len(kept) - 2)
        else:
            return text


def _ranked(document: Document) -> list[str]:
    """Return the participants, those with most steps first; who begins is before all."""
    steps = Counter(name for step in document.steps for name in (step.source, step.target))
    names = sorted(steps, key=lambda name: -steps[name])
    first = document.steps[0].source if document.steps else ""
    return sorted(names, key=lambda name: name != first)


def _grouped(lines: Sequence[OutlineLine], others: frozenset[str]) -> list[OutlineLine]:
    """Return lines in which one lifeline stands for several; an arrow to it says whom it is to."""
    if not others:
        return list(lines)
    name = f"{len(others)} others"
    found: list[OutlineLine] = []
    for line in lines:
        source, target = (name if end in others else end for end in (line.source, line.target))
        whom = "" if target != name or line.is_note else f"{line.target}: "
        found.append(replace(line, source=source, target=target, text=f"{whom}{line.text}"))
    return found


def _width(document: Document, lines: Sequence[OutlineLine]) -> int:
    longest: dict[frozenset[str], int] = {}
    for line in lines:
        pair = frozenset((line.source, line.target))
        cells = max(text_width(part) for part in label_lines(_text(line), _CELLS))
        longest[pair] = max(cells, longest.get(pair, 0))
    used = {name for pair in longest for name in pair}
    known = [participant.name for participant in document.participants]
    return width_of(
        [name for name in dict.fromkeys([*known, *sorted(used)]) if name in used],
        longest,
        box=_BOX,
        gap=_GAP,
    )


def _drawn(document: Document, told: Sequence[OutlineLine]) -> str:
    used = {name for line in told for name in (line.source, line.target)}
    known = [participant.name for participant in document.participants]
    lines = {line.name: line for line in lifelines([*known, *sorted(used)])}
    out = [_CLOSER, "sequenceDiagram"]
    out += [_INDENT + line.declaration for line in lines.values() if line.name in used]
    for line in told:
        source, target = lines[line.source].identifier, lines[line.target].identifier
        if line.is_note:
            out.append(f"{_INDENT}Note over {source}: {label(_text(line), _CELLS)}")
            continue
        arrow = "-x" if line.failed else "-->>" if line.is_answer else "->>"
        out.append(f"{_INDENT}{source}{arrow}{target}: {label(_text(line), _CELLS)}")
    return "\n".join([*out, ""])


def _text(line: OutlineLine) -> str:
    return f"{line.where} {line.text}"
