"""How the scanner writes down the form of a token: what it begins with, or a pattern."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

__all__ = ["A_UUID", "UUID", "Form", "begins", "looks"]

_AFTER: Final = r"[\w.+/=~:$!-]"


@dataclass(frozen=True, slots=True)
class Form:
    """One kind of token."""

    kind: str
    needles: tuple[str, ...]
    """Each such token holds one of these."""
    pattern: re.Pattern[str]
    sample: str
    """A recipe, as the tests make them: ``{an40}`` are 40 letters and digits."""
    words_too: bool = False
    """Whether words could have the form, so that digits and letters are required to mix."""


def begins(kind: str, prefixes: str, least: int, sample: str, *, words_too: bool = False) -> Form:
    """Return the form of what begins with one of these and goes on for so many characters."""
    needles = tuple(prefixes.split())
    ways = "|".join(map(re.escape, needles))
    pattern = re.compile(rf"(?<![A-Za-z0-9])(?:{ways}){_AFTER}{{{least},1024}}", re.ASCII)
    return Form(kind, needles, pattern, needles[0] + sample, words_too)


def looks(kind: str, needles: str, pattern: str, sample: str, *, words_too: bool = False) -> Form:
    """Return a form that a pattern tells."""
    return Form(kind, tuple(needles.split()), re.compile(pattern, re.ASCII), sample, words_too)


UUID: Final = r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
A_UUID: Final = "{hex8}-{hex4}-{hex4}-{hex4}-{hex12}"
