"""Spans from a message's own bytes: a look at each tag, and no more than is asked of a span.

Tags are those of opentelemetry-proto's ``trace.proto`` and ``common.proto``: field number and wire
type in one byte. Protobuf itself has read the message before, so lengths are as they should be.
"""

from __future__ import annotations

from struct import Struct
from typing import Final

from opentelemetry.proto.trace.v1 import trace_pb2

from otelhook.otlp.splitting import varint
from otelhook.otlp.wire import ONE_BYTE
from otelhook.store.blocks.span_lists import NO_PARENT, SPAN_ID, TRACE_ID, SpanLists

__all__ = ["UnusualError", "scan", "too_long"]

_RESOURCE_SPANS: Final = 0x0A  # of TracesData
_RESOURCE: Final = 0x0A  # of ResourceSpans
_SCOPE_SPANS: Final = 0x12
_SPAN: Final = 0x12  # of ScopeSpans
_WITHIN: Final = frozenset({0x0A, 0x12, 0x1A})  # all of either, with scope and schema URL

_TRACE: Final = 0x0A
_ID: Final = 0x12
_PARENT: Final = 0x22
_NAME: Final = 0x2A
_KIND: Final = 0x30
_START: Final = 0x39
_END: Final = 0x41
_ATTRIBUTE: Final = 0x4A
_STATUS: Final = 0x7A
_FLAGS: Final = 0x85  # and 0x01: the only tag of two bytes
# Beside those above: trace state, events, links; and the counts of what was dropped.
_TEXTS: Final = frozenset({_TRACE, _ID, _PARENT, _NAME, _STATUS, 0x1A, 0x5A, 0x6A})
_NUMBERS: Final = frozenset({_KIND, 0x50, 0x60, 0x70})
_TIMES: Final = frozenset({_START, _END})

_KEY: Final = 0x0A  # of KeyValue
_VALUE: Final = 0x12
_TEXT: Final = 0x0A  # of AnyValue

_ZERO_TRACE: Final = bytes(TRACE_ID)
_LONG: Final = 600
"""Bytes from which on an attribute may be too long to be searched for, and nearly always is."""
_LONGEST: Final = 4 * 256
"""Bytes of the longest text that may be, in UTF-8."""
_fixed64 = Struct("<Q").unpack_from


class UnusualError(Exception):
    """Bytes that only protobuf itself should read."""


def scan(data: bytes, into: SpanLists) -> None:
    """Add the spans of a message that protobuf has read without an error.

    Raises:
        UnusualError: it is not as nearly every sender writes it; some of it may have been added.
    """
    at, end = 0, len(data)
    while at < end:
        if data[at] != _RESOURCE_SPANS:
            raise UnusualError
        size, at = varint(data, at + 1)
        for first, last, resource in _spans_within(data, at, at + size):
            _scan_span(data, first, last, resource, into)
        at += size


def _spans_within(data: bytes, at: int, end: int) -> list[tuple[int, int, bytes]]:
    """Return where the spans of a ``ResourceSpans`` are, each with its resource."""
    fields = _fields(data, at, end)
    resources = [data[first:last] for tag, first, last in fields if tag == _RESOURCE]
    if len(resources) > 1:  # protobuf would merge them
        raise UnusualError
    return [
        (first, last, resources[0] if resources else b"")
        for outer, *scope in fields
        if outer == _SCOPE_SPANS
        for tag, first, last in _fields(data, *scope)
        if tag == _SPAN
    ]


def _fields(data: bytes, at: int, end: int) -> list[tuple[int, int, int]]:
    """Return tag, beginning and end of each field; all are to be texts or messages."""
    found: list[tuple[int, int, int]] = []
    while at < end:
        tag = data[at]
        if tag not in _WITHIN:
            raise UnusualError
        size, at = varint(data, at + 1)
        found.append((tag, at, at + size))
        at += size
    return found


def _scan_span(data: bytes, at: int, end: int, resource: bytes, into: SpanLists) -> None:
    place, begun, pairs = len(into), at, into.pairs
    texts: dict[int, bytes] = {}
    numbers: dict[int, int] = {}
    while at < end:
        tag = data[at]
        if tag == _ATTRIBUTE:
            size = data[at + 1]
            at += 2
            if size >= ONE_BYTE:
                size, at = varint(data, at - 1)
            pair = data[at : at + size]
            if size < _LONG or not too_long(pair):
                pairs[pair].append(place)
            at += size
        elif tag in _TEXTS:
            size, at = varint(data, at + 1)
            texts[tag] = data[at : at + size]
            at += size
        elif tag in _TIMES:
            (numbers[tag],) = _fixed64(data, at + 1)
            at += 9
        elif tag in _NUMBERS:
            numbers[tag], at = varint(data, at + 1)
        elif tag == _FLAGS and data[at + 1] == 1:
            at += 6
        else:
            raise UnusualError
    trace, span = texts.get(_TRACE, b""), texts.get(_ID, b"")
    if len(trace) != TRACE_ID or len(span) != SPAN_ID or trace == _ZERO_TRACE or span == NO_PARENT:
        raise UnusualError  # to be left out, and said
    status = texts.get(_STATUS)
    into.add(
        (trace, span, texts.get(_PARENT, NO_PARENT), texts.get(_NAME, b"")),
        (
            *(numbers.get(_KIND, 0), trace_pb2.Status.FromString(status).code if status else 0),
            *(numbers.get(_START, 0), numbers.get(_END, 0), end - begun),
        ),
        resource,
    )


def too_long(pair: bytes) -> bool:
    """Return whether an attribute is one text that is too long to be searched for."""
    if len(pair) < _LONG or pair[0] != _KEY or pair[1] >= ONE_BYTE:
        return False
    at = 2 + pair[1]
    if pair[at] != _VALUE:
        return False
    size, at = varint(pair, at + 1)
    return at + size == len(pair) and pair[at] == _TEXT and varint(pair, at + 1)[0] > _LONGEST
