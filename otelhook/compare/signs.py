"""What a call was asked and answered, as a value that is equal where two runs say the same."""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterable
from functools import lru_cache
from typing import cast

from otelhook.compare.values import is_volatile, shape
from otelhook.sequence.call_tree import Call
from otelhook.sequence.document import Body, Step

__all__ = ["Number", "Signs", "answer_of", "json_sign", "json_value"]

_BODIES = 4_096
_DEEPEST = 100


def answer_of(call: Call) -> Step | None:
    """Return the answer or failure that a call ended with; None if none is known."""
    return call.steps[-1] if len(call.steps) > 1 else None


@lru_cache(_BODIES)
def json_value(content: str) -> object:
    """Return a body as JSON, numbers as they were spelled; None if it is not an object or array."""
    if content.lstrip()[:1] not in ("{", "["):
        return None
    try:
        value = cast("object", json.loads(content, parse_int=Number, parse_float=Number))
    except (ValueError, RecursionError):
        return None
    return None if _is_deep(value) else value


def _is_deep(value: object) -> bool:
    """Return whether a value is nested so deeply that it is compared as text."""
    level = [value]
    for _ in range(_DEEPEST):
        level = [inner for item in level for inner in _items(item)]
        if not level:
            return False
    return True


def _items(value: object) -> Iterable[object]:
    if isinstance(value, dict):
        return cast("dict[str, object]", value).values()
    return cast("list[object]", value) if isinstance(value, list) else ()


class Number(str):
    """A number as it was spelled: equal to its text, but not of its kind."""

    __slots__ = ()


def json_sign(value: object, name: str = "") -> Hashable:
    """Return what of a JSON value is the same in every run; the order of keys says nothing."""
    if isinstance(value, dict):
        entries = cast("dict[str, object]", value).items()
        return frozenset((key, json_sign(item, key)) for key, item in entries)
    if isinstance(value, list):
        return tuple(json_sign(item, name) for item in cast("list[object]", value))
    if is_volatile(name):
        return "{time}"
    return shape(value) if isinstance(value, str) else repr(value)


class Signs:
    """Signs of calls, each worked out once."""

    def __init__(self) -> None:
        self._known: dict[int, Hashable] = {}

    def of(self, call: Call) -> Hashable:
        """Return the sign of a call's own messages."""
        key = id(call)
        if key not in self._known:
            answer = answer_of(call)
            ended = (
                None if answer is None else (answer.kind, answer.status_code, shape(answer.error))
            )
            bodies = tuple(_body(step.body) for step in call.steps)
            request = call.request
            self._known[key] = (shape(request.path), shape(request.query), ended, bodies)
        return self._known[key]


def _body(body: Body | None) -> Hashable:
    if body is None or not isinstance(body.content, str):
        return None if body is None else body.content
    return _text(body.content)


@lru_cache(_BODIES)
def _text(content: str) -> Hashable:
    value = json_value(content)
    return shape(content) if value is None else json_sign(value)
