"""What is known of one form of a token."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["A_UUID", "RANDOM", "UNLIKE_WORDS", "UUID", "VERY_RANDOM", "Form", "row"]

UNLIKE_WORDS = 60
"""Bits: what words with a digit or two do not reach."""
RANDOM = 80
"""Bits: where the prefix is two or three letters, which words have too."""
VERY_RANDOM = 100
"""Bits: where other base64 begins alike."""


@dataclass(frozen=True, slots=True)
class Form:
    """One form."""

    kind: str
    """Whose token it is."""
    prefixes: tuple[str, ...]
    """What each begins with, as it is written. Where something comes before it, `before` says."""
    rest: str
    """A pattern of what follows; neither a letter nor a digit comes after that."""
    sample: str
    """What could follow, as a recipe: ``{an40}`` are 40 letters and digits (tests make it)."""
    before: str = ""
    """A pattern of what comes right before the prefix and is of the token; of bounded length."""
    before_sample: str = ""
    follow: str = ""
    """A pattern of what comes right after the prefix, where prefixes are too frequent in other
    text to be worth a closer look by themselves."""
    alone: bool = False
    """Whether a text is worth a closer look for the prefix alone: fewer than 16 characters follow
    it, or no digit."""
    bits: int = 0
    """Least estimated entropy of the whole, where words could have the form too."""
    keeps_prefix: bool = False
    """Whether the prefix is no part of the secret: an address whose path is one."""


UUID = r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"
A_UUID = "{hex8}-{hex4}-{hex4}-{hex4}-{hex12}"
"""A recipe of one."""


def row(  # noqa: PLR0913 - the columns of a table
    kind: str,
    prefixes: str,
    rest: str,
    sample: str,
    *,
    before: tuple[str, str] = ("", ""),
    follow: str = "",
    alone: bool = False,
    bits: int = 0,
    keeps_prefix: bool = False,
) -> Form:
    """Return a row: its prefixes are divided by blanks, ``before`` is a pattern and a recipe."""
    return Form(
        kind, tuple(prefixes.split()), rest, sample, *before, follow, alone, bits, keeps_prefix
    )
