"""Jaeger's own spans, as its clients of before OpenTelemetry send them, as ours.

Ids are signed 64-bit integers there, times microseconds, attributes typed tags. The one thing
that they say otherwise than Jaeger's JSON does is the parent, which has a field of its own;
jaeger-client writes that one and leaves the references empty.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final

from otelhook import attributes as key
from otelhook.jaeger_tags import EVENT, NO_SERVICE, Reference, parent_and_links, take, take_told
from otelhook.model import (
    AttributeValue,
    Event,
    Link,
    Resource,
    Span,
    SpanId,
    TraceId,
    parse_span_id,
    parse_trace_id,
)
from otelhook.otlp import Decoded

__all__ = ["legacy_spans"]

_MICROSECOND: Final = 1_000
_UNSIGNED: Final = 2**64 - 1
_HOST_OLD: Final = "hostname"
"""What jaeger-client calls the host, which the conventions call ``host.name``."""

_FIELDS: Final = ("vStr", "vDouble", "vBool", "vLong", "vBinary")
"""A tag's field by its type, in the order of ``TagType`` in jaeger.thrift."""

_BINARY: Final = 4


def legacy_spans(batch: Any) -> Decoded:
    """Return the spans of a thrift ``Batch``, and a sentence on each that had to be left out.

    Args:
        batch: what `otelhook.collector.receivers.legacy_thrift` read; any of its fields may be
            missing.
    """
    resource = _resource(batch.process)
    spans: list[Span] = []
    skipped: list[str] = []
    for span in batch.spans or ():
        read = _span_or_fault(span, resource)
        if isinstance(read, Span):
            spans.append(read)
        else:
            skipped.append(read)
    return Decoded(tuple(spans), tuple(skipped))


def _span_or_fault(span: Any, resource: Resource) -> Span | str:
    try:
        return _span(span, resource)
    except ValueError as error:
        return f"span {_text(span.operationName)!r} left out: {error}"


def _span(span: Any, resource: Resource) -> Span:
    trace_id = _trace_id(span.traceIdHigh, span.traceIdLow)
    tags = _tags(span.tags)
    told = take_told(tags)
    parent, links = parent_and_links(_references(span, trace_id), trace_id)
    start = int(span.startTime or 0) * _MICROSECOND
    return Span(
        trace_id=trace_id,
        span_id=_span_id(span.spanId),
        parent_span_id=parent,
        name=_text(span.operationName),
        kind=told.kind,
        start_time=start,
        end_time=start + int(span.duration or 0) * _MICROSECOND,
        attributes=tags,
        resource=resource,
        scope=told.scope,
        status=told.status,
        events=tuple(_event(log) for log in span.logs or ()),
        links=links,
        trace_state=told.trace_state,
    )


def _references(span: Any, trace_id: TraceId) -> Iterator[Reference]:
    """Yield the parent's own field first: where both stand, they name the same span."""
    parent = None
    if span.parentSpanId:
        parent = Link(trace_id, _span_id(span.parentSpanId))
        yield Reference(parent, child_of=True)
    for found in span.references or ():
        try:
            to = Link(_trace_id(found.traceIdHigh, found.traceIdLow), _span_id(found.spanId))
        except ValueError:
            continue  # a reference to nowhere
        if to != parent:
            yield Reference(to, child_of=found.refType == 0)


def _resource(process: Any) -> Resource:
    if process is None:
        return Resource()
    tags = _tags(process.tags)
    if _HOST_OLD in tags and key.HOST_NAME not in tags:
        tags[key.HOST_NAME] = tags.pop(_HOST_OLD)
    service = _text(process.serviceName)
    return Resource(
        {key.SERVICE_NAME: service, **tags} if service not in {"", NO_SERVICE} else tags
    )


def _event(log: Any) -> Event:
    fields = _tags(log.fields)
    return Event(int(log.timestamp or 0) * _MICROSECOND, take(fields, EVENT), fields)


def _tags(tags: Iterable[Any] | None) -> dict[str, AttributeValue]:
    return {_text(tag.key): _value(tag) for tag in tags or ()}


def _value(tag: Any) -> AttributeValue:
    kind = tag.vType or 0
    value = getattr(tag, _FIELDS[kind]) if 0 <= kind < len(_FIELDS) else None
    if not isinstance(value, str):
        return value if value is None or isinstance(value, bool | int | float) else None
    # Bytes that are no UTF-8 are surrogates in it, see legacy_thrift.
    return value.encode("utf-8", "surrogateescape") if kind == _BINARY else _text(value)


def _text(value: object) -> str:
    if not isinstance(value, str):
        return ""
    return value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _trace_id(high: int | None, low: int | None) -> TraceId:
    return parse_trace_id(f"{(high or 0) & _UNSIGNED:016x}{(low or 0) & _UNSIGNED:016x}")


def _span_id(value: int | None) -> SpanId:
    return parse_span_id(f"{(value or 0) & _UNSIGNED:016x}")
