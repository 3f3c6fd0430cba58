"""The longest common part of two lists, by what their items are (Myers, 1986)."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Sequence

__all__ = ["common"]

_MOST_CHANGES = 1_000
"""Beyond so many items that only one list has, each item is paired with its next likeness."""


def common(first: Sequence[Hashable], second: Sequence[Hashable]) -> list[tuple[int, int]]:
    """Return the places of equal items, rising in both lists, as many as there can be.

    The time grows with the length and with the number of differences; where there are more than
    a thousand, the result is still rising but may be shorter than it could be.
    """
    start = 0
    ends = min(len(first), len(second))
    while start < ends and first[start] == second[start]:
        start += 1
    stop = 0
    while stop < ends - start and first[-1 - stop] == second[-1 - stop]:
        stop += 1
    middle = _middle(first[start : len(first) - stop], second[start : len(second) - stop])
    pairs = [(n, n) for n in range(start)]
    pairs += ((i + start, j + start) for i, j in middle)
    pairs += ((len(first) - n, len(second) - n) for n in range(stop, 0, -1))
    return pairs


def _middle(first: Sequence[Hashable], second: Sequence[Hashable]) -> list[tuple[int, int]]:
    """Walk Myers's graph of edits, keeping what was reached with each number of edits."""
    if not first or not second:
        return []
    reached = {1: 0}
    trace: list[dict[int, int]] = []
    for edits in range(min(len(first) + len(second), _MOST_CHANGES) + 1):
        trace.append(dict(reached))
        for k in range(-edits, edits + 1, 2):
            down = k == -edits or (k != edits and reached[k - 1] < reached[k + 1])
            x = reached[k + 1] if down else reached[k - 1] + 1
            y = x - k
            while x < len(first) and y < len(second) and first[x] == second[y]:
                x, y = x + 1, y + 1
            reached[k] = x
            if x >= len(first) and y >= len(second):
                return _walked_back(trace, len(first), len(second))
    return _greedy(first, second)


def _walked_back(trace: list[dict[int, int]], x: int, y: int) -> list[tuple[int, int]]:
    pairs: list[tuple[int, int]] = []
    for edits in range(len(trace) - 1, -1, -1):
        reached = trace[edits]
        k = x - y
        down = k == -edits or (k != edits and reached[k - 1] < reached[k + 1])
        before = k + 1 if down else k - 1
        start_x = reached[before]
        start_y = start_x - before
        while x > start_x and y > start_y and x > 0 and y > 0:
            if (x - 1, y - 1) < (start_x, start_y):
                break
            x, y = x - 1, y - 1
            pairs.append((x, y))
        x, y = start_x, start_y
    return pairs[::-1]


def _greedy(first: Sequence[Hashable], second: Sequence[Hashable]) -> list[tuple[int, int]]:
    places: dict[Hashable, list[int]] = defaultdict(list)
    for index in range(len(second) - 1, -1, -1):
        places[second[index]].append(index)
    pairs: list[tuple[int, int]] = []
    last = -1
    for index, item in enumerate(first):
        waiting = places[item]
        while waiting and waiting[-1] <= last:
            waiting.pop()
        if waiting and waiting[-1] - last <= _MOST_CHANGES:
            last = waiting.pop()
            pairs.append((index, last))
    return pairs
