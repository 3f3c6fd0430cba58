"""Loops folded: of what repeats, a diagram draws the first time and says how often.

Numbers stay true: steps that are not drawn keep theirs, and what follows them goes on with its own.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

from otelhook.render.shared.frames import drawable_groups
from otelhook.sequence.document import Document, Group, GroupKind

__all__ = ["Fold", "folded", "folds"]


class Fold(NamedTuple):
    """A loop of which the first iteration is shown; the steps ``first`` to ``last`` repeat it."""

    loop: Group
    first: int
    last: int


def folds(document: Document) -> tuple[Fold, ...]:
    """Return what is folded, in order; no two have a step in common.

    A loop within an iteration that is shown is folded too. A loop whose iterations cannot be told
    apart (`Group.times` is 0, or does not divide its steps) is not.
    """
    places = {step.number: place for place, step in enumerate(document.steps)}
    found: list[Fold] = []
    repeated: set[int] = set()
    for group in drawable_groups(document):
        if group.first not in repeated and (fold := _fold(group, places)) is not None:
            found.append(fold)
            repeated.update(range(fold.first, fold.last + 1))
    return tuple(sorted(found, key=lambda fold: fold.first))


def _fold(group: Group, places: Mapping[int, int]) -> Fold | None:
    size = group.last - group.first + 1
    is_loop = group.kind is GroupKind.LOOP and group.times > 1 and size % group.times == 0
    # A document read from a file may number its steps as it likes.
    if not is_loop or places[group.last] - places[group.first] != size - 1:
        return None
    return Fold(group, group.first + size // group.times, group.last)


def folded(document: Document) -> Document:
    """Return the document without the steps that repeat others, for a diagram of it.

    A folded loop's title says which steps it stands for: ``12 times (3-26)``. Flows, highlights
    and redactions stay as they are, those of steps that are gone too.
    """
    found = folds(document)
    if not found:
        return document
    repeated = {number for fold in found for number in range(fold.first, fold.last + 1)}
    steps = tuple(step for step in document.steps if step.number not in repeated)
    numbers = [step.number for step in steps]
    loops = {fold.loop for fold in found}

    def shown(group: Group) -> Group:
        last = numbers[bisect_right(numbers, group.last) - 1]
        if group not in loops:
            return replace(group, last=last)
        title = f"{group.title} ({group.first}-{group.last})"
        return Group(group.kind, title, group.first, last)

    groups = [shown(g) for g in drawable_groups(document) if g.first not in repeated]
    notes = tuple(note for note in document.notes if note.first not in repeated)
    return replace(document, steps=steps, groups=tuple(groups), notes=notes)
