"""Many patterns in one look: each first letter of theirs is searched for by itself.

The regular expression engine finds a pattern that begins with one plain character some ten times
as quickly as one that may begin with several, and whether a text has a character at all is asked
more quickly still. Most texts have few of the letters that these patterns begin with. What follows
a first letter is a tree of letters: at a place with none of the second ones, the engine is done
after one comparison for each of these. In a short text, twenty calls of the engine cost more than
what it looks at: there all is one pattern.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from otelhook.lazy_patterns import lazy

__all__ = [
    "Found",
    "Searches",
    "found_among",
    "found_in",
    "letters_among",
    "letters_found",
    "searches",
    "ways_of",
]

Found = dict[str, int]
"""First letters of patterns that are in a text, and where the first of each is."""

_PLAIN_HEAD = re.compile(r"(?:[^\\.^$*+?{}\[\]|()](?![*+?{]))*")
"""The plain letters that a pattern begins with."""
_BEHIND = re.compile(r"\(\?<=(\w{2,})\)(.*)", re.DOTALL)
"""A way that begins with what stands before: ``(?<=magic)``."""


class Searches:
    """First letters, and for each a pattern of all that begin with it.

    Args:
        patterns: by their first letters, or by a word that they begin with. Those beyond ASCII are
            not looked for in texts that have nothing but ASCII.
        flags: of regular expressions.
        often: first letters that texts have much of: one pattern of all tries them first.
        short: characters of a text up to which one pattern of all is the quicker way.
    """

    __slots__ = ("_all_of_ascii", "_by_letter", "_of_ascii", "_short", "_words")

    def __init__(
        self, patterns: Mapping[str, str], flags: int = 0, often: str = "", short: int = 0
    ) -> None:
        self._short = short
        self._by_letter = tuple((one, lazy(patterns[one], flags)) for one in sorted(patterns))
        self._of_ascii = tuple(one for one in self._by_letter if one[0].isascii())
        self._words = tuple(one for one in self._of_ascii if len(one[0]) > 1)
        order = sorted(patterns, key=lambda first: (often.find(first) % 99, first))
        self._all_of_ascii = lazy(
            "|".join(patterns[one] for one in order if one.isascii() and len(one) == 1), flags
        )

    def __iter__(self) -> Iterator[tuple[str, re.Pattern[str]]]:
        return iter(self._by_letter)

    def that_may_be_in(self, text: str) -> tuple[tuple[str, re.Pattern[str]], ...]:
        """Return those that a text may have: no letters if it is short and one look says so."""
        if not text.isascii():
            return self._by_letter
        if len(text) <= self._short and self._all_of_ascii.search(text) is None:
            return self._words
        return self._of_ascii


class _Tree:
    """What may follow one beginning: further letters, and patterns."""

    __slots__ = ("_follow", "_patterns")

    def __init__(self) -> None:
        self._follow: dict[str, _Tree] = {}
        self._patterns: list[str] = []

    def add(self, letters: str, pattern: str) -> None:
        """Add a way: plain letters, and a pattern after them, which may be empty."""
        if letters:
            self._follow.setdefault(letters[0], _Tree()).add(letters[1:], pattern)
        elif pattern not in self._patterns:
            self._patterns.append(pattern)

    def ways(self) -> list[str]:
        """Return patterns, one of which matches where any way does; [""] if that is anywhere."""
        if "" in self._patterns:
            return [""]
        letters = sorted(self._follow.items())
        return [re.escape(one) + _choice(tree.ways()) for one, tree in letters] + self._patterns


def _choice(ways: list[str]) -> str:
    return ways[0] if len(ways) == 1 and "|" not in ways[0] else f"(?:{'|'.join(ways)})"


def ways_of(words: Iterable[str], more: Iterable[str] = ()) -> dict[str, list[str]]:
    """Return patterns without their first letters, by these.

    Args:
        words: pieces of text.
        more: patterns after one plain letter.
    """
    trees: dict[str, _Tree] = {}
    for word in words:
        trees.setdefault(word[:1], _Tree()).add(word[1:], "")
    for pattern in more:
        head = _PLAIN_HEAD.match(pattern, 1)
        letters = head.group() if head else ""
        trees.setdefault(pattern[:1], _Tree()).add(letters, pattern[1 + len(letters) :])
    return {first: tree.ways() for first, tree in trees.items()}


def searches(
    ways: Mapping[str, Iterable[str]], flags: int = 0, often: str = "", short: int = 0
) -> Searches:
    """Return what looks for patterns.

    Args:
        ways: patterns without their first letters, by these. A pattern is quicker if what follows
            comes before what must stand in front: ``et(?<=reset)``, not ``(?<=res)et``. One with
            nothing but that before it, ``c(?<=magic)``, is looked for by the whole word.
        flags: of regular expressions.
        often: first letters that texts have much of.
        short: characters of a text up to which all are looked for at once.
    """
    rests: dict[str, list[str]] = {}
    for first, rest in ways.items():
        for way in rest:
            behind = _BEHIND.fullmatch(way)
            word = behind[1] if behind and behind[1][-1] == first else first
            rests.setdefault(word, []).append(behind[2] if behind and word != first else way)
    patterns = {word: f"{re.escape(word)}(?:{'|'.join(rest)})" for word, rest in rests.items()}
    return Searches(patterns, flags, often, short)


def found_in(text: str, table: Searches) -> bool:
    """Say whether any of the patterns is in a text."""
    for first, pattern in table.that_may_be_in(text):
        if first in text and pattern.search(text) is not None:
            return True
    return False


def letters_found(text: str, table: Searches) -> Found:
    """Return the first letters of all patterns that are in a text, and where."""
    return {
        first: match.start()
        for first, pattern in table.that_may_be_in(text)
        if first in text and (match := pattern.search(text)) is not None
    }


def letters_among(text: str, table: Searches, found: Found) -> Found:
    """Return as `letters_found` does, where a table with more patterns found some letters."""
    return {
        first: match.start()
        for first, pattern in table
        if first in found and (match := pattern.search(text, found[first])) is not None
    }


def found_among(text: str, table: Searches, found: Found) -> bool:
    """Say whether any of the patterns is in a text, where a table with more of them found some."""
    return any(
        pattern.search(text, found[first]) is not None for first, pattern in table if first in found
    )
