"""Which frames open and close at which step.

The Document promises that groups nest and never overlap; a Document read from a file may break
the promise, and a diagram with a frame too many is not drawn at all. What does not nest, names no
step, or is nested deeper than anyone can see is left out here.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from otelhook.sequence.document import Document, Group, Step

__all__ = ["DEPTH_LIMIT", "PlacedGroup", "drawable_groups", "placed_steps"]

DEPTH_LIMIT = 8
"""Frames inside one another that are still drawn."""


@dataclass(frozen=True, slots=True)
class PlacedGroup:
    """A step with the frames that open before it and the number of those that close after it."""

    step: Step
    opens: tuple[Group, ...]
    """Outermost first."""
    closes: int


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
    """Yield the steps in order, each with what opens and closes around it."""
    opens: dict[int, list[Group]] = {}
    closes: dict[int, int] = {}
    for group in drawable_groups(document):
        opens.setdefault(group.first, []).append(group)
        closes[group.last] = closes.get(group.last, 0) + 1
    for step in document.steps:
        yield PlacedGroup(step, tuple(opens.get(step.number, ())), closes.get(step.number, 0))
