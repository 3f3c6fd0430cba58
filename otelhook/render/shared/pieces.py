"""A long text made of many pieces, with little more memory than the text itself takes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

__all__ = ["joined"]

_AT_ONCE: Final = 1 << 17
"""Characters that are put to the text together."""


def joined(pieces: Iterable[str]) -> str:
    """Return the pieces as one text, each let go of soon after it was made.

    ``"".join``, and before Python 3.12 ``io.StringIO`` too, hold all of them beside the text that
    they become. In a loop CPython's ``+=`` makes a text longer where it stands.
    """
    text = ""
    for part in _parts(pieces):
        text += part
    return text


def _parts(pieces: Iterable[str]) -> Iterator[str]:
    held, size = list[str](), 0
    for piece in pieces:
        held.append(piece)
        size += len(piece)
        if size >= _AT_ONCE:
            yield "".join(held)
            held, size = [], 0
    yield "".join(held)
