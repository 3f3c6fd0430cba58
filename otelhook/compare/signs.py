"""What a call was asked and answered, as a value that is equal where two runs say the same."""

from __future__ import annotations

import json
import re
from collections.abc import Hashable, Iterable
from functools import lru_cache
from typing import Final, cast

from otelhook.compare.identity import operation_of
from otelhook.compare.shapes import header_shape, shape
from otelhook.compare.values import is_volatile
from otelhook.sequence.call_tree import Call
from otelhook.sequence.document import Body, Protocol, Step
from otelhook.sequence.transforms.volatile import VOLATILE_HEADERS

__all__ = ["Number", "Signs", "answer_of", "json_sign", "json_value", "said_of"]

_BODIES = 4_096
_DEEPEST = 100

_COUNTED: Final = re.compile(r"\d+(?= tokens?\b)")
"""What a model's answer costs differs in each run."""


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


def said_of(answer: Step) -> tuple[Hashable, ...]:
    """Return what came of a call, without what differs in any two runs."""
    told = shape(_COUNTED.sub("{}", answer.answer))
    has_status = answer.status_code is not None and answer.protocol is Protocol.HTTP
    return (answer.kind, answer.status_code, shape(answer.error), "" if has_status else told)


class Signs:
    """Signs of calls, each worked out once; a sign is a number, the same for what is alike."""

    def __init__(self) -> None:
        self._numbers: dict[Hashable, int] = {}
        self._own: dict[int, int] = {}
        self._whole: dict[int, int] = {}

    def own(self, call: Call) -> int:
        """Return the sign of what a call asked and was answered."""
        key = id(call)
        if key not in self._own:
            answer = answer_of(call)
            ended = None if answer is None else said_of(answer)
            bodies = tuple(_body(step.body) for step in call.steps)
            request = call.request
            asked = (shape(request.path), shape(request.query))
            self._own[key] = self._number((asked, ended, bodies))
        return self._own[key]

    def whole(self, call: Call) -> int:
        """Return the sign of a call with its headers, and of all that was made for it."""
        waiting = [call]
        while waiting:
            top = waiting[-1]
            missing = [inner for inner in top.inner if id(inner) not in self._whole]
            if missing:
                waiting += missing
                continue
            waiting.pop()
            # The order of what was made says nothing here: it may have run at the same time.
            within = tuple(sorted(self._whole[id(inner)] for inner in top.inner))
            asked = operation_of(top.request)
            sign = (asked, self.own(top), tuple(map(_headers, top.steps)), within)
            self._whole[id(top)] = self._number(sign)
        return self._whole[id(call)]

    def _number(self, sign: Hashable) -> int:
        return self._numbers.setdefault(sign, len(self._numbers))


def _headers(step: Step) -> Hashable:
    return frozenset(
        (header.name, header_shape(header.name, header.value))
        for header in step.headers
        if not VOLATILE_HEADERS.fullmatch(header.name)
    )


def _body(body: Body | None) -> Hashable:
    if body is None or not isinstance(body.content, str):
        return None if body is None else body.content
    return _text(body.content)


@lru_cache(_BODIES)
def _text(content: str) -> Hashable:
    value = json_value(content)
    return shape(content) if value is None else json_sign(value)
