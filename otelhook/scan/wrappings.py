"""What formats put around captured text on its first and last line, or within it.

Many rules ask for the beginning or the end of a line. In a document of Confluence the first line of
a body comes after ``<![CDATA[``, in a script of curl after ``--data-raw '``, and a diagram breaks
its texts where they are long.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

__all__ = ["unwrapped"]

_CDATA: Final = re.compile(r"<!\[CDATA\[|\]\]>")
_ARGUMENT: Final = re.compile(r"(?:\s|^)(?:--data(?:-raw|-binary|-ascii)?|-d)[ =]\$?'(?P<text>.+)")
_END: Final = re.compile(r"'(?:\s\\?)?$")
_BREAK: Final = re.compile(r"<br\s?/?>")


def unwrapped(text: str) -> Iterator[str]:
    """Yield the lines that are within a line of text; none if it is nothing but itself."""
    if "CDATA[" in text or "]]>" in text:
        yield from filter(None, _CDATA.split(text))
    if "'" in text and (argument := _ARGUMENT.search(text)) is not None:
        yield _END.sub("", argument["text"])
    if "<br" in text and _BREAK.search(text):
        # A word that is too long is broken too: nothing tells where a blank was.
        yield _BREAK.sub(" ", text)
        yield _BREAK.sub("", text)
