"""A flow's parts: a call, parts in a row, one of several, any order, again and again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias

__all__ = ["AnyOrder", "Either", "Nothing", "Part", "Row", "Task", "Turns", "tasks"]


@dataclass(frozen=True, slots=True)
class Task:
    """One call, by its words: ``image -> identity: POST /v3/auth/tokens``."""

    name: str


@dataclass(frozen=True, slots=True)
class Nothing:
    """No call at all: what the rest of an `Either` may be left out for."""


@dataclass(frozen=True, slots=True)
class Row:
    """Parts one after the other."""

    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Either:
    """One of several parts."""

    parts: tuple[Part, ...]
    seen: tuple[int, ...] = ()
    """How often each was taken, as far as that is known."""
    examples: tuple[int, ...] = ()
    """For each the number of a run that took it."""

    @property
    def is_optional(self) -> bool:
        """Whether all of it may be left out."""
        return any(isinstance(part, Nothing) for part in self.parts)


@dataclass(frozen=True, slots=True)
class AnyOrder:
    """Parts whose calls may come in any order."""

    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Turns:
    """A part that is done again, perhaps with another one in between."""

    body: Part
    between: Part = Nothing()
    least: int = 1
    most: int | None = None
    """None: nobody says."""


Part: TypeAlias = "Task | Nothing | Row | Either | AnyOrder | Turns"


def tasks(part: Part) -> Iterator[Task]:
    """Yield the calls of a part in the order in which they are written."""
    waiting: list[Part] = [part]
    while waiting:
        top = waiting.pop()
        if isinstance(top, Task):
            yield top
        elif isinstance(top, Turns):
            waiting += (top.between, top.body)
        elif not isinstance(top, Nothing):
            waiting += top.parts[::-1]
