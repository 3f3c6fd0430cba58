"""Many patterns in one look: each first letter of theirs is searched for by itself.

The regular expression engine finds a pattern that begins with one plain character some ten times
as quickly as one that may begin with several, and whether a text has a character at all is asked
more quickly still. Most texts have few of the letters that these patterns begin with.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from otelhook.lazy_patterns import lazy

__all__ = ["Searches", "found_in", "letters_found", "searches", "ways_of"]

Searches = tuple[tuple[str, re.Pattern[str]], ...]
"""A first letter, and a pattern of all that begin with it."""


def _pattern_of(words: Iterable[str]) -> str:
    """Return a pattern of these words that looks at each character of a text about once."""
    follow: dict[str, list[str]] = {}
    for word in words:
        follow.setdefault(word[:1], []).append(word[1:])
    if "" in follow:
        return ""
    ways = [re.escape(first) + _pattern_of(rest) for first, rest in sorted(follow.items())]
    return ways[0] if len(ways) == 1 else f"(?:{'|'.join(ways)})"


def ways_of(words: Iterable[str], more: Iterable[str] = ()) -> dict[str, list[str]]:
    """Return patterns without their first letters, by these.

    Args:
        words: pieces of text.
        more: patterns that begin with a plain letter.
    """
    follow: dict[str, list[str]] = {}
    for word in words:
        follow.setdefault(word[:1], []).append(word[1:])
    ways = {first: [_pattern_of(rest)] for first, rest in follow.items()}
    for pattern in more:
        ways.setdefault(pattern[:1], []).append(pattern[1:])
    return ways


def searches(ways: Mapping[str, Iterable[str]], flags: int = 0) -> Searches:
    """Return what looks for patterns.

    Args:
        ways: patterns without their first letters, by these. A pattern is quicker if what follows
            comes before what must stand in front: ``et(?<=reset)``, not ``(?<=res)et``.
        flags: of regular expressions.
    """
    return tuple(
        (first, lazy(f"{re.escape(first)}(?:{'|'.join(rest)})", flags))
        for first, rest in sorted(ways.items())
    )


def found_in(text: str, table: Searches) -> bool:
    """Say whether any of the patterns is in a text."""
    for first, pattern in table:  # noqa: SIM110 - any() takes longer
        if first in text and pattern.search(text) is not None:
            return True
    return False


def letters_found(text: str, table: Searches) -> frozenset[str]:
    """Return the first letters of all patterns that are in a text."""
    return frozenset(
        first for first, pattern in table if first in text and pattern.search(text) is not None
    )
