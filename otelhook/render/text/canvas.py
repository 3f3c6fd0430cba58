"""Rows of terminal cells, and the characters a diagram is drawn with."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

from otelhook.render.shared.widths import character_width

__all__ = [
    "ASCII",
    "ATTENTION",
    "BOLD",
    "DIM",
    "ERROR",
    "UNICODE",
    "CanvasRow",
    "Glyphs",
    "painted",
    "status_style",
]


@dataclass(frozen=True, slots=True)
class Glyphs:
    """One set of drawing characters, each one cell wide."""

    line: str
    dash: str
    lifeline: str
    crossing: str
    from_left: str
    """Where an arrow leaves a lifeline to the right."""
    from_right: str
    to_right: str
    to_left: str
    failed: str
    corners: str
    """Top left, top right, bottom left, bottom right."""
    down: str
    """Where a lifeline leaves its box."""
    up: str
    ellipsis: str
    dot: str
    arrow: str


UNICODE = Glyphs("─", "╌", "│", "┼", "├", "┤", "►", "◄", "✗", "┌┐└┘", "┬", "┴", "…", "·", "→")
ASCII = Glyphs("-", ".", "|", "+", "+", "+", ">", "<", "x", "++++", "+", "+", "...", "-", "->")


BOLD = "1"
DIM = "2"
_RED, _GREEN, _YELLOW, _CYAN = "31", "32", "33", "36"
ATTENTION = _YELLOW
ERROR = _RED
"""SGR parameters (ECMA-48), from the eight colours that every terminal's theme has."""

_BY_CLASS = {2: _GREEN, 3: _CYAN, 4: _YELLOW, 5: _RED}


def status_style(status_code: int | None) -> str:
    """Return the colour of a response by its class; a failure has no status and is red."""
    return _RED if status_code is None else _BY_CLASS.get(status_code // 100, "")


def painted(text: str, style: str) -> str:
    """Return text between the sequences that set a style and end it."""
    return f"\x1b[{style}m{text}\x1b[0m" if style and text else text


class CanvasRow:
    """One row of cells, written from the back to the front."""

    def __init__(self, width: int) -> None:
        self._cells = [" "] * width
        self._styles = [""] * width

    def put(self, at: int, text: str, style: str = "") -> None:
        """Write text from a cell on; what does not fit is not written."""
        for character in text:
            wide = max(0, character_width(character))
            if wide == 0 and 0 < at <= len(self._cells):
                self._cells[at - 1] += character
                continue
            if at < 0 or at + wide > len(self._cells):
                return
            self._set(at, character, style)
            if wide > 1:
                # The second half of a wide character takes its cell and adds no text.
                self._set(at + 1, "", style)
            at += wide

    def _set(self, at: int, text: str, style: str) -> None:
        self._cells[at] = text
        self._styles[at] = style

    def span(self, cells: range, glyph: str, crossing: dict[str, str], style: str = "") -> None:
        """Draw a line over cells, crossing what is there."""
        for at in cells:
            if 0 <= at < len(self._cells):
                self._set(at, crossing.get(self._cells[at], glyph), style)

    def text(self, *, color: bool = False) -> str:
        """Return the row without the blanks at its end."""
        plain = "".join(self._cells).rstrip()
        if not color:
            return plain
        runs = groupby(zip(self._cells, self._styles, strict=True), key=lambda cell: cell[1])
        return "".join(
            painted("".join(text for text, _ in run), style) for style, run in runs
        ).rstrip()
