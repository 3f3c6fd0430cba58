"""A GraphQL query that is one line, a field on each line: programs write them without any.

What a query of several lines looks like is its author's choice and stays.
The tokens are those of https://spec.graphql.org/October2021/#sec-Appendix-Grammar-Summary;
commas between fields mean nothing there and are left out, all else is kept.
"""

from __future__ import annotations

import re
from itertools import pairwise
from typing import Final

__all__ = ["laid_out"]

_TOKEN: Final = re.compile(
    r'"""(?:\\"""|(?!""").)*"""|"(?:[^"\\\n]|\\.)*"'
    r"|\.\.\.|[$@]?[_A-Za-z]\w*|-?\d[\w.+-]*|[!$&(),:=@\[\]{|}]"
)
_BLANK: Final = re.compile(r"[ \t\ufeff]*")
_OPENS: Final = frozenset("([")
_SHUTS: Final = frozenset(")]")
_TIGHT_BEFORE: Final = frozenset("),]:!(")
_TIGHT_AFTER: Final = frozenset("([$@")
_DEPTH: Final = 60
"""Levels of selections: a query that is deeper is not one that a person reads."""


def laid_out(query: str) -> str:
    """Return a query of one line with a field a line; any other as it is."""
    lexemes = _lexemes(query.strip())
    if "{" not in lexemes or "\n" in query.strip() or not _is_balanced(lexemes):
        return query
    return "\n".join(_lines(lexemes))


def _lexemes(text: str) -> list[str]:
    """Return all lexemes; none where something is in the text that is not one."""
    lexemes: list[str] = []
    at = 0
    while at < len(text):
        found = _TOKEN.match(text, at)
        if found is None:
            return []
        lexemes.append(found[0])
        blank = _BLANK.match(text, found.end())
        at = blank.end() if blank else found.end()
    return lexemes


def _is_balanced(lexemes: list[str]) -> bool:
    open_signs: list[str] = []
    pairs = {")": "(", "]": "[", "}": "{"}
    for lexeme in lexemes:
        if lexeme in "([{":
            open_signs.append(lexeme)
        elif lexeme in pairs and (not open_signs or open_signs.pop() != pairs[lexeme]):
            return False
        if len(open_signs) > _DEPTH:
            return False
    return not open_signs


def _lines(lexemes: list[str]) -> list[str]:
    lines: list[str] = []
    line: list[str] = []
    depth = inner = 0  # of selections, and of arguments within one

    def end() -> None:
        if line:
            lines.append("  " * depth + _joined(line))
            line.clear()

    for lexeme in lexemes:
        if inner == 0 and lexeme == "{":
            line.append(lexeme)
            end()
            depth += 1
        elif inner == 0 and lexeme == "}":
            end()
            depth -= 1
            lines.append("  " * depth + "}")
        elif inner == 0 and lexeme == "," and depth:
            end()
        else:
            if inner == 0 and depth and _begins_field(lexeme, line):
                end()
            line.append(lexeme)
            inner += (lexeme in _OPENS or lexeme == "{") - (lexeme in _SHUTS or lexeme == "}")
    end()
    return lines


def _begins_field(lexeme: str, line: list[str]) -> bool:
    """Tell whether a lexeme is a new field's or fragment's first, after what is on the line."""
    if not line or lexeme[0] in "@(:[":
        return False
    before = line[-1]
    return before not in (":", "...", "@") and not (line[0] == "..." and before == "on")


def _joined(line: list[str]) -> str:
    text = line[0]
    for before, lexeme in pairwise(line):
        is_tight = lexeme in _TIGHT_BEFORE or before in _TIGHT_AFTER or before == "..."
        text += lexeme if is_tight and not (before == "..." and lexeme == "on") else f" {lexeme}"
    return text
