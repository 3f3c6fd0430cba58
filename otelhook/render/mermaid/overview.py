"""The whole of a long trace in one small diagram: a line for each call, what is within folded."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from wcwidth import wcswidth

from otelhook.render.mermaid.escaping import label, label_lines, lifelines
from otelhook.render.mermaid.pagination import DiagramLimits, width_of
from otelhook.render.shared.folding import folded, folds
from otelhook.sequence.call_tree import Call, call_trees
from otelhook.sequence.document import Document, Group, StepKind

__all__ = ["LINES", "render_overview"]

LINES = 20
"""Messages of an overview; what comes after them is counted."""

_INDENT = "    "

_Loops = Mapping[int, Group]
"""What is folded, by the number of its first step."""


def render_overview(document: Document, room: DiagramLimits) -> str:
    """Return a Mermaid diagram with as many levels of calls as are still easy to read.

    Each message names the steps that it stands for, ``(5-12)``, and has no number of its own.
    """
    loops = {fold.loop.first: fold.loop for fold in folds(document)}
    document = folded(document)
    _, outermost = call_trees(document.steps)
    calls = outermost
    while len(deeper := _opened(calls, outermost)) > len(calls) and len(deeper) <= LINES:
        if room.width is not None and _width(document, deeper, loops) > room.width:
            break
        calls = deeper
    text = _drawn(document, calls[:LINES], len(calls) - LINES, loops)
    for count in range(LINES - 1, 0, -1):
        if len(text) <= room.units:
            break
        text = _drawn(document, calls[:count], len(calls) - count, loops)
    return text


def _opened(calls: Sequence[Call], outermost: Sequence[Call]) -> list[Call]:
    """Return the calls with those that were made for them, one level deeper, in order."""
    shown = {call.first for call in calls}
    found: list[Call] = []
    waiting = list(reversed(outermost))
    while waiting:
        call = waiting.pop()
        found.append(call)
        if call.first in shown:
            waiting += reversed(call.inner)
        if len(found) > LINES:
            break
    return found


def _width(document: Document, calls: Sequence[Call], loops: _Loops) -> int:
    longest: dict[frozenset[str], int] = {}
    for call in calls:
        pair = frozenset((call.request.source, call.request.target))
        cells = max(wcswidth(line) for line in label_lines(_text(call, loops)))
        longest[pair] = max(cells, longest.get(pair, 0))
    used = {name for pair in longest for name in pair}
    known = [participant.name for participant in document.participants]
    return width_of(
        [name for name in dict.fromkeys([*known, *sorted(used)]) if name in used], longest
    )


def _drawn(document: Document, calls: Sequence[Call], left: int, loops: _Loops) -> str:
    used = {name for call in calls for name in (call.request.source, call.request.target)}
    known = [participant.name for participant in document.participants]
    lines = {line.name: line for line in lifelines([*known, *sorted(used)])}
    out = ["sequenceDiagram"]
    out += [_INDENT + line.declaration for line in lines.values() if line.name in used]
    for call in calls:
        step = call.request
        source, target = lines[step.source].identifier, lines[step.target].identifier
        arrow = "->>" if step.kind is StepKind.REQUEST else "-->>"
        if call.steps[-1].failed:
            arrow = "-x"
        out.append(f"{_INDENT}{source}{arrow}{target}: {label(_text(call, loops))}")
    if left > 0 and calls:
        over = lines[calls[-1].request.source].identifier
        out.append(f"{_INDENT}Note over {over}: {label(f'and {left:,} more calls')}")
    return "\n".join([*out, ""])


def _text(call: Call, loops: _Loops) -> str:
    step, answer = call.request, call.steps[-1]
    loop = loops.get(call.first)
    end = call.last if loop is None else loop.last
    where = f"({call.first}-{end})" if end > call.first else f"({call.first})"
    status = "" if answer.status_code is None else str(answer.status_code)
    outcome = "" if answer is step else f" {status or answer.head}".rstrip()
    often = "" if loop is None else f", {loop.title}"
    return f"{where} {step.title}{outcome}{often}"
