"""XML and HTML with a line for each element.

Nothing is parsed, so that no entity is ever resolved and no document type read: tags are found,
and moved. Text between tags stays as it is, and what does not nest stays whole.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from otelhook.render.bodies.view import Content, Shown

__all__ = ["html_text", "xml_text"]

_DEEPEST: Final = 60
"""Nesting beyond which indentation would be most of the text."""

_STEP: Final = "  "
_LONGEST: Final = 160
"""Characters of a line below which markup that has lines is taken to be laid out already."""

_LEXEME: Final = re.compile(
    # What has no end reaches to the end of the text: so that nothing is read twice.
    r"<!--.*?(?:-->|\Z)|<!\[CDATA\[.*?(?:\]\]>|\Z)|<\?.*?(?:\?>|\Z)"
    r"|<[!/]?[A-Za-z_:](?:[^<>\"']|\"[^\"]*(?:\"|\Z)|'[^']*(?:'|\Z))*>|[^<]+|<",
    re.DOTALL,
)
_NAME: Final = re.compile(r"[A-Za-z_:][\w:.-]*")
_VOID: Final = frozenset(
    {
        *("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source"),
        *("track", "wbr"),
    }
)
"""HTML's elements without an end (https://html.spec.whatwg.org/#void-elements)."""

_AS_IT_IS: Final = frozenset({"pre", "script", "style", "textarea"})
"""HTML's elements in which blanks mean something."""


def xml_text(content: Content) -> Shown | None:
    """Return XML laid out, by its type or its beginning."""
    text = content.value
    if not isinstance(text, str):
        return None
    is_called_so = "xml" in content.media_type
    if not is_called_so and not text.lstrip()[:5].lower().startswith("<?xml"):
        return None
    return _shown("xml", content, text)


def html_text(content: Content) -> Shown | None:
    """Return HTML laid out, by its type or its beginning."""
    text = content.value
    if not isinstance(text, str):
        return None
    start = text.lstrip()[:14].lower()
    if "html" not in content.media_type and not start.startswith(("<!doctype html", "<html")):
        return None
    return _shown("html", content, text)


def _shown(language: str, content: Content, text: str) -> Shown:
    is_laid_out = text.count("\n") > 1 and max(map(len, text.split("\n"))) <= _LONGEST
    if content.text is None or content.truncated or is_laid_out:
        return Shown(language, text)
    pretty = _laid_out(text, is_html=language == "html")
    return Shown(language, text) if pretty is None else Shown(language, pretty, name="laid out")


@dataclass(frozen=True, slots=True)
class _Lexeme:
    text: str
    name: str = ""
    """Of a tag; empty of text, comments and declarations."""
    opens: bool = False
    closes: bool = False


def _lexemes(text: str, *, is_html: bool) -> Iterator[_Lexeme]:
    within = ""
    for match in _LEXEME.finditer(text):
        found = match[0]
        name = _NAME.match(found, 2 if found.startswith("</") else 1) if found[0] == "<" else None
        called = name[0].lower() if name and is_html else name[0] if name else ""
        closes = found.startswith("</")
        if within and not (closes and called == within):
            yield _Lexeme(found)
            continue
        within = ""
        if not called or found.startswith(("<!", "<?")):
            yield _Lexeme(found)
        elif closes:
            yield _Lexeme(found, called, closes=True)
        else:
            is_empty = found.endswith("/>") or (is_html and called in _VOID)
            if is_html and called in _AS_IT_IS and not is_empty:
                within = called
            yield _Lexeme(found, called, opens=not is_empty)


def _laid_out(text: str, *, is_html: bool) -> str | None:
    lexemes = [
        lexeme for lexeme in _lexemes(text, is_html=is_html) if lexeme.name or lexeme.text.strip()
    ]
    lines: list[str] = []
    open_names: list[str] = []
    at = 0
    while at < len(lexemes):
        lexeme = lexemes[at]
        if lexeme.closes:
            if lexeme.name in open_names[-1:]:
                open_names.pop()
            elif not is_html:
                return None
            elif lexeme.name in open_names:
                while open_names.pop() != lexeme.name:
                    pass
        if len(open_names) > _DEEPEST:
            return None
        taken = _leaf(lexemes, at) if lexeme.opens else 1
        words = "".join(each.text for each in lexemes[at : at + taken])
        lines.append(f"{_STEP * len(open_names)}{words.strip()}")
        if lexeme.opens and taken == 1:
            open_names.append(lexeme.name)
        at += taken
    return None if open_names and not is_html else "\n".join(lines)


def _leaf(lexemes: Sequence[_Lexeme], at: int) -> int:
    """Return how many lexemes are one element that holds text only; 1 if it holds more."""
    until = at + 1
    while until < len(lexemes) and not lexemes[until].name:
        until += 1
    is_whole = until < len(lexemes) and lexemes[until].closes
    return until - at + 1 if is_whole and lexemes[until].name == lexemes[at].name else 1
