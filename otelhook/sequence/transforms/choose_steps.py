"""A Document of some of its steps, which keep their numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from otelhook.errors import ConfigError, NotRecordedError
from otelhook.lazy_patterns import lazy
from otelhook.sequence.document import Document, Group, Note, Step, Variable

__all__ = ["only_steps", "parse_steps"]

_RANGE: Final = lazy(r"(\d{1,9})?(-)?(\d{1,9})?")
_LAST: Final = 10**9


def parse_steps(text: str) -> tuple[range, ...]:
    """Read ``5-12``, ``7``, ``20-`` or several with commas between them.

    Raises:
        ConfigError: it is none of these.
    """
    return tuple(_range(part.strip(), text) for part in text.split(","))


def _range(part: str, text: str) -> range:
    found = _RANGE.fullmatch(part)
    if found is None or not (found[1] or found[3]):
        message = f"{text!r} names no steps: write 7, 5-12, 20- or several such as 1-4,9"
        raise ConfigError(message)
    first = int(found[1] or 1)
    last = int(found[3] or (_LAST if found[2] else first))
    if not 1 <= first <= last:
        message = f"{text!r} names no steps: they are counted from 1, the first before the last"
        raise ConfigError(message)
    return range(first, last + 1)


def only_steps(document: Document, wanted: Sequence[range]) -> Document:
    """Return the document with the steps of these numbers only, and what is around them.

    Numbers stay, so that what was said of a step elsewhere is still true. A frame or a note that
    has none of the steps goes; so do lifelines that no step reaches.

    Raises:
        NotRecordedError: there is no such step.
    """
    steps = tuple(step for step in document.steps if any(step.number in r for r in wanted))
    if not steps:
        message = f"there is no such step: the steps are 1 to {len(document.steps)}"
        raise NotRecordedError(message)
    numbers = [step.number for step in steps]
    kept = frozenset(numbers)
    names = {name for step in steps for name in (step.source, step.target)}
    return replace(
        document,
        participants=tuple(p for p in document.participants if p.name in names),
        steps=steps,
        groups=_frames(document.groups, numbers),
        variables=_variables(document, steps),
        notes=_notes(document.notes, numbers),
        flows=tuple(flow for flow in document.flows if {flow.step, flow.source_step} <= kept),
        highlights=tuple(one for one in document.highlights if one.step in kept),
        redactions=tuple(one for one in document.redactions if one.step in kept),
        warnings=(*document.warnings, _said(numbers, document)),
    )


def _said(numbers: Sequence[int], document: Document) -> str:
    shown = f"{len(numbers)} of {len(document.steps)} steps"
    return f"Shown are {shown}, from {numbers[0]} to {numbers[-1]}."


def _within(item: Group | Note, numbers: Sequence[int]) -> Sequence[int]:
    return [number for number in numbers if item.first <= number <= item.last]


def _frames(groups: Sequence[Group], numbers: Sequence[int]) -> tuple[Group, ...]:
    """Shrink frames to their steps that are left; a loop that lost some has no count any more."""
    left: list[Group] = []
    for group in groups:
        if inside := _within(group, numbers):
            is_whole = len(inside) == group.last - group.first + 1
            times = group.times if is_whole else 0
            left.append(replace(group, first=inside[0], last=inside[-1], times=times))
    return tuple(left)


def _notes(notes: Sequence[Note], numbers: Sequence[int]) -> tuple[Note, ...]:
    left: list[Note] = []
    for note in notes:
        if not note.first:  # around the document, on a lifeline or a variable
            left.append(note)
        elif inside := _within(note, numbers):
            left.append(replace(note, first=inside[0], last=inside[-1]))
    return tuple(left)


def _variables(document: Document, steps: Sequence[Step]) -> tuple[Variable, ...]:
    """Drop those that stand only in labels of steps that are left out."""
    shown = "\n".join(step.label for step in steps)
    whole = "\n".join(step.label for step in document.steps)
    return tuple(
        variable
        for variable in document.variables
        if (mark := f"{{{variable.name}}}") in shown or mark not in whole
    )
