"""The leaves of a message's body: JSON whole or cut, and forms, each with its dotted path."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from itertools import count
from typing import Final, TypeAlias, cast
from urllib.parse import unquote_plus

from otelhook.lazy_patterns import lazy
from otelhook.sequence.document import Body

__all__ = ["Leaf", "body_leaves"]

Leaf: TypeAlias = "tuple[str, str | bool | None]"
"""Dotted path and value. Numbers are text as they were spelled, an empty container is its
brackets. The path of a document that is a leaf itself is empty."""

_DEPTH_LIMIT: Final = 64
"""Nesting beyond which nothing is read: each level makes the paths longer."""

_LEXEME: Final = lazy(r'"((?:[^"\\]|\\.)*)(?:"|(\\?\Z))|([{}\[\]:,])|([^\s{}\[\]:,"]+)', re.DOTALL)
_DECODER: Final = json.JSONDecoder(parse_int=str, parse_float=str)
_WORDS: Final[dict[str, bool | None]] = {"true": True, "false": False, "null": None}
_FORM: Final = "application/x-www-form-urlencoded"


def body_leaves(body: Body | None) -> tuple[Leaf, ...]:
    """Return the leaves of a body in order; none if it is neither JSON nor a form."""
    if body is None or not isinstance(body.content, str) or not body.content:
        return ()
    if body.content_type.lower().startswith(_FORM):
        return tuple(_form_leaves(body.content))
    if body.content.lstrip()[:1] not in ("{", "["):
        return ()
    try:
        value: object = _DECODER.decode(body.content)
    except (ValueError, RecursionError):
        return tuple(_cut_leaves(body.content)) if body.truncated else ()
    found: list[Leaf] = []
    _add_leaves(found, "", value, 0)
    return tuple(found)


def _form_leaves(text: str) -> Iterator[Leaf]:
    for pair in text.split("&"):
        name, equals, value = pair.partition("=")
        if equals and name:
            yield unquote_plus(name), unquote_plus(value)


def _add_leaves(found: list[Leaf], path: str, value: object, depth: int) -> None:
    """Append the leaves of a value of JSON, in order: most of a document's time goes here."""
    if type(value) is dict:
        entries: Iterable[tuple[str, object]] = cast("dict[str, object]", value).items()
        empty = "{}"
    elif type(value) is list:
        entries = zip(map(str, count()), cast("list[object]", value), strict=False)
        empty = "[]"
    else:
        found.append((path, cast("str | bool | None", value)))
        return
    if not value:
        found.append((path, empty))
    elif depth < _DEPTH_LIMIT:
        before = f"{path}." if depth else ""
        for key, item in entries:
            kind = type(item)
            if kind is dict or kind is list:
                _add_leaves(found, before + key, item, depth + 1)
            else:
                found.append((before + key, cast("str | bool | None", item)))


def _cut_leaves(text: str) -> Iterator[Leaf]:
    """Read JSON that ends anywhere; the leaf in which it ends is left out."""
    path: list[str | int] = []
    key, awaits_key = "", False
    for match in _LEXEME.finditer(text):
        string, cut, mark, word = match.groups()
        if cut is not None:
            return
        if mark is not None:
            awaits_key = _moved(path, mark, key)
        elif awaits_key:
            key, awaits_key = _unescaped(string or ""), False
        elif match.end() < len(text) and path and len(path) <= _DEPTH_LIMIT:
            value = _WORDS.get(word, word) if string is None else _unescaped(string)
            yield ".".join(map(str, path)), value


def _moved(path: list[str | int], mark: str, key: str) -> bool:
    """Change the path as a mark asks; return whether a key comes next."""
    if mark in "{[":
        path.append("" if mark == "{" else 0)
        return mark == "{"
    top = path[-1:]
    if mark == ":":
        path[-1:] = [key] if top else []
    elif mark != ",":
        path[-1:] = []
    elif top and isinstance(top[0], int):
        path[-1] = top[0] + 1
    else:
        return bool(top)
    return False


def _unescaped(string: str) -> str:
    if "\\" not in string:
        return string
    try:
        return str(json.loads(f'"{string}"', strict=False))
    except ValueError:
        return string
