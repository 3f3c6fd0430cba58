"""Many patterns in one look: each first letter of theirs is searched for by itself.

The regular expression engine finds a pattern that begins with one plain character some ten times
as quickly as one that may begin with several, and whether a text has a character at all is asked
more quickly still. Most texts have few of the letters that these patterns begin with. What follows
a first letter is a tree of letters: at a place with none of the second ones, the engine is done
after one comparison for each of these. In a short text, twenty calls of the engine cost more than
what it looks at: there all is one pattern. Where this package has its compiled part, one pass over
a text says where each letter's patterns may match, and most texts need no more (`compiled`).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cache, partial
from typing import Final

from otelhook.lazy_patterns import lazy
from otelhook.redaction.rules.compiled import QuickLook
from otelhook.redaction.rules.needed_pieces import Row, row_of, row_of_text

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
        patterns: by their first letters, or by a word that they begin with; each is made when it
            is first used. Those beyond ASCII are not looked for in texts that have nothing but
            ASCII.
        flags: of regular expressions.
        often: first letters that texts have much of: one pattern of all tries them first.
        short: characters of a text up to which one pattern of all is the quicker way.
        rows: returns what stands in each text that a pattern matches, by the pattern's key.
    """

    __slots__ = (
        *("_all_of_ascii", "_by_letter", "_of_ascii", "_rows", "_short", "_words", "quick"),
        "pattern_of",
    )

    def __init__(
        self,
        patterns: Mapping[str, Callable[[], str]],
        flags: int = 0,
        often: str = "",
        short: int = 0,
        *,
        rows: Callable[[], Iterable[tuple[str, Row]]],
    ) -> None:
        self._short = short
        self._rows = rows
        self.quick = QuickLook(len(patterns), self._numbered)
        self._by_letter = tuple((one, lazy(patterns[one], flags)) for one in sorted(patterns))
        self.pattern_of: Final = dict(self._by_letter)
        """Each pattern, by what it is looked for by."""
        self._of_ascii = tuple(one for one in self._by_letter if one[0].isascii())
        self._words = tuple(one for one in self._of_ascii if len(one[0]) > 1)
        order = sorted(patterns, key=lambda first: (often.find(first) % 99, first))
        self._all_of_ascii = lazy(
            lambda: "|".join(patterns[one]() for one in order if one.isascii() and len(one) == 1),
            flags,
        )

    def __iter__(self) -> Iterator[tuple[str, re.Pattern[str]]]:
        return iter(self._by_letter)

    def _numbered(self) -> Iterator[tuple[int, Row]]:
        numbers = {first: number for number, (first, _) in enumerate(self._by_letter)}
        return ((numbers[first], row) for first, row in self._rows())

    def candidates(self, text: str) -> Sequence[tuple[str, re.Pattern[str], int]]:
        """Return the patterns that a text may have, and from where on each."""
        look = self.quick.look
        if look is None:
            return [(*one, 0) for one in self.that_may_be_in(text) if one[0] in text]
        found = look(text if text.isascii() else text.encode("utf-8", "surrogatepass"))
        return () if found is None else [(*self._by_letter[n], at) for n, at in found]

    def is_one_of(self, found: Iterable[tuple[int, int]], text: str) -> bool:
        """Say whether a pattern matches, of those that a text may have from there on."""
        return any(self._by_letter[number][1].search(text, at) is not None for number, at in found)

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


def searches(  # noqa: PLR0913 - what a table is made of
    words: Iterable[str],
    more: Iterable[str] = (),
    *,
    flags: int = 0,
    often: str = "",
    short: int = 0,
    rows: Callable[[], Iterable[tuple[str, Row]]] | None = None,
) -> Searches:
    """Return what looks for patterns.

    Args:
        words: pieces of text.
        more: patterns after one plain letter. One is quicker if what follows comes before what must
            stand in front: ``et(?<=reset)``, not ``(?<=res)et``. One with nothing but that before
            it, ``c(?<=magic)``, is looked for by the whole word.
        flags: of regular expressions.
        often: first letters that texts have much of.
        short: characters of a text up to which all are looked for at once.
        rows: returns what stands in each text that a pattern matches, by the pattern's first
            letter, where the patterns themselves say less of it.
    """
    words, more = tuple(words), tuple(more)
    having: dict[str, tuple[list[str], list[str]]] = {}
    for word in words:
        having.setdefault(word[:1], ([], []))[0].append(word)
    for pattern in more:
        having.setdefault(_looked_for(pattern)[0], ([], []))[1].append(pattern)
    patterns = {first: cache(partial(_one_of, first, *ways)) for first, ways in having.items()}
    return Searches(patterns, flags, often, short, rows=rows or (lambda: _rows(words, more, flags)))


def _one_of(first: str, words: Iterable[str], more: Iterable[str]) -> str:
    """Return one pattern of all that are looked for by the same letter, or by the same word."""
    if len(first) > 1:
        ways = list(dict.fromkeys(_looked_for(pattern)[1] for pattern in more))
    else:
        ways = ways_of(words, more)[first]
    return f"{re.escape(first)}(?:{'|'.join(ways)})"


def _looked_for(pattern: str) -> tuple[str, str]:
    """Return what a pattern is looked for by, its first letter or a word, and what follows that."""
    first, way = pattern[0], pattern[1:]
    behind = _BEHIND.fullmatch(way)
    if behind is None or behind[1][-1] != first or behind[1] == first:
        return first, way
    return behind[1], behind[2]


def _rows(words: Iterable[str], more: Iterable[str], flags: int) -> Iterator[tuple[str, Row]]:
    for word in words:
        yield word[:1], row_of_text(word)
    for pattern in more:
        yield _looked_for(pattern)[0], row_of(pattern, flags)


def found_in(text: str, table: Searches) -> bool:
    """Say whether any of the patterns is in a text."""
    look = table.quick.look
    if look is not None:  # most texts have none: it is asked before anything is made
        found = look(text if text.isascii() else text.encode("utf-8", "surrogatepass"))
        return found is not None and table.is_one_of(found, text)
    for first, pattern in table.that_may_be_in(text):
        if first in text and pattern.search(text) is not None:
            return True
    return False


def letters_found(text: str, table: Searches) -> Found:
    """Return the first letters of all patterns that are in a text, and where."""
    return {
        first: match.start()
        for first, pattern, at in table.candidates(text)
        if (match := pattern.search(text, at)) is not None
    }


def letters_among(text: str, table: Searches, found: Found) -> Found:
    """Return as `letters_found` does, where a table with more patterns found some letters."""
    return {
        first: match.start()
        for first, at in found.items()
        if (pattern := table.pattern_of.get(first)) is not None
        and (match := pattern.search(text, at)) is not None
    }


def found_among(text: str, table: Searches, found: Found) -> bool:
    """Say whether any of the patterns is in a text, where a table with more of them found some."""
    for first, at in found.items():  # few of them, of a table with many letters
        pattern = table.pattern_of.get(first)
        if pattern is not None and pattern.search(text, at) is not None:
            return True
    return False
