"""SQL with a line for each clause. Nothing is parsed: words between quotes and brackets stay."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from otelhook.render.bodies.view import Content, Shown

__all__ = ["laid_out_sql", "sql"]

_TYPES: Final = frozenset({"application/sql", "text/sql", "text/x-sql"})
_SHORT: Final = 60
"""Characters of a statement that is read at a glance."""

_LEXEME: Final = re.compile(
    r"""'(?:[^']|'')*'? | "(?:[^"]|"")*"? | `[^`]*`? | \$(\w*)\$.*?\$\1\$
    | --[^\n]* | /\*.*?(?:\*/|\Z) | [A-Za-z_]\w* | [()] | \s+ | .""",
    re.DOTALL | re.VERBOSE,
)
_BREAKS: Final = frozenset(
    {
        *("select", "from", "where", "having", "limit", "offset", "values", "set", "returning"),
        *("union", "except", "intersect", "group", "order", "window", "join", "inner", "left"),
        *("right", "full", "cross", "insert", "update", "delete", "with"),
    }
)
_AFTER: Final = frozenset({"and", "or"})
_STAY: Final = frozenset(
    {
        *(("left", "join"), ("right", "join"), ("inner", "join"), ("full", "join")),
        *(("cross", "join"), ("outer", "join"), ("do", "update"), ("for", "update")),
        *(("on", "update"), ("on", "delete"), ("delete", "from"), ("group", "set")),
        *(("is", "from"), ("distinct", "from"), ("within", "group")),
    }
)
"""What stands on the line of the word before it."""


def sql(content: Content) -> Shown | None:
    """Return a statement over several lines; one that has lines of its own keeps them."""
    text = content.text
    if content.media_type not in _TYPES:
        return None
    if text is None or content.truncated:
        return Shown("sql", content.value) if isinstance(content.value, str) else None
    return Shown("sql", laid_out_sql(text), name="SQL")


def laid_out_sql(text: str) -> str:
    """Return a statement with a line for each of its outermost clauses."""
    if len(text) <= _SHORT or "\n" in text.strip():
        return text
    return "".join(_pieces(text)).strip()


def _pieces(text: str) -> Iterator[str]:
    depth, previous, is_first = 0, "", True
    for match in _LEXEME.finditer(text):
        lexeme = match[0]
        word = lexeme.lower() if lexeme[0].isalpha() else ""
        if lexeme == "(":
            depth += 1
        elif lexeme == ")":
            depth = max(0, depth - 1)
        if word and depth == 0 and not is_first and (previous, word) not in _STAY:
            if word in _BREAKS:
                yield "\n"
            elif word in _AFTER and previous:
                yield "\n  "
        if lexeme.startswith("--"):
            yield f"{lexeme}\n"
        else:
            yield lexeme
        if not lexeme.isspace():
            is_first = False
            previous = word or lexeme
