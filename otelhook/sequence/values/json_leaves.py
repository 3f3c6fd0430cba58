"""The leaves of a message's body: JSON whole or cut, and forms, each with its dotted path."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
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
        value: object = json.loads(body.content, parse_int=str, parse_float=str)
    except (ValueError, RecursionError):
        return tuple(_cut_leaves(body.content)) if body.truncated else ()
    return tuple(_json_leaves(value))


def _form_leaves(text: str) -> Iterator[Leaf]:
    for pair in text.split("&"):
        name, equals, value = pair.partition("=")
        if equals and name:
            yield unquote_plus(name), unquote_plus(value)


def _json_leaves(top: object) -> Iterator[Leaf]:
    stack: list[tuple[str | None, object, int]] = [(None, top, 0)]
    while stack:
        path, value, depth = stack.pop()
        if isinstance(value, dict):
            entries = list(cast("dict[str, object]", value).items())
        elif isinstance(value, list):
            entries = [(str(i), item) for i, item in enumerate(cast("list[object]", value))]
        else:
            yield path or "", cast("str | bool | None", value)
            continue
        if not entries:
            yield path or "", "{}" if isinstance(value, dict) else "[]"
        elif depth < _DEPTH_LIMIT:
            prefix = "" if path is None else f"{path}."
            stack += [(prefix + key, item, depth + 1) for key, item in reversed(entries)]


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
