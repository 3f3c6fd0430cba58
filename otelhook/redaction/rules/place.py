"""What a place of a line is where a secret stands without a name, and how rows of such are made."""

from __future__ import annotations

from typing import Final, NamedTuple

__all__ = ["BLANKS", "QUOTED", "VALUE", "WORD", "Place", "place"]


class Place(NamedTuple):
    """One place."""

    kind: str
    clues: tuple[str, ...]
    """Patterns that begin with two plain small letters or signs, of which the first is not
    frequent: a text in small letters without any of these, or of `rare`, does not have it."""
    pattern: str
    """With a group ``value``; ended by the end of a line or bounded. Blanks are written ``\\s``."""
    sample: str
    """A text with a secret."""
    sure: bool = False
    """Whether whatever stands there is a secret, a word too."""
    rare: tuple[str, ...] = ()
    """Pieces of text that begin with a sign which is frequent in other text."""
    inside: str = "hunter2x"
    """What the sample's secret is, where it has a form of its own."""
    item: str = ""
    """Where the place is a block of lines: the pattern of a line, with a group ``value``."""
    core: str = ""
    """A pattern of what `pattern` matches the whole of, which is found more quickly; for places
    whose clues are frequent in what is no text."""


WORD: Final = r"[^\s\"'‹]"
VALUE: Final = rf"\"?(?P<value>{WORD}{{3,256}})(?!{WORD}|[ \t]{{1,16}}\"?‹)\"?"
"""A word, and no keyword before a secret that was hidden."""
QUOTED: Final = r"[\"'](?P<value>[^\"'\r\n‹]{3,256})"
BLANKS: Final = r"[ \t]{1,16}"


def place(  # noqa: PLR0913 - the columns of a table
    kind: str,
    clues: str,
    pattern: str,
    sample: str,
    *,
    sure: bool = False,
    rare: str = "",
    inside: str = "hunter2x",
    item: str = "",
    core: str = "",
) -> Place:
    """Return a row: its clues are divided by two blanks, ``rare`` by one."""
    ways = tuple(clues.split("  ")) if clues else ()
    return Place(kind, ways, pattern, sample, sure, tuple(rare.split()), inside, item, core)
