"""How the scanner writes down where a secret stands without a name: words that lead to it."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

__all__ = ["ANY", "MIXED", "QUOTED", "VALUE", "Place", "row"]


@dataclass(frozen=True, slots=True)
class Place:
    """One place."""

    kind: str
    needle: str
    """A text without this does not have it."""
    pattern: re.Pattern[str]
    sample: str
    """A text whose secret is ``hunter2x``."""


MIXED: Final = r"(?=[^\s\"'`<>]{0,64}[0-9])(?=[^\s\"'`<>]{0,64}[^\W\d_])"
"""Letters and digits, as no word of prose has them."""
VALUE: Final = rf"[\"'`(]{{0,2}}(?P<value>{MIXED}[^\s\"'`<>‹]{{5,256}})"
QUOTED: Final = r"\\{0,2}[\"'](?P<value>(?=[^\"']{0,64}[0-9])[^\"'‹\\]{5,256})"
ANY: Final = r"[\"'`]?(?P<value>[^\s\"'`<>‹]{3,256})"


def row(kind: str, needle: str, sample: str, *pattern: str) -> Place:
    """Return a place; a pattern may be written in several pieces."""
    return Place(kind, needle, re.compile("".join(pattern), re.MULTILINE), sample)
