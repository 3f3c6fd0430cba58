"""JSON text laid out for reading, its numbers and keys as they were spelled.

Parsing and writing it again would turn ``1.0e5`` into ``100000.0``, round large integers in other
readers' eyes and drop repeated keys; so the text is checked by a parser but moved by a scanner.
"""

from __future__ import annotations

import json
import re
from typing import NoReturn

__all__ = ["laid_out"]

_PART = re.compile(r'("[^"\\]*(?:\\.[^"\\]*)*"|[^\s{}\[\]:,"]+)?\s*([{}\[\]:,]|\Z)', re.DOTALL)
"""A string or a bare word, if there is one, and the mark that follows it."""

_DEPTH_LIMIT = 60
"""Nesting beyond which indentation would be most of the text."""

_LINES = tuple("\n" + "  " * depth for depth in range(_DEPTH_LIMIT + 1))


def _refuse(constant: str) -> NoReturn:
    message = f"{constant} is not JSON"
    raise ValueError(message)


_CHECKED = json.JSONDecoder(parse_constant=_refuse, parse_int=str, parse_float=str).decode


def laid_out(text: str) -> str | None:
    """Return JSON over several lines, or None if the text is not one whole JSON value."""
    try:
        _CHECKED(text)
    except (ValueError, RecursionError):
        return None
    return _laid_out(_PART.findall(text))


def _laid_out(parts: list[tuple[str, str]]) -> str | None:
    out: list[str] = []
    depth = 0
    is_empty = False  # nothing stands in the innermost container yet
    for word, mark in parts:
        if is_empty and (word or mark not in "}]"):
            out.append(_LINES[depth])
            is_empty = False
        if word:
            out.append(_readable(word) if "\\u" in word else word)
        if mark == ":":
            out.append(": ")
        elif mark == ",":
            out.append("," + _LINES[depth])
        elif mark in ("{", "["):
            depth += 1
            if depth > _DEPTH_LIMIT:
                return None
            out.append(mark)
            is_empty = True
        elif mark:
            depth -= 1
            out.append(mark if is_empty else _LINES[depth] + mark)
            is_empty = False
    return "".join(out)


def _readable(lexeme: str) -> str:
    r"""Write a string's ``\uXXXX`` as characters, where all of them can be seen."""
    value = json.loads(lexeme)
    return json.dumps(value, ensure_ascii=False) if str(value).isprintable() else lexeme
