"""Finds tokens that are known by their own form."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from otelhook.scan.token_forms import FORMS

__all__ = ["formed"]

_RUN: Final = re.compile(r"(?=[a-z_./:-]{0,40}[0-9A-Z])[\w+/=.~$:!@-]{14}")
"""What every token has; a key in PEM has its own words."""
_MARKS: Final = ("RIVATE", "Private-", "Static key")
_SHORTEST_RUN: Final = 16
_CHANGES: Final = 0.25
"""How often signs of a class follow such of another, at least; in words they seldom do."""


def formed(text: str) -> Iterator[str]:
    """Yield the kinds of tokens in a piece of text; most text has no trace of any."""
    if _RUN.search(text) is None and not any(mark in text for mark in _MARKS):
        return
    for form in FORMS:
        for needle in form.needles:
            if needle in text:
                break
        else:
            continue
        for match in form.pattern.finditer(text):
            if not form.words_too or _is_mixed(match.group()):
                yield form.kind
                break


def _is_mixed(token: str) -> bool:
    """Return whether digits, capitals and small letters mix as in no word."""
    return any(
        len(run) >= _SHORTEST_RUN and _changes(run) >= _CHANGES * len(run)
        for run in re.split(r"[-_./]", token)
    )


def _changes(run: str) -> int:
    classes = ["0" if sign.isdigit() else sign.isupper() for sign in run]
    return sum(one != other for one, other in pairwise(classes))
