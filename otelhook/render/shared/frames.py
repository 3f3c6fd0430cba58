"""Which frames open and close at which step.

The Document promises that groups nest and never overlap; a Document read from a file may break
the promise, and a diagram with a frame too many is not drawn at all. What does not nest, names no
step, or is nested deeper than anyone can see is left out here.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from otelhook.sequence.document import Branch, Document, Group, GroupKind, Step

__all__ = ["DEPTH_LIMIT", "PlacedGroup", "drawable_groups", "placed_steps"]

DEPTH_LIMIT = 8
"""Frames inside one another that are still drawn."""


class PlacedGroup(NamedTuple):
    """A step with the frames that open before it and the number of those that close after it."""

    step: Step
    opens: tuple[Group, ...]
    """Outermost first."""
    closes: int
    turn: str | None = None
    """The title of the branch that begins here, of the innermost frame that is open before."""


def drawable_groups(document: Document) -> tuple[Group, ...]:
    """Return the groups that nest, outermost first."""
    numbers = {step.number for step in document.steps}
    whole = [g for g in document.groups if g.first in numbers and g.last in numbers]
    kept: list[Group] = []
    stack: list[Group] = []
    for group in sorted(whole, key=lambda g: (g.first, -g.last)):
        if group.last < group.first:
            continue
        while stack and stack[-1].last < group.first:
            stack.pop()
        if len(stack) >= DEPTH_LIMIT or (stack and stack[-1].last < group.last):
            continue
        stack.append(group)
        kept.append(group)
    return tuple(kept)


def placed_steps(document: Document) -> Iterator[PlacedGroup]:
    """Yield the steps in order, each with what opens, turns and closes around it."""
    opens: dict[int, list[Group]] = {}
    closes: dict[int, int] = {}
    for group in drawable_groups(document):
        opens.setdefault(group.first, []).append(group)
        closes[group.last] = closes.get(group.last, 0) + 1
    stack: list[Group] = []
    for step in document.steps:
        turns = (b.title for b in _branches(stack[-1:]) if b.first == step.number)
        turn = next(turns, None)
        begun = tuple(opens.get(step.number, ()))
        stack += begun
        ended = closes.get(step.number, 0)
        yield PlacedGroup(step, begun, ended, turn)
        del stack[len(stack) - ended :]


def _branches(groups: Sequence[Group]) -> Iterator[Branch]:
    """Yield the branches of frames that can have some: a file may say that any has."""
    yield from (b for group in groups if group.kind is GroupKind.ALT for b in group.branches)
