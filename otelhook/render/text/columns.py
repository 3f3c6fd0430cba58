"""Where the lifelines of a terminal diagram stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from otelhook.render.shared.terminal import cells, cut

__all__ = ["CellSpace", "Columns", "Demand", "placed_columns"]

_NARROWEST_GAP = 14
"""Cells between two lifelines below which labels say nothing: then a list says more."""

_LONGEST_NAME = 26
_SHORTEST_NAME = 8
_BOX = 4
"""What a name's box adds to the name: two borders, two blanks."""


@dataclass(frozen=True, slots=True)
class Demand:
    """A message between the columns ``left`` and ``right`` that wants ``wide`` cells."""

    left: int
    right: int
    """The column after the last for a message that a participant sends itself."""
    wide: int


@dataclass(frozen=True, slots=True)
class CellSpace:
    """The cells there are."""

    start: int
    """The first that may be used."""
    width: int
    """How many a row has."""
    margin: int
    """How many to keep free beside the outermost lifelines, for frames."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Names, perhaps cut, and the cell at which each lifeline runs."""

    names: tuple[str, ...]
    at: tuple[int, ...]
    width: int
    """Cells used in all."""


def placed_columns(
    names: Sequence[str], demands: Sequence[Demand], room: CellSpace, ellipsis: str
) -> Columns | None:
    """Place the lifelines, or return None where there is no room for them.

    Args:
        names: printable, in order.
        demands: what the messages would like; room is given where it shortens most labels.
        room: the cells there are.
        ellipsis: of names that are cut.
    """
    for limit in range(_LONGEST_NAME, _SHORTEST_NAME - 1, -1):
        shown = tuple(cut(name, limit, ellipsis) for name in names)
        gaps = _narrowest(shown, room.margin)
        first = room.start + max(room.margin, _half(shown[0]))
        if first + sum(gaps) < room.width:
            _widen(gaps, demands, room.width - 1 - first - sum(gaps))
            at = tuple(first + sum(gaps[:column]) for column in range(len(names)))
            return Columns(shown, at, first + sum(gaps) + 1)
    return None


def _half(name: str) -> int:
    return (cells(name) + _BOX) // 2


def _narrowest(names: Sequence[str], margin: int) -> list[int]:
    """Return the least gap right of each lifeline; the last is the margin."""
    between = [
        max(_NARROWEST_GAP, _half(left) + _half(right) + 2) for left, right in pairwise(names)
    ]
    return [*between, max(margin, _half(names[-1]))]


def _widen(gaps: list[int], demands: Sequence[Demand], slack: int) -> None:
    """Give the slack, cell by cell, to the gap whose messages lack the most cells.

    That is the way down of the sum of the squares, so that no label is cut to nothing for
    others to be whole.
    """
    wanted: dict[tuple[int, int], dict[int, int]] = {}
    for demand in demands:
        widths = wanted.setdefault((demand.left, demand.right), {})
        widths[demand.wide] = widths.get(demand.wide, 0) + 1
    for _ in range(slack):
        lacking = [0] * len(gaps)
        for (left, right), widths in wanted.items():
            have = sum(gaps[left:right])
            cells_short = sum(times * max(0, wide - have) for wide, times in widths.items())
            for gap in range(left, right):
                lacking[gap] += cells_short
        # Of gaps that lack the same the narrowest, so that a long arrow widens all it crosses.
        most, _, gap = max(
            (cells_short, -gaps[gap], -gap) for gap, cells_short in enumerate(lacking)
        )
        if not most:
            return
        gaps[-gap] += 1
