"""A Document without some of its exchanges: everything that counts steps is counted anew."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import TypeVar

from otelhook.sequence.call_tree import nesting
from otelhook.sequence.document import (
    Branch,
    Document,
    Flow,
    Group,
    Highlight,
    Note,
    Participant,
    Redaction,
    Step,
    Variable,
)

__all__ = ["without_exchanges"]

_Ranged = TypeVar("_Ranged", Group, Note)
_Placed = TypeVar("_Placed", Highlight, Redaction)


def without_exchanges(document: Document, left_out: AbstractSet[int]) -> Document:
    """Return the document without the exchanges of these numbers, its steps numbered 1..n.

    What lay beneath an exchange that is left out moves up. Groups and notes shrink to the steps
    that remain, and go with the last of them; so do participants, and variables that no label has
    any more. A flow goes with either of its ends.
    """
    if not left_out:
        return document
    kept = [step for step in document.steps if step.exchange not in left_out]
    steps = _renumbered(kept, _raised(document.steps, left_out))
    old = [step.number for step in kept]
    numbers = dict(zip(old, range(1, len(old) + 1), strict=True))
    return replace(
        document,
        start_time=steps[0].time if steps and document.start_time else 0,
        duration=steps[-1].time - steps[0].time if steps and document.start_time else 0,
        participants=_participants(document, steps),
        steps=steps,
        groups=_shrunk([_branched(_counted(group, old), old) for group in document.groups], old),
        variables=_variables(document, steps),
        notes=_shrunk(document.notes, old),
        flows=_flows(document.flows, numbers),
        highlights=_placed(document.highlights, numbers),
        redactions=_placed(document.redactions, numbers),
    )


def _raised(steps: Sequence[Step], left_out: AbstractSet[int]) -> dict[int, int]:
    """Return by exchange how many of those that it is nested in are left out."""
    parents = nesting(steps)
    raised: dict[int, int] = {}
    for step in steps:  # in order, so that a parent always comes first
        parent = parents.get(step.exchange)
        if parent is not None and step.exchange not in raised:
            raised[step.exchange] = raised.get(parent, 0) + (parent in left_out)
    return raised


def _renumbered(kept: Sequence[Step], raised: Mapping[int, int]) -> tuple[Step, ...]:
    exchanges: dict[int, int] = {}
    return tuple(
        replace(
            step,
            number=number,
            exchange=exchanges.setdefault(step.exchange, len(exchanges) + 1),
            depth=step.depth - raised.get(step.exchange, 0),
        )
        for number, step in enumerate(kept, 1)
    )


def _participants(document: Document, steps: Sequence[Step]) -> tuple[Participant, ...]:
    known = {participant.name: participant for participant in document.participants}
    names = dict.fromkeys(name for step in steps for name in (step.source, step.target))
    return tuple(known[name] for name in names if name in known)


def _variables(document: Document, steps: Sequence[Step]) -> tuple[Variable, ...]:
    """Drop those that stood in labels and stand in none now; others came from elsewhere."""
    before = {step.label for step in document.steps}
    now = {step.label for step in steps}
    gone = "\n".join(before - now)
    left = "\n".join(now)
    return tuple(
        variable
        for variable in document.variables
        if (mark := f"{{{variable.name}}}") in left or mark not in gone
    )


def _counted(group: Group, old: Sequence[int]) -> Group:
    """Return a loop without its count if what is left of its iterations differs."""
    size, rest = divmod(group.last - group.first + 1, group.times or 1)
    if not group.times or rest:
        return group
    left: list[set[int]] = [set() for _ in range(group.times)]
    for number in old[bisect_left(old, group.first) : bisect_right(old, group.last)]:
        iteration, place = divmod(number - group.first, size)
        left[iteration].add(place)
    return group if all(places == left[0] for places in left) else replace(group, times=0)


def _branched(group: Group, old: Sequence[int]) -> Group:
    """Map where an alternative's branches begin; what is left of one that has no step goes."""
    if not group.branches:
        return group
    left = tuple(_left(group, old))
    return replace(group, title=left[0].title if left else "", branches=left[1:])


def _left(group: Group, old: Sequence[int]) -> Iterator[Branch]:
    ways = (Branch(group.first, group.title), *group.branches)
    ends = (*(way.first for way in group.branches), group.last + 1)
    for way, end in zip(ways, ends, strict=True):
        if bisect_left(old, way.first) < bisect_left(old, end):
            yield Branch(bisect_left(old, way.first) + 1, way.title)


def _shrunk(ranges: Sequence[_Ranged], old: Sequence[int]) -> tuple[_Ranged, ...]:
    """Map ranges of old numbers to new ones; ``old`` is sorted, its places are the new ones."""
    shrunk: list[_Ranged] = []
    for item in ranges:
        first, last = bisect_left(old, item.first) + 1, bisect_right(old, item.last)
        if first <= last:
            shrunk.append(replace(item, first=first, last=last))
    return tuple(shrunk)


def _placed(items: Sequence[_Placed], numbers: Mapping[int, int]) -> tuple[_Placed, ...]:
    return tuple(replace(item, step=numbers[item.step]) for item in items if item.step in numbers)


def _flows(flows: Sequence[Flow], numbers: Mapping[int, int]) -> tuple[Flow, ...]:
    # 0 is no step: the value was issued before the trace.
    sources = {0: 0, **numbers}
    return tuple(
        replace(flow, step=numbers[flow.step], source_step=sources[flow.source_step])
        for flow in flows
        if flow.step in numbers and flow.source_step in sources
    )
