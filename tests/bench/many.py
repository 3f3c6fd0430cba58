"""The spans of `tests.bench.ingest`, very many: numbers are put into the bytes of a hundred."""

from __future__ import annotations

import struct
import time
from collections.abc import Iterator
from dataclasses import replace

from otelhook.model import Resource, SpanId, TraceId
from otelhook.otlp import encode_resource, encode_traces, read_message
from otelhook.otlp.wire import block
from tests.bench.ingest import SPANS_A_MESSAGE, SPANS_A_TRACE, a_span

__all__ = ["many_messages"]

KINDS = 100
"""Spans differ in more than their number by its last two digits."""

SERVICES = 5
MESSAGES = 100
MARK = "@NUMBER"
TRACE, SPAN, PARENT = b"@" * 16, b"#" * 8, b"%" * 8
START, END = struct.pack("<Q", 2**60 - 1), struct.pack("<Q", 2**60 - 3)


def _template(number: int) -> bytes:
    """Return a span with marks in place of its ids, times and number."""
    span = a_span(number)
    attributes = {
        **span.attributes,
        "url.path": f"/v2/images/{MARK}",
        "http.request.body.content": f"{MARK} request " * 110,
        "http.response.body.content": f"{MARK} response " * 150,
    }
    marked = replace(
        span,
        trace_id=TraceId(TRACE.hex()),
        span_id=SpanId(SPAN.hex()),
        parent_span_id=None if span.parent_span_id is None else SpanId(PARENT.hex()),
        start_time=2**60 - 1,
        end_time=2**60 - 3,
        attributes=attributes,
    )
    (resource_spans,) = read_message(encode_traces([marked])).resource_spans
    return bytes(resource_spans.scope_spans[0].spans[0].SerializeToString())


def many_messages(count: int) -> Iterator[list[bytes]]:
    """Yield lists of messages of 50 spans each, a millisecond between two spans."""
    templates = [_template(number) for number in range(KINDS)]
    resources = [
        encode_resource(Resource({"service.name": f"service-{number}", "host.name": "bench"}))
        for number in range(SERVICES)
    ]
    begun = time.time_ns() - count * 1_000_000
    made: list[bytes] = []
    for first in range(0, count, SPANS_A_MESSAGE):
        groups: list[list[bytes]] = [[] for _ in resources]
        for number in range(first, first + SPANS_A_MESSAGE):
            span = _numbered(templates[number % KINDS], number, begun + number * 1_000_000)
            groups[number % SERVICES].append(block(b"\x12", span))
        made.append(
            b"".join(
                block(b"\x0a", block(b"\x0a", resource) + block(b"\x12", b"".join(spans)))
                for resource, spans in zip(resources, groups, strict=True)
            )
        )
        if len(made) == MESSAGES:
            yield made
            made = []
    if made:
        yield made


def _numbered(template: bytes, number: int, start: int) -> bytes:
    return (
        template.replace(MARK.encode(), b"%07d" % number)
        .replace(TRACE, struct.pack(">QQ", 0, number // SPANS_A_TRACE + 1))
        .replace(SPAN, struct.pack(">Q", number + 1))
        .replace(PARENT, struct.pack(">Q", number))
        .replace(START, struct.pack("<Q", start))
        .replace(END, struct.pack("<Q", start + 1_000_000))
    )
