"""Headers and body of a request or a response, out of a span's attributes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, cast

from otelhook.attributes import Direction, body_left_out, body_truncated
from otelhook.model import Attributes, AttributeValue
from otelhook.sequence.document import Body, Header
from otelhook.sequence.spans.attribute_aliases import (
    body_keys,
    header_map_keys,
    header_prefixes,
    size_keys,
)
from otelhook.sequence.spans.coercion import first_integer, texts

__all__ = ["NOTHING", "Message", "header_value", "read_message"]


@dataclass(frozen=True, slots=True)
class Message:
    """One side's record of a request or a response."""

    headers: tuple[Header, ...] = ()
    body: Body | None = None


NOTHING = Message()

_SHORT: Final = 32
"""Characters of a header's value that is likely to come again; a UUID has 36."""

_PREFIXES: dict[Direction, tuple[str, ...]] = {
    "request": header_prefixes("request"),
    "response": header_prefixes("response"),
}
_HEADER_MAPS: dict[Direction, tuple[str, ...]] = {
    "request": header_map_keys("request"),
    "response": header_map_keys("response"),
}
_BODIES: dict[Direction, tuple[str, ...]] = {
    "request": body_keys("request"),
    "response": body_keys("response"),
}
_SIZES: dict[Direction, tuple[str, ...]] = {
    "request": size_keys("request"),
    "response": size_keys("response"),
}


def read_message(attributes: Attributes, side: Direction) -> Message:
    """Read what a span recorded of its request or response."""
    headers = _headers(attributes, side)
    body = _body(attributes, side, headers)
    return Message(headers, body) if headers or body else NOTHING


def header_value(headers: Sequence[Header], name: str) -> str:
    """Return the first header of a (lower-case) name, or nothing."""
    for header in headers:
        if header.name == name:
            return header.value
    return ""


def _headers(attributes: Attributes, side: Direction) -> tuple[Header, ...]:
    """Read every form; names in lower case with dashes, in the order they were recorded.

    The stock WSGI package writes ``x_request_id`` where the conventions have ``x-request-id``; if
    both stand there, they are the same header, not two.
    """
    found: dict[str, tuple[str, ...]] = {}
    for key, name in _header_keys(tuple(attributes), side):
        found.setdefault(name, texts(attributes[key]))
    for key in _HEADER_MAPS[side]:
        if key in attributes:
            for name, value in _mapping(attributes[key]).items():
                found.setdefault(_header_name(name), texts(value))
    return tuple([_header(name, value) for name in found if name for value in found[name]])


def _header(name: str, value: str) -> Header:
    """Return a header, of short ones one object for all messages that have it: most repeat."""
    return Header(name, value) if len(value) > _SHORT else _short_header(name, value)


_short_header = lru_cache(2048)(Header)


@lru_cache(maxsize=8192)
def _header_keys(keys: tuple[str, ...], side: Direction) -> tuple[tuple[str, str], ...]:
    """Return which keys hold a header, and its name: one plan for each set of keys."""
    found: list[tuple[str, str]] = []
    for key in keys:
        if key.startswith(_PREFIXES[side]):
            prefix = next(prefix for prefix in _PREFIXES[side] if key.startswith(prefix))
            found.append((key, _header_name(key[len(prefix) :])))
    return tuple(found)


def _header_name(name: str) -> str:
    return name.strip().lower().replace("_", "-")


def _mapping(value: AttributeValue) -> Mapping[str, AttributeValue]:
    if isinstance(value, str):
        try:
            parsed: object = json.loads(value)
        except (ValueError, RecursionError):
            return {}
        value = cast("AttributeValue", parsed)
    if not isinstance(value, Mapping):
        return {}
    return {str(name): item for name, item in value.items()}


def _body(attributes: Attributes, side: Direction, headers: Sequence[Header]) -> Body | None:
    content = None
    for key in _BODIES[side]:
        if attributes.get(key) is not None:
            content = _content(attributes[key])
            break
    size = first_integer(attributes, _SIZES[side])
    if size is not None and size < 0:
        size = None
    cut = attributes.get(body_truncated(side)) in (True, "true")
    if content is None and size is None:
        return None
    # A reason beside a body that is there after all would say nothing.
    why = attributes.get(body_left_out(side)) if content is None else None
    return Body(
        content,
        size,
        cut,
        header_value(headers, "content-type"),
        why if isinstance(why, str) else "",
    )


def _content(value: AttributeValue) -> str | bytes | None:
    """Text and bytes stay; a form or a parsed body (Logfire) becomes JSON text again."""
    if value is None or isinstance(value, str | bytes):
        return value
    try:
        return json.dumps(value, ensure_ascii=False, default=_plain)
    except (TypeError, ValueError, RecursionError):
        return str(value)


def _plain(value: object) -> object:
    if isinstance(value, Mapping):
        return dict(cast("Mapping[str, object]", value))
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return str(value)
