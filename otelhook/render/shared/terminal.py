"""Captured text for a terminal: nothing that moves the cursor, and known widths."""

from __future__ import annotations

import re
import unicodedata

from otelhook.render.shared.plain import one_line
from otelhook.render.shared.widths import character_width

__all__ = ["cells", "cut", "cut_message", "printable", "wrapped"]

_SHORTEST_TAIL = 4
"""Cells of a path below which its end says nothing."""

_SEQUENCE = re.compile(
    # ECMA-48: CSI, then OSC/DCS/APC/PM/SOS up to their end, then the two-character escapes.
    "(?:\x1b\\[|\x9b)[0-?]*[ -/]*[@-~]"
    "|(?:\x1b[]PX^_]|[\x90\x98\x9d-\x9f])[^\x07\x1b\x9c]*(?:\x07|\x1b\\\\|\x9c)?"
    "|\x1b[ -/]*[0-~]"
)


def printable(text: str) -> str:
    """Strip escape sequences and invisible characters; show what else is no text as pictures.

    Joiners and variation selectors go too: terminals disagree about the width of what they make.
    """
    line = one_line(_SEQUENCE.sub("", text))
    return "".join(c for c in line if unicodedata.category(c) != "Cf" and not _is_selector(c))


def _is_selector(character: str) -> bool:
    return "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef"


def cells(text: str) -> int:
    """Return how many cells a printable text takes."""
    return sum(max(0, character_width(character)) for character in text)


def cut(text: str, width: int, ellipsis: str = "…") -> str:
    """Cut a text to ``width`` cells, ending in an ellipsis if anything was cut."""
    if cells(text) <= width:
        return text
    return _head(text, width - len(ellipsis)).rstrip() + ellipsis if width >= len(ellipsis) else ""


def wrapped(before: str, text: str, width: int, most: int, ellipsis: str = "…") -> list[str]:
    """Break a text between its words into rows of ``width`` cells, below each other.

    Args:
        before: stands before the first row; the others begin below its end.
        text: printable, on one line.
        width: cells of a row.
        most: rows; what does not fit in is cut.
        ellipsis: what stands for what was cut.
    """
    rows: list[str] = []
    room = width - cells(before)
    rest = text
    while len(rows) < most - 1 and cells(rest) > room > 0:
        taken = _head(rest, room + 1).rpartition(" ")[0] or _head(rest, room)
        if not taken:
            break
        rows.append(taken.rstrip())
        rest = rest[len(taken) :].lstrip()
    rows.append(rest)
    indents = (before, *[" " * cells(before)] * (len(rows) - 1))
    return [cut(f"{a}{b}", width, ellipsis) for a, b in zip(indents, rows, strict=True)]


def _head(text: str, width: int) -> str:
    used = 0
    for index, character in enumerate(text):
        used += max(0, character_width(character))
        if used > width:
            return text[:index]
    return text


def _tail(text: str, width: int) -> str:
    used = 0
    for index in range(len(text) - 1, -1, -1):
        used += max(0, character_width(text[index]))
        if used > width:
            return text[index + 1 :]
    return text


def cut_message(head: str, path: str, width: int, ellipsis: str = "…") -> str:
    """Cut ``head path`` to ``width`` cells, from the path's left: its end says most.

    ``201 Created /v1/{account}/glance/{image_id}`` becomes ``201 Created …/{image_id}``.
    """
    whole = f"{head} {path}".strip()
    if cells(whole) <= width:
        return whole
    before = f"{head} " if head else ""
    room = width - cells(before) - len(ellipsis)
    if room < _SHORTEST_TAIL:
        return cut(f"{head}{ellipsis}" if path else head, width, ellipsis)
    tail = _tail(path, room)
    segment = tail.find("/")
    if 0 <= segment < len(tail) - _SHORTEST_TAIL:
        tail = tail[segment:]
    return f"{before}{ellipsis}{tail}"
