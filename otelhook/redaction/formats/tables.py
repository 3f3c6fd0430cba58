"""Redaction of tables in text: ``| adminPass | KF4B… |``, CSV, and what programs print in columns.

A row's first cell names what the second one holds, as in all that ``openstack ... create`` prints,
or a heading names what its column holds, or a statement of SQL its columns before its values.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

from otelhook.lazy_patterns import lazy
from otelhook.redaction.rules.names import Sensitivity
from otelhook.redaction.rules.policy import Redactor
from otelhook.redaction.rules.prefilter import named_at

__all__ = ["hide_in_tables"]

_ROW: Final = lazy(
    r"^(?P<name>[ \t]*[|│][ \t]*[^\W\d][\w.-]{0,63}(?:[ ][\w.-]{1,32}){0,3}[ \t]*[|│][ \t]*`?)"
    r"(?P<value>[^|│\s`][^|│`\r\n]*)`?[ \t]*[|│]",
    re.MULTILINE,
)
_BARE_ROW: Final = lazy(
    r"^(?P<name>[^\W\d][\w.-]{1,63}[ \t]{1,32}[|│][ \t]{1,32})(?P<value>[^|│\s][^|│\r\n]*)$",
    re.MULTILINE,
)
"""A row without a frame around it, as psql prints them."""
_RULE: Final = lazy(r"[\s+|│─┼├┤┌┐└┘┬┴=:-]+")
_CELLS: Final = {
    ",": lazy(r'"(?:[^"]|"")*"|[^,\r\n]+|(?<=,)(?=,)'),
    ";": lazy(r'"(?:[^"]|"")*"|[^;\r\n]+|(?<=;)(?=;)'),
    "\t": lazy(r"[^\t\r\n]+|(?<=\t)(?=\t)"),
    "|": lazy(r"[^|\r\n]+"),
    "│": lazy(r"[^│\r\n]+"),
    " ": lazy(r"\S+(?: \S+)*"),
}
"""What a cell is in a line, by what divides cells; a blank stands for two of them."""
_HEADING: Final = lazy(r"\s*(?:[#;]\s*)?\"?[^\W\d][\w .#()/-]{0,40}\"?\s*")
_COPIED: Final = lazy(r"\s*COPY\s\S{1,256}\s?\((?P<names>[^()]{3,2048})\)\s+FROM\s", re.IGNORECASE)
"""PostgreSQL's dumps: rows follow, divided by tabs."""
_INSERT: Final = lazy(
    r"(?:\binto\s{1,8}(?P<table>[\w.`\"\[\]]{1,80})\s{0,8})?\((?P<names>[\w\s,`\"\[\].]{3,2048})\)\s{0,8}values\s{0,8}(?P<rows>\([^\r\n]{1,4096})",
    re.IGNORECASE,
)
_SQL_CELL: Final = lazy(r"'(?:[^'\\]|''|\\.)*'|\"(?:[^\"\\]|\\.)*\"|[^\s,()'\"]+|(?P<end>\))")
_PLAIN_COLUMNS: Final = frozenset({"code", "value", "key", "data", "content", "text"})
"""Columns that are of what their table is of: ``recovery_codes (user_id, code)``."""
_MOST_ROWS: Final = 10_000
_FEWEST: Final = 2
Columns = dict[int, tuple[str, Sensitivity]]


def hide_in_tables(redactor: Redactor, text: str, places: list[str]) -> str:
    """Hide what stands beside or below a secret name in a table, and append the names.

    A cell between lines keeps its width, so that the table stays one.
    """

    def stand_in(match: re.Match[str]) -> str:
        name = match["name"].strip(" \t|│`")
        cell = match["value"]
        value = cell.rstrip()
        sensitivity = redactor.names.sensitivity(name)
        is_name = redactor.names.is_secret(value)
        if is_name or not redactor.hides(sensitivity, value, name, text):
            return match.group()
        places.append(name)
        shown = redactor.stand_in(sensitivity, value).ljust(len(cell))
        return f"{match['name']}{shown}{match.group()[match.end('value') - match.start() :]}"

    if "|" in text or "│" in text:
        text = _BARE_ROW.sub(stand_in, _ROW.sub(stand_in, text))
    if "\n" in text.strip():
        text = _Columns(redactor, places).hidden(text)
    if "alues" in text or "ALUES" in text:
        text = _INSERT.sub(lambda match: _inserted(redactor, match, places), text)
    return text


class _Columns:
    """Goes through the lines of a text; a line may be the heading of those that follow."""

    def __init__(self, redactor: Redactor, places: list[str]) -> None:
        self._redactor = redactor
        self._places = places
        self._mark = ""
        self._width = self._rows = 0
        self._columns: Columns = {}

    def hidden(self, text: str) -> str:
        lines = text.splitlines(keepends=True)
        headings = self._may_be_headings(text, lines)
        if not headings:
            return text
        for number, line in enumerate(lines):
            if self._columns and _RULE.fullmatch(line):
                continue
            if self._columns and self._is_row(line):
                lines[number] = self._row(line)
            elif number in headings:
                self._look(line, lines[number + 1 : number + 3])
            else:
                self._columns = {}
        return "".join(lines)

    @staticmethod
    def _may_be_headings(text: str, lines: list[str]) -> set[int]:
        """Return the numbers of the lines that hold a piece of a secret's name."""
        places = named_at(text)
        if places is None:
            return set(range(len(lines)))
        found = set[int]()
        number, end = -1, 0
        for place in places:
            while place >= end and number + 1 < len(lines):
                number += 1
                end += len(lines[number])
            found.add(number)
        return found

    def _look(self, line: str, below: list[str]) -> None:
        """Note the columns of a heading, if this is one and rows of its width follow."""
        self._columns = {}
        copied = _COPIED.match(line)
        if copied is not None:
            self._note("\t", [name.strip(' "') for name in copied["names"].split(",")])
            return
        for mark, pattern in _CELLS.items():
            if mark not in line or (mark == " " and line != line.upper()):
                continue
            cells = [cell.group() for cell in _cells(pattern, line)]
            if len(cells) < _FEWEST or not all(map(_HEADING.fullmatch, cells)):
                continue
            if not any(len(list(_cells(pattern, row))) == len(cells) for row in below):
                continue
            self._note(mark, [cell.strip(' \t"') for cell in cells])
            if self._columns:
                return

    def _note(self, mark: str, names: list[str]) -> None:
        """Note which of these columns hold secrets."""
        judged = [(name, self._redactor.names.sensitivity(name)) for name in names]
        self._columns = {
            at: (name, sensitivity)
            for at, (name, sensitivity) in enumerate(judged)
            if sensitivity in (Sensitivity.HUMAN, Sensitivity.TOKEN)
        }
        self._mark, self._width, self._rows = mark, len(names), 0

    def _is_row(self, line: str) -> bool:
        self._rows += 1
        fits = sum(1 for _ in _cells(_CELLS[self._mark], line)) == self._width
        return fits and self._rows < _MOST_ROWS

    def _row(self, line: str) -> str:
        out: list[str] = []
        done = 0
        for at, cell in enumerate(_cells(_CELLS[self._mark], line)):
            if at not in self._columns:
                continue
            name, sensitivity = self._columns[at]
            value = cell.group().strip(' \t"')
            if self._redactor.hides(sensitivity, value, name, line):
                self._places.append(name)
                start = cell.start() + cell.group().index(value)
                shown = self._redactor.stand_in(sensitivity, value)
                shown = shown.ljust(len(value)) if self._mark in "|│ " else shown
                out += (line[done:start], shown)
                done = start + len(value)
        return "".join((*out, line[done:]))


def _cells(pattern: re.Pattern[str], line: str) -> Iterator[re.Match[str]]:
    """Yield the cells of a line; what only frames it is none."""
    cells = list(pattern.finditer(line))
    framed = pattern in (_CELLS["|"], _CELLS["│"]) and line.lstrip()[:1] in ("|", "│")
    return (cell for cell in cells if not (framed and not cell.group().strip()))


def _inserted(redactor: Redactor, match: re.Match[str], places: list[str]) -> str:
    """Hide the values of an INSERT whose columns are named secret."""
    names = [name.strip(' \t\r\n`"[]').rpartition(".")[2] for name in match["names"].split(",")]
    table = (match["table"] or "").strip('`"[]').rpartition(".")[2]
    position = 0

    def stand_in(cell: re.Match[str]) -> str:
        nonlocal position
        if cell["end"]:
            position = 0
            return cell.group()
        name = names[position] if position < len(names) else ""
        position += 1
        value = cell.group().strip("'\"")
        sensitivity = redactor.names.sensitivity(name)
        if sensitivity is Sensitivity.NONE and name.lower() in _PLAIN_COLUMNS:
            sensitivity = redactor.names.sensitivity(table)
        if not redactor.hides(sensitivity, value, name, match.group()):
            return cell.group()
        places.append(name)
        return cell.group().replace(value, redactor.stand_in(sensitivity, value))

    replace: Callable[[str], str] = lambda rows: _SQL_CELL.sub(stand_in, rows)  # noqa: E731
    start = match.start("rows") - match.start()
    return match.group()[:start] + replace(match["rows"])
