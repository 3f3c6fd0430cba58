"""JSON objects one after another in a file, however they are formatted.

One object, one a line, pretty ones with nothing or a comma between them, arrays of them, and log
lines in between: a console has whatever else the program printed. A file of one object a line is
read line by line; any other layout is read whole.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO, Final, TypeAlias, cast

from otelhook.errors import DamagedDataError
from otelhook.sources.files.js_literal import begins_literal, read_literal

__all__ = ["CutShort", "JsonObject", "Object", "OtherText", "json_objects"]

JsonObject: TypeAlias = dict[str, Any]

_MAX_LINE: Final = 1024**3
"""Bytes; what is longer is refused before it fills memory."""

_BETWEEN: Final = re.compile(r"[\s,]*")
_JSON_BEGINS: Final = re.compile(r"\{\s*(?:[\"}]|\Z)|\[\s*(?:[\[{\]]|\Z)")
"""An object or an array of some, as opposed to a log line's ``[INFO]``."""

_LITERALS: Final = ("true", "false", "null", "NaN", "-Infinity")
_ESCAPE_LENGTH: Final = 6
_SHOWN: Final = 200


@dataclass(frozen=True, slots=True)
class Object:
    """One object, and the line where it, or the array that it stands in, begins."""

    line: int
    content: JsonObject
    within: str = ""
    """The beginning of a logger's line that it ends; empty where it stands alone."""


@dataclass(frozen=True, slots=True)
class OtherText:
    """A line that is not JSON, or a JSON value that is not an object."""

    line: int
    text: str
    """Its beginning."""


@dataclass(frozen=True, slots=True)
class CutShort:
    """The file ends within the value that begins in this line."""

    line: int


Found: TypeAlias = Object | OtherText | CutShort


def json_objects(file: BinaryIO, named: str) -> Iterator[Found]:
    """Yield what is in a file, in order; arrays as their objects, at whatever depth.

    Raises:
        DamagedDataError: something in it looks like JSON and cannot be read; the line is named.
    """
    number = 0
    while line := _line(file, named):
        number += 1
        text = _decoded(line).strip()
        if not text:
            continue
        if not _JSON_BEGINS.match(text):
            if begins_literal(text, 0):
                break
            yield from _embedded(text, number)
            continue
        try:
            value: object = json.loads(text)
        except (ValueError, RecursionError):
            break
        yield from _objects(value, number)
    else:
        return
    rest = _decoded(line + _rest(file, named))
    yield from _Concatenated(rest, number, named).found()


def _line(file: BinaryIO, named: str) -> bytes:
    line = file.readline(_MAX_LINE + 1)
    if len(line) > _MAX_LINE:
        raise _too_long(named)
    return line


def _rest(file: BinaryIO, named: str) -> bytes:
    rest = file.read(_MAX_LINE + 1)
    if len(rest) > _MAX_LINE:
        raise _too_long(named)
    return rest


def _too_long(named: str) -> DamagedDataError:
    return DamagedDataError(f"{named}: more than {_MAX_LINE} bytes in one piece; split it")


def _decoded(content: bytes) -> str:
    return content.decode("utf-8", "replace")


def _objects(value: object, line: int, within: str = "") -> Iterator[Found]:
    """Yield a value's objects: itself, or those of an array and the arrays in it."""
    waiting = [value]
    while waiting:
        value = waiting.pop()
        if isinstance(value, list):
            waiting += reversed(cast("list[object]", value))
        elif isinstance(value, dict):
            yield Object(line, cast("JsonObject", value), within)
        else:
            yield OtherText(line, json.dumps(value)[:_SHOWN])


def _embedded(text: str, line: int) -> Iterator[Found]:
    """Read the object at the end of a line that a logger has put something before."""
    place = text.find('{"')
    if place > 0 and text.endswith("}"):
        try:
            yield from _objects(json.loads(text[place:]), line, text[:_SHOWN])
        except (ValueError, RecursionError):
            pass
        else:
            return
    yield OtherText(line, text[:_SHOWN])


class _Concatenated:
    """Values one after another in a text that is all there."""

    def __init__(self, text: str, first_line: int, named: str) -> None:
        self._text = text.rstrip()
        self._first_line = first_line
        self._named = named
        self._decoder = json.JSONDecoder()
        self._counted = 0
        self._line = first_line

    def found(self) -> Iterator[Found]:
        at = 0
        while (at := self._next(at)) < len(self._text):
            line = self._line_of(at)
            if begins_literal(self._text, at):
                try:
                    content, at = read_literal(self._text, at)
                except ValueError as error:
                    if str(error) != "truncated":
                        raise self._damaged(line, error) from None
                    yield CutShort(line)
                    return
                yield Object(line, content)
            elif not _JSON_BEGINS.match(self._text, at):
                end = self._text.find("\n", at)
                end = len(self._text) if end < 0 else end
                yield from _embedded(self._text[at:end].strip(), line)
                at = end
            else:
                try:
                    value, at = self._decoder.raw_decode(self._text, at)
                except (ValueError, RecursionError) as error:
                    if not self._is_cut(error):
                        raise self._damaged(line, error) from None
                    yield from self._whole_items(at, line)
                    return
                yield from _objects(value, line)

    def _whole_items(self, at: int, line: int) -> Iterator[Found]:
        """Yield the items of an array that are all there, where the file ends within it."""
        while self._text.startswith("[", at):
            at = self._next(at + 1)
            while _JSON_BEGINS.match(self._text, at):
                try:
                    value, at = self._decoder.raw_decode(self._text, at)
                except (ValueError, RecursionError):
                    break
                yield from _objects(value, line)
                at = self._next(at)
        yield CutShort(self._line_of(at) if at < len(self._text) else line)

    def _next(self, at: int) -> int:
        match = _BETWEEN.match(self._text, at)
        return match.end() if match is not None else at

    def _line_of(self, at: int) -> int:
        self._line += self._text.count("\n", self._counted, at)
        self._counted = at
        return self._line

    def _is_cut(self, error: Exception) -> bool:
        if not isinstance(error, json.JSONDecodeError):
            return False
        rest = self._text[error.pos :]
        return (
            not rest
            or error.msg.startswith("Unterminated string")
            or any(word.startswith(rest) for word in _LITERALS)
            or (error.msg.startswith("Invalid \\") and len(rest) < _ESCAPE_LENGTH)
        )

    def _damaged(self, line: int, error: Exception) -> DamagedDataError:
        said = error.msg if isinstance(error, json.JSONDecodeError) else str(error)
        if isinstance(error, json.JSONDecodeError):
            line += self._text.count("\n", self._counted, error.pos)
        if isinstance(error, RecursionError):
            said = "nested too deep"
        return DamagedDataError(f"{self._named}: line {line}: not JSON: {said}")
