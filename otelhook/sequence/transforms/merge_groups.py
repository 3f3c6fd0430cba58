"""Further frames among those that are there: groups nest and never overlap."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from otelhook.sequence.document import Document, Group

__all__ = ["with_groups"]


def with_groups(document: Document, groups: Iterable[Group]) -> Document:
    """Return the document with those of ``groups`` that cross none of its own.

    Args:
        document: its own groups nest.
        groups: they nest among each other. One that is there already is not added again.
    """
    known = set(document.groups)
    ends = _Ends(document.groups)
    added = [g for g in groups if g not in known and ends.leave_whole(g)]
    if not added:
        return document
    listed = sorted((*document.groups, *added), key=lambda g: (g.first, -g.last))
    return replace(document, groups=tuple(listed))


class _Ends:
    """Where groups begin and end."""

    def __init__(self, groups: Iterable[Group]) -> None:
        self._reach: dict[int, int] = {}
        self._back: dict[int, int] = {}
        for group in groups:
            self._reach[group.first] = max(group.last, self._reach.get(group.first, 0))
            self._back[group.last] = min(group.first, self._back.get(group.last, group.first))

    def leave_whole(self, group: Group) -> bool:
        """Return whether none has one end inside this group and one outside."""
        first, last = group.first, group.last
        begun_inside = range(first + 1, last + 1) if self._reach else ()
        ended_inside = range(first, last) if self._back else ()
        return not any(self._reach.get(number, 0) > last for number in begun_inside) and not any(
            self._back.get(number, first) < first for number in ended_inside
        )
