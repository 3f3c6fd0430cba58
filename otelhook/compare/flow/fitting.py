"""Does a row of calls fit a part, where does it first not, and what was expected there.

A part is taken as a regular expression with interleaving, and read by its derivatives (Brzozowski,
1964): after each call what is left to come.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias, cast

from otelhook.compare.flow.tree import AnyOrder, Either, Nothing, Part, Row, Task, Turns

__all__ = ["Misfit", "first_misfit"]

Left: TypeAlias = "tuple[str, Left, Left] | tuple[str, str] | tuple[str]"
"""What is left to come: nothing more, a name, one after another, either, beside, or turns."""

_DONE: Left = ("done",)
_NEVER: Left = ("never",)
_MOST = 200
"""Turns up to which a number is held to; more are any number."""


@dataclass(frozen=True, slots=True)
class Misfit:
    """Where a row first does not fit."""

    index: int
    """Of the call in the row; its length if the row ends too early."""
    expected: tuple[str, ...]
    """Names of calls that would have fitted there, sorted."""
    may_end: bool
    """Whether the row could have ended there."""


def first_misfit(part: Part, names: Sequence[str], *, limits: bool = False) -> Misfit | None:
    """Return where a row of calls first does not fit; None if it fits.

    Args:
        part: the flow.
        names: of the calls, in order.
        limits: whether turns are held to their numbers; else any number of them fits.
    """
    left = _left(part, limits)
    for index, name in enumerate(names):
        after = _after(left, name)
        if after == _NEVER:
            return Misfit(index, tuple(sorted(_first(left))), _may_end(left))
        left = after
    if _may_end(left):
        return None
    return Misfit(len(names), tuple(sorted(_first(left))), may_end=False)


@lru_cache(4_096)
def _left(part: Part, limits: bool) -> Left:  # noqa: FBT001 - a cache's key
    if isinstance(part, Nothing):
        return _DONE
    if isinstance(part, Task):
        return ("name", part.name)
    if isinstance(part, Turns):
        return _of_turns(part, limits=limits)
    parts = [_left(inner, limits) for inner in part.parts]
    join = {Row: _then, Either: _either, AnyOrder: _beside}[type(part)]
    made = parts[-1]
    for inner in parts[-2::-1]:
        made = join(inner, made)
    return made


def _of_turns(part: Turns, *, limits: bool) -> Left:
    body, between = _left(part.body, limits), _left(part.between, limits)
    once = _then(between, body)
    most = part.most if limits else None
    least = min(part.least, _MOST) if limits else min(part.least, 1)
    if most is None or most > _MOST:
        tail: Left = ("turns", once, _DONE)
    else:
        tail = _DONE
        for _ in range(max(most - max(least, 1), 0)):
            tail = _either(_then(once, tail), _DONE)
    for _ in range(least - 1):
        tail = _then(once, tail)
    whole = _then(body, tail)
    return whole if least else _either(whole, _DONE)


def _then(one: Left, other: Left) -> Left:
    if _NEVER in (one, other):
        return _NEVER
    if one == _DONE:
        return other
    return one if other == _DONE else ("then", one, other)


def _either(one: Left, other: Left) -> Left:
    if one in (_NEVER, other):
        return other
    return one if other == _NEVER else ("either", one, other)


def _beside(one: Left, other: Left) -> Left:
    if _NEVER in (one, other):
        return _NEVER
    if one == _DONE:
        return other
    return one if other == _DONE else ("beside", one, other)


def _pieces(left: Left) -> tuple[Left, Left]:
    return cast("tuple[Left, Left]", left[1:])


@lru_cache(65_536)
def _may_end(left: Left) -> bool:
    kind = left[0]
    if kind == "either":
        return any(map(_may_end, _pieces(left)))
    if kind in ("then", "beside"):
        return all(map(_may_end, _pieces(left)))
    return kind in ("done", "turns")


@lru_cache(65_536)
def _first(left: Left) -> frozenset[str]:
    kind = left[0]
    if kind == "name":
        return frozenset(cast("tuple[str]", left[1:]))
    if kind in ("done", "never"):
        return frozenset()
    one, other = _pieces(left)
    if kind == "turns" or (kind == "then" and not _may_end(one)):
        return _first(one)
    return _first(one) | _first(other)


@lru_cache(65_536)
def _after(left: Left, name: str) -> Left:
    kind = left[0]
    if kind == "name":
        return _DONE if left[1:] == (name,) else _NEVER
    if kind in ("done", "never"):
        return _NEVER
    one, other = _pieces(left)
    if kind == "turns":
        return _then(_after(one, name), left)
    if kind == "either":
        return _either(_after(one, name), _after(other, name))
    if kind == "beside":
        return _either(_beside(_after(one, name), other), _beside(one, _after(other, name)))
    moved = _then(_after(one, name), other)
    return _either(moved, _after(other, name)) if _may_end(one) else moved
