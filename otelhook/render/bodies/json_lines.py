"""The line on which each part of a JSON text stands once it is laid out."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping

from otelhook.render.bodies.json_layout import laid_out

__all__ = ["json_lines"]

_LEXEME = re.compile(r'"((?:[^"\\]|\\.)*)"|([{}\[\]:,])|(\n)|[^\s{}\[\]:,"]+', re.DOTALL)


def json_lines(text: str) -> Mapping[str, int]:
    """Return from dotted path to line, 1..n, in the text as `laid_out` has it.

    Objects and lists stand where they begin; the outermost is the empty path. A path is made of
    keys and list indexes, as in `otelhook.sequence.document.Flow` behind ``body.``. Nothing is
    returned for what is not one whole JSON value, since it is not laid out either.
    """
    pretty = laid_out(text)
    return {} if pretty is None else dict(_Lines().of(pretty))


class _Lines:
    def __init__(self) -> None:
        self._path: list[str | int] = []
        self._found: dict[str, int] = {}

    def of(self, pretty: str) -> Mapping[str, int]:
        line, awaiting_key, begins = 1, False, True
        for match in _LEXEME.finditer(pretty):
            string, mark, newline = match.groups()
            if newline:
                line += 1
            elif mark == ",":
                if isinstance(self._path[-1], int):
                    self._path[-1] += 1
                    begins = True
                else:
                    awaiting_key = True
            elif mark == ":":
                begins = True
            elif mark in ("}", "]"):
                self._path.pop()
                awaiting_key = begins = False
            elif awaiting_key and string is not None:
                self._path[-1] = str(json.loads(f'"{string}"')) if "\\" in string else string
                awaiting_key = False
            elif begins:
                self._found[".".join(map(str, self._path))] = line
                begins = mark == "["
                awaiting_key = mark == "{"
                if mark:
                    self._path.append(0 if mark == "[" else "")
        return self._found
