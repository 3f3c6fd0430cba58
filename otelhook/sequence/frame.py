"""Frames around steps of a Document: options, alternatives, loops, what ran at once."""

from __future__ import annotations

from dataclasses import dataclass

from otelhook.sequence.vocabulary import GroupKind

__all__ = ["Branch", "Group"]


@dataclass(frozen=True, slots=True)
class Branch:
    """One of several ways to go on: the steps from ``first`` to the next branch, or the end."""

    first: int
    title: str


@dataclass(frozen=True, slots=True)
class Group:
    """A frame around the steps ``first`` to ``last``; groups nest and never overlap."""

    kind: GroupKind
    title: str
    first: int
    last: int
    times: int = 0
    """On a loop, how many iterations it has, of equally many steps and equal but for volatile
    values and the values of queries; 0 if that is not known."""
    branches: tuple[Branch, ...] = ()
    """Of an ``alt``, the ways after the first, whose title is the group's."""
