"""Messages into lists of their spans, by one of two readers that give the same.

`scan` looks at the bytes of what nearly every sender writes, and gives up on anything else; `walk`
goes through protobuf's objects, in three times the time, and leaves out what cannot be kept.
"""

from __future__ import annotations

from opentelemetry.proto.trace.v1 import trace_pb2

from otelhook.otlp import read_message, span_fault
from otelhook.store.blocks.scanning import UnusualError, scan, too_long
from otelhook.store.blocks.span_lists import SpanLists

__all__ = ["add_message", "walk"]


def add_message(data: bytes, into: SpanLists) -> tuple[bytes, tuple[str, ...]]:
    """Add a message's spans; return its bytes without those left out, and a sentence on each.

    Args:
        data: OTLP ``TracesData`` or ``ExportTraceServiceRequest``.
        into: where the spans go, behind those that are there.

    Raises:
        DamagedDataError: the bytes are no OTLP protobuf.
    """
    message = read_message(data)
    before = len(into)
    try:
        scan(data, into)
    except UnusualError:
        into.cut(before)
        skipped = walk(message, into)
        return (message.SerializeToString() if skipped else data), skipped
    return data, ()


def walk(message: trace_pb2.TracesData, into: SpanLists) -> tuple[str, ...]:
    """Add the spans of a message, and take those out of it that cannot be kept."""
    skipped: list[str] = []
    for resource_spans in message.resource_spans:
        resource = resource_spans.resource.SerializeToString()
        for scope_spans in resource_spans.scope_spans:
            skipped += _take_out(scope_spans)
            for span in scope_spans.spans:
                _walk_span(span, resource, into)
    return tuple(skipped)


def _take_out(scope_spans: trace_pb2.ScopeSpans) -> list[str]:
    """Take out the spans that cannot be kept; return a sentence on each."""
    faults = [(place, span_fault(span)) for place, span in enumerate(scope_spans.spans)]
    faulty = [(place, fault) for place, fault in faults if fault]
    said = [f"span {scope_spans.spans[place].name!r} left out: {fault}" for place, fault in faulty]
    for place, _ in reversed(faulty):
        del scope_spans.spans[place]
    return said


def _walk_span(span: trace_pb2.Span, resource: bytes, into: SpanLists) -> None:
    place = len(into)
    for pair in span.attributes:
        content = pair.SerializeToString()
        if not too_long(content):
            into.pairs[content].append(place)
    into.add(
        (span.trace_id, span.span_id, span.parent_span_id, span.name.encode()),
        (
            *(span.kind, span.status.code, span.start_time_unix_nano, span.end_time_unix_nano),
            span.ByteSize(),
        ),
        resource,
    )
