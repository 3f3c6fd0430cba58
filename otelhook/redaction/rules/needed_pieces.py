"""What stands in each text that a pattern matches: pieces of text, and what is asked around them.

The compiled look (`compiled`) knows no regular expressions. Each pattern of the quick look gives it
a row: its longest piece of plain text, and what stands before and after as far as that is easily
told. A text in which no row is found has no match; where one is, the pattern itself decides. A row
may therefore ask for less than its pattern, never for more, and it is made of the pattern, so that
nothing can be added to one and forgotten in the other.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import Final, NamedTuple

__all__ = ["Check", "Row", "Step", "after", "before", "row_of", "row_of_text"]


class Step(NamedTuple):
    """A run of bytes of one set."""

    chosen: bytes
    """A bit for each of the 256 bytes."""
    least: int
    most: int


class Check(NamedTuple):
    """What must follow a piece, or stand before it, or must not."""

    behind: bool
    """Whether it stands before; its steps then go to the left."""
    negated: bool
    steps: tuple[Step, ...]


class Row(NamedTuple):
    """A piece of text, and what is asked around it."""

    piece: bytes
    """In UTF-8."""
    back: int
    """How many characters before it a match may begin."""
    checks: tuple[Check, ...] = ()


class _Item(NamedTuple):
    """One character of a pattern, or several alike."""

    pattern: str
    least: int = 1
    most: int = 1


_ITEM: Final = re.compile(
    r"(?P<one>\[\^?\]?(?:\\.|[^\]\\])*\]|\\[wWdDsSnrt]|\\[^\w\s]|[^\\.^$*+?{}\[\]|()])"
    r"(?:(?P<may>\?)(?!\?)|\{(?P<least>\d+)(?:,(?P<most>\d+))?\}(?![?+])|(?![*+?{]))",
    re.DOTALL,
)
_NESTED: Final = re.compile(r"\([^()]*\)")
_NO_CHOICE: Final = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]", re.DOTALL)
_ASCII: Final = "".join(map(chr, range(0x80)))
_BEYOND_ASCII: Final = "é٣\u00a0·"
"""A letter, a digit, a blank and another sign: sets have the others by what they are."""
_SPELLED: Final = re.compile(r"\\[xuUN\d]")
"""Or by their numbers."""
_LONGEST: Final = 4
"""Bytes of a character."""


def row_of_text(text: str, *checks: Check) -> Row:
    """Return the row of what is plain text."""
    return Row(text.encode("utf-8", "surrogatepass"), 0, checks)


def row_of(pattern: str, flags: int = 0) -> Row:
    """Return the row of a pattern that begins with a plain character.

    Args:
        pattern: a regular expression; what is not understood of it is left to itself.
        flags: its flags.
    """
    if "|" in _outermost(pattern):
        return row_of_text(pattern[0])
    items, end = _read(pattern)
    alone = [item for item in items if item == (item.pattern, 1, 1)]
    if pattern.startswith("(?<=", end) and alone == items:
        whole, closed = _read(pattern, end + 4)
        if pattern[closed : closed + 1] == ")" and whole[-len(items) :] == items:
            items, end = whole, closed + 1
    if pattern.startswith("(?=", end):
        ahead, closed = _read(pattern, end + 3)
        items += ahead if pattern[closed : closed + 1] == ")" else []
    start, stop = _longest_text(items)
    if start == stop:
        return row_of_text(pattern[0])
    checks = (
        Check(behind=True, negated=False, steps=_steps(items[:start][::-1], flags)),
        Check(behind=False, negated=False, steps=_steps(items[stop:], flags)),
    )
    text = "".join(item.pattern[-1] for item in items[start:stop])
    return Row(text.encode(), start, tuple(one for one in checks if one.steps))


def after(patterns: str, flags: int = 0) -> Check:
    """Return the check that a piece is followed by these characters: ``[a-z]{16}[0-9]``."""
    items = [] if "|" in _outermost(patterns) else _read(patterns)[0]
    return Check(behind=False, negated=False, steps=_steps(items, flags))


def before(patterns: str, flags: int = 0, *, negated: bool = False) -> Check:
    """Return the check that a piece stands behind these characters, or does not; in the latter case
    each of these is one of ASCII.
    """
    return Check(behind=True, negated=negated, steps=_steps(_read(patterns)[0][::-1], flags))


def _outermost(pattern: str) -> str:
    """Return a pattern without its groups, sets and escapes."""
    left, plain = "", _NO_CHOICE.sub("", pattern)
    while left != plain:
        left, plain = plain, _NESTED.sub("", plain)
    return plain


def _read(pattern: str, at: int = 0) -> tuple[list[_Item], int]:
    """Return the characters that a pattern has one after another, and where it has something else.

    What may be there or not is among them only where what follows is none of it: the compiled look
    does not go back.
    """
    items: list[_Item] = []
    while (match := _ITEM.match(pattern, at)) is not None:
        one, may, least, most = match.group("one", "may", "least", "most")
        last = items[-1] if items else None
        varies = last is not None and last.least < last.most
        if last is not None and varies and _overlap(_set(last.pattern, 0), _set(one, 0)):
            return items[:-1], at
        fewest = 0 if may else int(least or 1)
        items.append(_Item(one, fewest, int(most or least or 1)))
        at = match.end()
    return items, at


def _overlap(one: bytes, other: bytes) -> bool:
    return int.from_bytes(one, "little") & int.from_bytes(other, "little") != 0


def _longest_text(items: list[_Item]) -> tuple[int, int]:
    """Return where the longest plain text is, before anything that may come several times."""
    start, found = 0, (0, 0)
    for at, item in enumerate(items):
        if item.least != 1 or item.most != 1:
            break
        if _is_set(item.pattern):
            start = at + 1
        elif at + 1 - start > found[1] - found[0]:
            found = start, at + 1
    return found


def _is_set(pattern: str) -> bool:
    return len(pattern) > 1 and (pattern[0] == "[" or pattern[1].isalnum())


def _steps(items: Iterable[_Item], flags: int) -> tuple[Step, ...]:
    """Return runs of bytes. How many of them a character beyond ASCII takes is not known: after a
    set that has such, what comes is told only where it is none of the set.
    """
    steps: list[Step] = []
    for item in items:
        chosen = _set(item.pattern, flags)
        if steps and steps[-1].chosen[-1] and _overlap(steps[-1].chosen, chosen):
            break
        steps.append(Step(chosen, item.least, item.most * (_LONGEST if chosen[-1] else 1)))
    return tuple(steps)


@cache
def _set(pattern: str, flags: int) -> bytes:
    """Return a bit for each byte that is of a character which a pattern of one matches."""
    if len(pattern) == 1 and pattern.isascii() and not flags & re.IGNORECASE:
        return (1 << ord(pattern)).to_bytes(32, "little")
    one = re.compile(pattern, flags)
    chosen = sum(1 << ord(sign) for sign in one.findall(_ASCII))
    others = not pattern.isascii() or _SPELLED.search(pattern) is not None
    if others or one.search(_BEYOND_ASCII) is not None:
        chosen |= ((1 << 0x80) - 1) << 0x80
    return chosen.to_bytes(32, "little")
