"""How many cells of a terminal a text takes: one for each character of ASCII, else as wcwidth says.

The library's tables take longer to load than most documents take to draw.
"""

from __future__ import annotations

from functools import cache
from typing import Any

__all__ = ["character_width", "text_width"]


@cache
def _library() -> Any:  # noqa: ANN401 - a module
    import wcwidth  # noqa: PLC0415 - see above

    return wcwidth


def character_width(character: str) -> int:
    """Return how many cells a character takes; -1 for one that moves the cursor."""
    if " " <= character <= "~":
        return 1
    found: int = _library().wcwidth(character)
    return found


def text_width(text: str) -> int:
    """Return how many cells a text takes; -1 if a character of it moves the cursor."""
    if text.isascii() and text.isprintable():
        return len(text)
    found: int = _library().wcswidth(text)
    return found
