"""Where to divide a diagram that is too large to read, or too large to be drawn at all.

A part ends where the fewest frames are open and the fewest exchanges unanswered: at the end of a
subtree where one ends in time. Numbers run on, so nothing here changes a step.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import pairwise
from types import MappingProxyType
from typing import NamedTuple

from otelhook.render.mermaid.escaping import label_lines, shown_name
from otelhook.render.shared.frames import drawable_groups
from otelhook.render.shared.widths import text_width
from otelhook.render.shared.wording import arrow_line
from otelhook.sequence.document import Document, Step

__all__ = ["TARGETS", "DiagramLimits", "label_cells", "part_starts", "width_of"]


class DiagramLimits(NamedTuple):
    """What one diagram may hold."""

    units: int
    """UTF-16 units of its text."""
    messages: int | None = 40
    """None: as many as there are."""
    width: int | None = 900 * 16 // 11
    """Pixels that Mermaid draws before it shrinks them into a column of 900: its text has 16 of
    them, and 11 can still be read. None: as wide as it is."""


TARGETS: Mapping[str, DiagramLimits] = MappingProxyType(
    {
        "mkdocs": DiagramLimits(45_000),
        "github": DiagramLimits(45_000),
        "gitlab": DiagramLimits(4_500),
        "gitea": DiagramLimits(4_500),
    }
)
"""Mermaid, and GitHub with it, shows an error box above 50,000 units, GitLab and Gitea above
5,000; a tenth is left to them."""

_MARGIN, _BOX, _GAP = 100, 150, 50
"""Pixels that Mermaid leaves around the diagram, gives a participant, and leaves between two."""

_CELL = 10
"""Pixels of a letter at 16 px, rather too many."""

_MORE = (0, 2, 4, 6, 9, 12)
"""How many messages above the average a part may have, so that parts are of similar size."""

_TINY = 2
"""Steps of a part that is none: a request and its answer."""

_FILLED = 4
"""A part is filled to a quarter at least: where calls only ever begin, any earlier place has fewer
of them open, and every part would be one step. It is filled to twice that, if the next level of
nesting allows it."""


def width_of(
    names: Sequence[str],
    longest: Mapping[frozenset[str], int],
    *,
    box: int = _BOX,
    gap: int = _GAP,
) -> int:
    """Return about how many pixels wide Mermaid draws these participants, in their order.

    Args:
        names: of the participants.
        longest: cells of the longest line between two of them; neighbours move apart for it.
        box: pixels of a participant.
        gap: pixels between two.
    """
    total = 2 * _GAP
    before: tuple[str, int] | None = None
    for name in names:
        wide = max(box, text_width(shown_name(name)) * _CELL + 2 * 10)
        total += wide
        if before is not None:
            line = longest.get(frozenset((before[0], name)), 0) * _CELL
            total += max(gap, line + gap - (before[1] + wide) // 2)
        before = (name, wide)
    return total


@dataclass(slots=True)
class _Filling:
    """What stands in a part so far."""

    order: Mapping[str, int]
    cells: Sequence[int]
    """Of the longest line of each step's label, in the order of the steps."""
    names: list[str] = field(default_factory=list[str])
    longest: dict[frozenset[str], int] = field(default_factory=dict[frozenset[str], int])
    width: int = _MARGIN

    def add(self, step: Step, place: int) -> None:
        pair = frozenset((step.source, step.target))
        cells = self.cells[place]
        new = [name for name in pair if name not in self.names]
        if not new and cells <= self.longest.get(pair, 0):
            return
        self.longest[pair] = max(cells, self.longest.get(pair, 0))
        self.names = sorted([*self.names, *new], key=lambda name: self.order[name])
        self.width = width_of(self.names, self.longest)


def part_starts(
    document: Document,
    room: DiagramLimits,
    sizes: Sequence[int],
    widths: Sequence[int] | None = None,
) -> frozenset[int]:
    """Return the numbers of the steps with which a part begins, but for the first.

    Args:
        document: what is drawn.
        room: how much a part may hold.
        sizes: units of each step's lines, in the order of the steps.
        widths: cells of each step's label, if they are known.
    """
    steps = document.steps
    if room.messages is None and room.width is None and sum(sizes) <= room.units // 2:
        return frozenset()
    nesting = _nesting(document)
    names = [participant.name for participant in document.participants]
    names += [name for step in steps for name in (step.source, step.target)]
    order = {name: place for place, name in enumerate(dict.fromkeys(names))}
    # Laid out once: a part's filling is tried again and again.
    cells = widths or ([] if room.width is None else list(map(label_cells, map(_lines, steps))))
    empty = partial(_Filling, order, cells)
    found = _even(
        _divided(steps, nesting, room, sizes, empty),
        len(steps),
        room,
        divide=lambda messages: _divided(
            steps, nesting, room._replace(messages=messages), sizes, empty
        ),
    )
    return frozenset(steps[begin].number for begin in _without_tiny(found, sizes, room))


def label_cells(lines: Iterable[str]) -> int:
    """Return how wide the lines of a label are."""
    return max(map(text_width, lines))


def _lines(step: Step) -> tuple[str, ...]:
    return label_lines(arrow_line(step))


def _divided(
    steps: Sequence[Step],
    nesting: Sequence[tuple[int, int]],
    room: DiagramLimits,
    sizes: Sequence[int],
    empty: Callable[[], _Filling],
) -> list[int]:
    """Return the places of the steps with which parts begin, but for the first."""
    starts: list[int] = []
    begin = 0
    while (end := _furthest(steps, begin, room, sizes, empty)) < len(steps):
        begin = _best(nesting, begin, end)
        starts.append(begin)
    return starts


def _even(
    starts: list[int],
    steps: int,
    room: DiagramLimits,
    divide: Callable[[int], list[int]],
) -> list[int]:
    """Return where parts begin; if one is small, as evenly as no more parts can be.

    Args:
        starts: where parts begin if each is as full as it can be.
        steps: how many there are.
        room: what a part may hold.
        divide: divides anew, with this many messages a part at most.
    """
    parts = len(starts) + 1
    if parts == 1 or room.messages is None:
        return starts
    average = -(-steps // parts)
    if 2 * _smallest(starts, steps) >= average:
        return starts
    best = starts
    for messages in sorted({min(room.messages, average + more) for more in _MORE}):
        found = divide(messages)
        if len(found) <= len(starts) and _smallest(found, steps) > _smallest(best, steps):
            best = found
    return best


def _without_tiny(starts: Sequence[int], sizes: Sequence[int], room: DiagramLimits) -> list[int]:
    """Return where parts begin without those of a call or less: each joins its smaller neighbour.

    That one may then be wider than it should be, which is easier to read than a part for one call.
    """
    bounds = [0, *starts, len(sizes)]
    at = 0
    while at + 1 < len(bounds):
        tiny = bounds[at + 1] - bounds[at] <= _TINY
        joined = [
            three
            for three in (bounds[max(0, at - 1) : at + 2], bounds[at : at + 3])
            if len(three) == 3 and _has_room(three[0], three[2], sizes, room)  # noqa: PLR2004
        ]
        if tiny and joined:
            bounds.remove(min(joined, key=lambda three: three[2] - three[0])[1])
            at = max(0, at - 1)
        else:
            at += 1
    return bounds[1:-1]


def _has_room(begin: int, end: int, sizes: Sequence[int], room: DiagramLimits) -> bool:
    """Return whether a part may have these steps, however wide it is."""
    few = room.messages is None or end - begin <= room.messages
    return few and sum(sizes[begin:end]) <= room.units


def _smallest(starts: Sequence[int], steps: int) -> int:
    return min(end - begin for begin, end in pairwise([0, *starts, steps]))


def _furthest(
    steps: Sequence[Step],
    begin: int,
    room: DiagramLimits,
    sizes: Sequence[int],
    empty: Callable[[], _Filling],
) -> int:
    """Return how far a part that begins here can go: at least one step."""
    filling, units, end = empty(), 0, begin
    while end < len(steps):
        units += sizes[end]
        if room.width is not None:
            filling.add(steps[end], end)
        is_full = (
            units > room.units
            or (room.messages is not None and end - begin >= room.messages)
            or (room.width is not None and filling.width > room.width)
        )
        if is_full and end > begin:
            break
        end += 1
    return end


def _best(nesting: Sequence[tuple[int, int]], begin: int, end: int) -> int:
    """Return where the next part begins, after ``begin`` and at ``end`` at the latest."""
    least = begin + max(1, (end - begin) // _FILLED)
    enough = begin + 2 * (end - begin) // _FILLED

    def cost(index: int) -> tuple[int, int, int]:
        frames, exchanges = nesting[index]
        return frames, exchanges + (index < enough), -index

    return min(range(least, end + 1), key=cost)


def _nesting(document: Document) -> list[tuple[int, int]]:
    """Return how many frames, and how many exchanges, are open before each step."""
    closing: dict[int, int] = {}
    opening: dict[int, int] = {}
    for group in drawable_groups(document):
        opening[group.first] = opening.get(group.first, 0) + 1
        closing[group.last] = closing.get(group.last, 0) + 1
    return list(_open_before(document.steps, opening, closing))


def _open_before(
    steps: Sequence[Step], opening: Mapping[int, int], closing: Mapping[int, int]
) -> Iterator[tuple[int, int]]:
    last = {step.exchange: index for index, step in enumerate(steps)}
    frames = 0
    awaited: set[int] = set()
    for index, step in enumerate(steps):
        yield frames, len(awaited)
        frames += opening.get(step.number, 0) - closing.get(step.number, 0)
        if last[step.exchange] > index:
            awaited.add(step.exchange)
        else:
            awaited.discard(step.exchange)
