"""Names and values as documents lay them out: a form's pairs, a table's cells, a body's parts.

A name before its value in a form, a query or a part says more than in a program's text: ``code``
and ``key`` are secrets there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Final

from otelhook.scan.statements import said

__all__ = ["LaidOut"]

_ALIGNED: Final = re.compile(
    r"\s{0,16}(?P<name>[A-Za-z_][\w.\[\]-]{1,63})[ ]{2,48}=[ ](?P<value>\S{1,1024})\s*$"
)
"""``code         = x``: a form whose names are filled up to the longest one."""
_CELLS: Final = re.compile(
    r"<td><code>(?P<name>[\w.\[\]-]{1,64})</code></td>\s{0,4}<td><code>(?=(?P<value>[^<]{1,1024}))"
)
_ITEM: Final = re.compile(r"\s{0,16}\* - ``(?P<name>[\w.\[\]-]{1,64})``\s*$")
_PART: Final = re.compile(r"\s{0,16}-- (?P<name>[\w.\[\]-]{1,64})(?: \(.{1,256}\))?\s*$")
_BELOW: Final = re.compile(r"\s*(?:- ``(?P<cell>[^`]{1,1024})``|(?P<line>\S{1,1024}))\s*$")
_KEYWORD: Final = re.compile("[A-Z]{2,16};?")
"""What a comment of SQL may stand above."""


class LaidOut:
    """Reads line after line, and remembers a name that stands above its value.

    Args:
        is_secret: judges a name and its value as those of a field of a form or query.
    """

    def __init__(self, is_secret: Callable[[str, str], bool]) -> None:
        self._is_secret = is_secret
        self._above = ""

    def kinds(self, line: str) -> Iterator[str]:
        """Yield the names whose secret values are in this line."""
        name, self._above = self._above, ""
        found = _BELOW.match(line) if name else None
        if found is not None:
            value = found["cell"] or found["line"]
            if not _KEYWORD.fullmatch(value) and self._in_table(name, value):
                yield name
        if "=" in line and (pair := _ALIGNED.match(line)) is not None:
            if self._is_secret(pair["name"], pair["value"]):
                yield pair["name"]
        elif "- " in line and (above := _ITEM.match(line) or _PART.match(line)) is not None:
            self._above = above["name"]
        for cells in _CELLS.finditer(line) if "<td>" in line else ():
            if self._in_table(cells["name"], cells["value"]):
                yield cells["name"]

    def _in_table(self, name: str, value: str) -> bool:
        """Judge a cell, which may be that of a variable: of a part of a path, by its name."""
        is_variable = any(True for _ in said(f"{{{name}}}  {value}"))
        return is_variable or self._is_secret(name, value)
