"""Captured text as the lines of a literal block, whatever the format."""

from __future__ import annotations

import re

from otelhook.render.shared.plain import picture

__all__ = ["fence_text", "shown_lines"]

_LINE_END = re.compile(r"\r\n?|[\x0b\x0c\x1c-\x1e\x85\u2028\u2029]")
_UNSHOWABLE = re.compile(
    "[\x00-\x08\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffe\uffff\ufeff]"
)


def fence_text(text: str) -> str:
    """Return text as it is shown in a fence.

    Line ends become newlines, controls their pictures, tabs blanks; empty lines at either end
    are dropped.
    """
    return shown_lines(text).strip("\n")


def shown_lines(text: str) -> str:
    """Return whole lines of what is shown in a fence, empty ones at either end too."""
    if text.replace("\n", "").isprintable():
        return text
    lines = _LINE_END.sub("\n", text)
    return _UNSHOWABLE.sub(lambda match: picture(match[0]), lines).expandtabs(4)
