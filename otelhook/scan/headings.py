"""Tables whose heading says what a column holds: CSV, and what programs print on a console."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from otelhook.scan.meanings import is_choice, is_other
from otelhook.scan.names import Names, Suspicion
from otelhook.scan.words import HARMLESS

__all__ = ["Headings"]

_MARKS: Final = (",", ";", "\t", "|", "│")
_BLANKS: Final = re.compile(r"\s{2,}|\t")
_RULE: Final = re.compile(r"[\s+|│─┼├┤┌┐└┘┬┴=:-]*")
_CELL: Final = re.compile(r"[\w .#()-]{1,40}")
_COPIED: Final = re.compile(
    r"\s*COPY\s\S{1,256}\s?\((?P<names>[^()]{3,2048})\)\s+FROM\s", re.IGNORECASE
)
_COOKIES: Final = frozenset({"cookie", "cookies"})
_MOST_ROWS: Final = 200
_FEWEST: Final = 2


class Headings:
    """Reads line after line; a line that looks like a heading tells of those that follow."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._mark = ""
        self._columns: dict[int, str] = {}
        self._width = self._rows = 0

    def kinds(self, line: str) -> Iterator[str]:
        """Yield the names of columns that hold a secret in this line."""
        if _RULE.fullmatch(line):
            if not line.strip():
                self._columns = {}
            return
        if self._columns:
            cells = _cells(line, self._mark)
            self._rows += 1
            if len(cells) == self._width and self._rows < _MOST_ROWS:
                yield from self._row(cells)
                return
            self._columns = {}
        self._look_for_heading(line)

    def _row(self, cells: list[str]) -> Iterator[str]:
        for column, name in self._columns.items():
            cell = cells[column]
            other = is_other(name, cell) or (name.lower() in _COOKIES and is_choice("x", cell))
            if not HARMLESS.fullmatch(cell) and "‹" not in cell and not other:
                yield name

    def _look_for_heading(self, line: str) -> None:
        copied = _COPIED.match(line)
        if copied is not None:
            names = [name.strip(' "') for name in copied["names"].split(",")]
            self._columns = {at: name for at, name in enumerate(names) if self._is_one(name)}
            self._mark, self._width, self._rows = "\t", len(names), 0
            return
        for mark in (*(mark for mark in _MARKS if mark in line), " "):
            cells = _cells(line, mark)
            if len(cells) < _FEWEST or not all(_CELL.fullmatch(cell) for cell in cells):
                continue
            if mark == " " and line != line.upper():
                continue
            columns = {at: cell for at, cell in enumerate(cells) if self._is_one(cell)}
            if columns and len(columns) < len(cells):
                self._mark, self._columns = mark, columns
                self._width, self._rows = len(cells), 0
                return

    def _is_one(self, name: str) -> bool:
        return self._names.suspicion(name) in (Suspicion.ISSUED, Suspicion.CHOSEN)


def _cells(line: str, mark: str) -> list[str]:
    line = line.strip()
    if mark in "|│":
        line = line.strip(mark)
    parts = _BLANKS.split(line) if mark == " " else line.split(mark)
    return [part.strip().strip('"') for part in parts]
