"""JSON text laid out for reading, its numbers and keys as they were spelled.

Parsing and writing it again would turn ``1.0e5`` into ``100000.0``, round large integers in other
readers' eyes and drop repeated keys; so the text is checked by a parser but moved by a scanner.
"""

from __future__ import annotations

import json
import re
from typing import NoReturn

__all__ = ["laid_out"]

_LEXEME = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\]:,]|[^\s{}\[\]:,"]+', re.DOTALL)
_DEPTH_LIMIT = 60
"""Nesting beyond which indentation would be most of the text."""

_STEP = "  "


def _refuse(constant: str) -> NoReturn:
    message = f"{constant} is not JSON"
    raise ValueError(message)


def laid_out(text: str) -> str | None:
    """Return JSON over several lines, or None if the text is not one whole JSON value."""
    try:
        json.loads(text, parse_constant=_refuse, parse_int=str, parse_float=str)
    except (ValueError, RecursionError):
        return None
    return _laid_out(_LEXEME.findall(text))


def _laid_out(lexemes: list[str]) -> str | None:
    out: list[str] = []
    depth = 0
    for index, lexeme in enumerate(lexemes):
        if lexeme in "{[":
            depth += 1
            if depth > _DEPTH_LIMIT:
                return None
            out.append(lexeme)
            if lexemes[index + 1] not in "}]":
                out.append("\n" + _STEP * depth)
        elif lexeme in "}]":
            depth -= 1
            if lexemes[index - 1] not in "{[":
                out.append("\n" + _STEP * depth)
            out.append(lexeme)
        elif lexeme == ",":
            out.append(",\n" + _STEP * depth)
        elif lexeme == ":":
            out.append(": ")
        else:
            out.append(_readable(lexeme))
    return "".join(out)


def _readable(lexeme: str) -> str:
    r"""Write a string's ``\uXXXX`` as characters, where all of them can be seen."""
    if "\\u" not in lexeme:
        return lexeme
    value = json.loads(lexeme)
    return json.dumps(value, ensure_ascii=False) if str(value).isprintable() else lexeme
