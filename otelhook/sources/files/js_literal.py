"""Reads what Node prints of an object (``console.dir``, ``util.inspect``): no JSON, but near it.

Names are bare or in single quotes, text is in any of JavaScript's quotes and may be joined with
``+`` over lines, ``undefined`` stands where JSON leaves out, an object may have its class before
it, and what lies too deep is ``[Object]``.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, Final, cast

__all__ = ["begins_literal", "read_literal"]

_BEGINNING: Final = re.compile(r"\{\s*(?:[A-Za-z_$][\w$]*|'(?:[^'\\\n]|\\.)*'): ")
_SPACE: Final = re.compile(r"\s*")
_NAME: Final = re.compile(r"[A-Za-z_$][\w$]*")
_NUMBER: Final = re.compile(r"-?(?:\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|Infinity)n?|NaN")
_STRING: Final = re.compile(r"(['\"`])((?:(?!\1)[^\\]|\\.)*)\1", re.DOTALL)
_ESCAPE: Final = re.compile(r"\\(?:x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|(.))", re.DOTALL)
_ESCAPES: Final = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", "v": "\v", "0": "\0"}
_CLASS: Final = re.compile(r"(?:[A-Za-z_$][\w$]*(?:\(\d+\))?|\[[^\[\]{}\n]*\]) (?=[{\[])")
"""A class before its object: ``Resource {``, ``[Object: null prototype] {``, ``Map(1) {``."""

_LEFT_OUT: Final = re.compile(r"\[[A-Z][\w *]*\]|\.\.\. \d+ more (?:items?|properties)")
_SYMBOL: Final = re.compile(r"\[[^\]\n]*\]")
"""A symbol as a member's name; it is kept as it looks."""

_WORDS: Final = {"undefined": None, "null": None, "true": True, "false": False}
_DEPTH: Final = 50


def begins_literal(text: str, at: int) -> bool:
    """Return whether an object as Node prints it begins at a place."""
    return _BEGINNING.match(text, at) is not None


def read_literal(text: str, at: int) -> tuple[dict[str, Any], int]:
    """Return the object that begins at a place, and the place behind it.

    Raises:
        ValueError: it is none, or it is truncated.
    """
    value, end = _value(text, at, 0)
    if not isinstance(value, dict):
        raise _fault(text, at)
    return cast("dict[str, Any]", value), end


def _value(text: str, at: int, depth: int) -> tuple[Any, int]:
    if depth > _DEPTH:
        raise _fault(text, at)
    left_out = _LEFT_OUT.match(text, at)
    if left_out is not None:
        return None, left_out.end()
    prefix = _CLASS.match(text, at)
    at = prefix.end() if prefix is not None else at
    if text.startswith("{", at):
        return _members(text, at, depth)
    if text.startswith("[", at):
        return _items(text, at, depth)
    return _scalar(text, at)


def _scalar(text: str, at: int) -> tuple[Any, int]:
    if _STRING.match(text, at) is not None:
        return _joined(text, at)
    if text.startswith(("'", '"', "`"), at):  # without its end
        raise _fault(text, len(text))
    number = _NUMBER.match(text, at)
    if number is not None:
        said = number.group().removesuffix("n")
        return (int(said) if said.lstrip("-").isdigit() else float(said)), number.end()
    word = _NAME.match(text, at)
    if word is None or word.group() not in _WORDS:
        raise _fault(text, at)
    return _WORDS[word.group()], word.end()


def _joined(text: str, at: int) -> tuple[str, int]:
    """Read a string and those that are joined to it."""
    parts: list[str] = []
    while (found := _STRING.match(text, at)) is not None:
        parts.append(_ESCAPE.sub(_unescaped, found[2]))
        at = found.end()
        behind = _skipped(text, at)
        if not text.startswith("+", behind):
            break
        at = _skipped(text, behind + 1)
    return "".join(parts), at


def _unescaped(match: re.Match[str]) -> str:
    digits = match[1] or match[2]
    return chr(int(digits, 16)) if digits else _ESCAPES.get(match[3], match[3])


def _members(text: str, at: int, depth: int) -> tuple[dict[str, Any], int]:
    found: dict[str, Any] = {}

    def member(place: int) -> int:
        name, place = _name(text, place)
        if name is None:
            return place
        found[name], place = _value(text, place, depth + 1)
        return place

    return found, _sequence(text, at, "}", member)


def _items(text: str, at: int, depth: int) -> tuple[list[Any], int]:
    found: list[Any] = []

    def item(place: int) -> int:
        value, place = _value(text, place, depth + 1)
        found.append(value)
        return place

    return found, _sequence(text, at, "]", item)


def _sequence(text: str, at: int, closing: str, read: Callable[[int], int]) -> int:
    """Read what stands between brackets, and return the place behind them."""
    at = _skipped(text, at + 1)
    while not text.startswith(closing, at):
        at = _skipped(text, read(at))
        if text.startswith(",", at):
            at = _skipped(text, at + 1)
        elif not text.startswith(closing, at):
            raise _fault(text, at)
    return at + 1


def _name(text: str, at: int) -> tuple[str | None, int]:
    """Read a member's name and its colon; None for ``... 3 more properties``."""
    left_out = _LEFT_OUT.match(text, at)
    if left_out is not None and not text.startswith(":", left_out.end()):
        return None, left_out.end()
    if _STRING.match(text, at) is not None:
        name, at = _joined(text, at)
    else:
        match = _NAME.match(text, at) or _SYMBOL.match(text, at)
        if match is None:
            raise _fault(text, at)
        name, at = match.group(), match.end()
    at = _skipped(text, at)
    if not text.startswith(":", at):
        raise _fault(text, at)
    return name, _skipped(text, at + 1)


def _skipped(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match is not None else at


def _fault(text: str, at: int) -> ValueError:
    line = text.count("\n", 0, at) + 1
    return ValueError("truncated" if at >= len(text.rstrip()) else f"line {line} cannot be read")
