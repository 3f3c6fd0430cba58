"""What in a path is a value that deserves a name: data, with the words to make names of."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from otelhook.lazy_patterns import lazy

__all__ = ["MADE_UP", "NUMBER", "PATTERNS", "VERSION", "Pattern", "as_name", "singular"]


class Pattern(NamedTuple):
    """A form of value that deserves a name."""

    regex: re.Pattern[str]
    """Found within one segment of a path, between characters that are not letters or digits."""
    name: str = ""
    """The name to give; empty if the segment before it tells."""
    plural_only: bool = False
    """Whether it counts only after a plural, as ``/users/1234`` but not ``/v1/1234``."""


def _pattern(regex: str, name: str = "", *, plural_only: bool = False) -> Pattern:
    edges = rf"(?<![0-9A-Za-z])(?:{regex})(?![0-9A-Za-z])"
    return Pattern(lazy(edges), name, plural_only)


MADE_UP: Final = (
    r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}",
    r"[0-9A-Fa-f]{64}|[0-9A-Fa-f]{40}|[0-9A-Fa-f]{32}",
    r"[0-9A-HJKMNP-TV-Z]{26}",  # ULID
    r"(?=[a-f]*[0-9])[0-9a-f]{24}",  # MongoDB's ObjectId
)
"""Forms of ids that nobody chose: UUIDs, hex digests and ids, and the like."""

NUMBER: Final = r"[0-9]{6,18}"
"""A number that may be an id."""

PATTERNS: Final[tuple[Pattern, ...]] = (
    _pattern(r"AUTH_[0-9A-Za-z]+", "account"),
    *map(_pattern, MADE_UP),
    _pattern(NUMBER),
    _pattern(r"[0-9]{4,5}", plural_only=True),
)
"""In this order; the first that matches at a place wins."""

VERSION: Final = lazy(r"v\d+(\.\d+)*|\d+\.\d+", re.IGNORECASE)
"""Segments that say nothing of what follows them."""

IRREGULAR: Final[dict[str, str]] = {
    "addresses": "address",
    "aliases": "alias",
    "children": "child",
    "data": "data",
    "indices": "index",
    "metadata": "metadata",
    "news": "news",
    "os": "os",
    "people": "person",
    "releases": "release",
    "databases": "database",
    "caches": "cache",
    "series": "series",
    "statuses": "status",
}
SINGULARS: Final[tuple[tuple[str, str], ...]] = (
    ("ies", "y"),
    ("sses", "ss"),
    ("shes", "sh"),
    ("ches", "ch"),
    ("xes", "x"),
    ("zes", "z"),
    ("ss", "ss"),
    ("us", "us"),
    ("is", "is"),
    ("s", ""),
)
"""English endings, the first that fits."""


_ENDS: Final = tuple({ending[-1] for ending, _ in SINGULARS})
_NO_NAME: Final = lazy(r"[^0-9a-z]+")


def singular(word: str) -> str:
    """Return the singular of an English plural, as far as a table of endings goes."""
    lower = word.lower()
    if lower in IRREGULAR:
        return IRREGULAR[lower]
    if len(lower) > 2 and lower.endswith(_ENDS):  # noqa: PLR2004 - "os" and "ns" are no plurals
        for ending, instead in SINGULARS:
            if lower.endswith(ending):
                return lower.removesuffix(ending) + instead
    return lower


def as_name(text: str) -> str:
    """Return a name of lower-case letters, digits and underscores."""
    lower = text.lower()
    if lower.isalpha() and lower.isascii():  # most are a word
        return lower
    return _NO_NAME.sub("_", lower).strip("_")
