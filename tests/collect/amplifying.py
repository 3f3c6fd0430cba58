"""Requests of a few bytes on the wire that would take gigabytes as objects."""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Iterator, Mapping

__all__ = ["JSON_REQUESTS", "PROTOBUF_REQUESTS", "field"]

_IDS = b"\x0a\x10" + b"t" * 16 + b"\x12\x08" + b"s" * 8


def field(tag: int, content: bytes) -> bytes:
    """Return a field of text, or a message, of any length."""
    size, length = len(content), bytearray()
    while size > 127:
        length.append(size & 127 | 128)
        size >>= 7
    return bytes((tag, *length, size)) + content


def _message(*spans: bytes) -> bytes:
    return field(0x0A, field(0x12, b"".join(field(0x12, span) for span in spans)))


def _span(fields: bytes) -> bytes:
    return _message(_IDS + fields)


def _until(size: int, made: Iterator[bytes]) -> bytes:
    found = bytearray()
    while len(found) < size:
        found += next(made)
    return bytes(found)


def _key(number: int) -> bytes:
    return field(0x4A, field(0x0A, b"%x" % number))


def _value(content: bytes) -> bytes:
    return field(0x4A, field(0x0A, b"k") + field(0x12, content))


def _one_attribute_traces(size: int) -> bytes:
    spans = (
        field(0x12, field(0x0A, number.to_bytes(16, "big")) + field(0x12, b"s" * 8))
        for number in itertools.count(1)
    )
    return field(0x0A, field(0x12, _until(size, spans)))


def _spans_of_many_keys(size: int) -> bytes:
    spans = (
        field(
            0x12,
            field(0x0A, number.to_bytes(16, "big"))
            + field(0x12, b"s" * 8)
            + b"".join(map(_key, range(number * 1000, number * 1000 + 900))),
        )
        for number in itertools.count(1)
    )
    return field(0x0A, field(0x12, _until(size, spans)))


PROTOBUF_REQUESTS: Mapping[str, Callable[[int], bytes]] = {
    "empty attributes": lambda size: _span(b"\x4a\x00" * (size // 2)),
    "empty events": lambda size: _span(b"\x5a\x00" * (size // 2)),
    "empty links": lambda size: _span(b"\x6a\x00" * (size // 2)),
    "empty spans": lambda size: field(0x0A, field(0x12, b"\x12\x00" * (size // 2))),
    "empty scopes": lambda size: field(0x0A, b"\x12\x00" * (size // 2)),
    "empty resources": lambda size: b"\x0a\x00" * (size // 2),
    "empty attributes of a resource": lambda size: field(
        0x0A, field(0x0A, b"\x0a\x00" * (size // 2)) + field(0x12, field(0x12, _IDS))
    ),
    "tags in more bytes than they need": lambda size: _span(b"\xca\x00\x00" * (size // 3)),
    "a field that nobody knows before them": lambda size: (
        b"\x12\x00" + _span(b"\x4a\x00" * (size // 2))
    ),
    "distinct attributes": lambda size: _span(_until(size, map(_key, itertools.count()))),
    "a list of nothing": lambda size: _span(_value(field(0x2A, b"\x0a\x00" * (size // 2)))),
    "a map of nothing": lambda size: _span(_value(field(0x32, b"\x0a\x00" * (size // 2)))),
    "a list of texts": lambda size: _span(
        _value(
            field(
                0x2A,
                _until(size, (field(0x0A, field(0x0A, b"%x" % n)) for n in itertools.count())),
            )
        )
    ),
    "traces of one span": _one_attribute_traces,
    "spans of many keys": _spans_of_many_keys,
    "every other span without an id": lambda size: field(
        0x0A, field(0x12, (field(0x12, _IDS) + b"\x12\x00") * (size // 30))
    ),
}


def _json_span(name: str, content: str) -> bytes:
    span = {"traceId": f"{1:032x}", "spanId": f"{1:016x}", name: ["..."]}
    text = json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]})
    return text.replace('"..."', content).encode()


JSON_REQUESTS: Mapping[str, Callable[[int], bytes]] = {
    "empty objects": lambda size: b'{"resourceSpans":[' + b"{}," * (size // 3) + b"{}]}",
    "empty lists": lambda size: b'{"resourceSpans":[' + b"[]," * (size // 3) + b"{}]}",
    "empty spans": lambda size: (
        b'{"resourceSpans":[{"scopeSpans":[{"spans":[' + b"{}," * (size // 3) + b"{}]}]}]}"
    ),
    "empty events": lambda size: _json_span("events", "{}," * (size // 3) + "{}"),
    "distinct attributes": lambda size: _json_span(
        "attributes", ",".join(f'{{"key":"{number:x}"}}' for number in range(size // 16))
    ),
    "keys of an object": lambda size: (
        b'{"resourceSpans":[],"x":{'
        + b",".join(b'"%x":1' % number for number in range(size // 12))
        + b"}}"
    ),
    "texts that are wide": lambda size: (
        _json_span("name2", json.dumps("\U0001f600" * (size // 12)))
        .decode()
        .encode()
        .replace(b"\\ud83d\\ude00", "\U0001f600".encode())
    ),
}
