"""Walking a forest of parents without recursion."""

from __future__ import annotations

from collections.abc import Container, Sequence
from typing import Final

__all__ = ["LOST", "ROOT", "nearest", "parents_first"]

ROOT: Final = -1
"""In place of a parent: the span names none."""
LOST: Final = -2
"""In place of a parent: the span names one that is not here."""


def parents_first(parents: list[int]) -> tuple[list[int], int]:
    """Return all indices, each after its parent; cycles are cut in ``parents`` itself.

    A cycle is cut above its member that comes first in canonical order, which becomes a root.
    """
    order: list[int] = []
    placed = [False] * len(parents)
    cycles = 0
    for start in range(len(parents)):
        path: list[int] = []
        on_path: set[int] = set()
        index = start
        while index >= 0 and not placed[index]:
            if index in on_path:
                ring = path[path.index(index) :]
                first = min(ring)
                parents[first] = ROOT
                cycles += 1
                path = _unrolled(path, ring, first)
                break
            path.append(index)
            on_path.add(index)
            index = parents[index]
        for index in reversed(path):
            placed[index] = True
            order.append(index)
    return order, cycles


def _unrolled(path: list[int], ring: list[int], first: int) -> list[int]:
    """Return ``path`` from child to parent once the ring at its end is cut above ``first``."""
    at = ring.index(first)
    return path[: len(path) - len(ring)] + ring[at + 1 :] + ring[: at + 1]


def nearest(
    parents: Sequence[int], order: Sequence[int], ends: Container[int]
) -> tuple[list[int], list[int]]:
    """Return by index the nearest ancestor among ``ends``, and the highest ancestor below it.

    Args:
        parents: by index, else `ROOT` or `LOST`.
        order: all indices, each after its parent.
        ends: where to stop.
    """
    near, top = [ROOT] * len(parents), list(range(len(parents)))
    for index in order:
        parent = parents[index]
        if parent < 0 or parent in ends:
            near[index] = parent
        else:
            near[index], top[index] = near[parent], top[parent]
    return near, top
