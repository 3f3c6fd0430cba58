"""Rows of terminal cells, and the characters a diagram is drawn with."""

from __future__ import annotations

from dataclasses import dataclass

from wcwidth import wcwidth

__all__ = ["ASCII", "UNICODE", "Glyphs", "Row"]


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


class Row:
    """One row of cells, written from the back to the front."""

    def __init__(self, width: int) -> None:
        self._cells = [" "] * width

    def put(self, at: int, text: str) -> None:
        """Write text from a cell on; what does not fit is not written."""
        for character in text:
            wide = max(0, wcwidth(character))
            if wide == 0 and 0 < at <= len(self._cells):
                self._cells[at - 1] += character
                continue
            if at < 0 or at + wide > len(self._cells):
                return
            self._cells[at] = character
            if wide > 1:
                # The second half of a wide character takes its cell and adds no text.
                self._cells[at + 1] = ""
            at += wide

    def span(self, first: int, last: int, glyph: str, crossing: dict[str, str]) -> None:
        """Draw a line over the cells ``first`` to ``last``, crossing what is there."""
        for at in range(max(0, first), min(last + 1, len(self._cells))):
            self._cells[at] = crossing.get(self._cells[at], glyph)

    def __str__(self) -> str:
        return "".join(self._cells).rstrip()
