"""What JavaScript's ``ConsoleSpanExporter`` prints, an object a span.

It is not JSON but what Node shows of an object (`otelhook.sources.files.js_literal`); programs that
print it as JSON are read as well. Times are microseconds, kinds are numbered from INTERNAL on.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from otelhook.model import (
    Event,
    Resource,
    Scope,
    Span,
    SpanKind,
    Status,
    StatusCode,
    parse_span_id,
    parse_trace_id,
)
from otelhook.otlp import Decoded
from otelhook.sources.formats.shapes import (
    Json,
    attributes_of,
    is_list,
    links_to,
    object_of,
    objects_of,
    parent_of,
    read_each,
)

__all__ = ["EXAMPLE", "is_node_console", "read_node_console"]

EXAMPLE: Final = """\
{
  resource: { attributes: { 'service.name': 'shop' } },
  instrumentationScope: { name: '@opentelemetry/instrumentation-http', version: '0.1' },
  traceId: '463ac35c9f6413ad48485a3953bb6124',
  parentSpanContext: undefined,
  traceState: undefined,
  name: 'GET',
  id: '72485a3953bb6124',
  kind: 2,
  timestamp: 1764450000000000,
  duration: 10000,
  attributes: { 'http.url': 'http://image/v2/images' },
  status: { code: 0 },
  events: [],
  links: []
}
"""

_KINDS: Final[Mapping[object, SpanKind]] = {
    0: SpanKind.INTERNAL,
    1: SpanKind.SERVER,
    2: SpanKind.CLIENT,
    3: SpanKind.PRODUCER,
    4: SpanKind.CONSUMER,
}
"""By number in ``@opentelemetry/api``, which is not OTLP's."""

_CODES: Final[Mapping[object, StatusCode]] = {int(code): code for code in StatusCode}
_NOT_ZIPKINS: Final = frozenset(
    {"resource", "instrumentationScope", "attributes", "events", "links"}
)


def is_node_console(value: Json) -> bool:
    """Recognise a span: Zipkin's names for the ids, and what Zipkin has none of."""
    return "traceId" in value and "id" in value and not _NOT_ZIPKINS.isdisjoint(value)


def read_node_console(value: Json) -> Decoded:
    """Return the span of one object.

    Raises:
        DamagedDataError: it is not of that shape.
    """
    return read_each(iter((value,)), lambda span: [_span(span)], "a span of Node's console")


def _span(span: Json) -> Span:
    scope = object_of(span.get("instrumentationScope"))
    status = object_of(span.get("status"))
    start = _nanoseconds(span.get("timestamp"))
    return Span(
        trace_id=parse_trace_id(str(span.get("traceId") or "")),
        span_id=parse_span_id(str(span.get("id") or "")),
        parent_span_id=parent_of(
            object_of(span.get("parentSpanContext")).get("spanId") or span.get("parentId")
        ),
        name=str(span.get("name") or ""),
        kind=_KINDS.get(span.get("kind"), SpanKind.UNSPECIFIED),
        start_time=start,
        end_time=start + _nanoseconds(span.get("duration")),
        attributes=attributes_of(span.get("attributes")),
        resource=Resource(attributes_of(object_of(span.get("resource")).get("attributes"))),
        scope=Scope(str(scope.get("name") or ""), str(scope.get("version") or "")),
        status=Status(
            _CODES.get(status.get("code"), StatusCode.UNSET),
            str(status.get("message") or ""),
        ),
        events=tuple(_event(event) for event in objects_of(span.get("events"))),
        links=tuple(
            found
            for link in objects_of(span.get("links"))
            for to in [object_of(link.get("context"))]
            for found in links_to(
                to.get("traceId"), to.get("spanId"), attributes_of(link.get("attributes"))
            )
        ),
        trace_state=str(span.get("traceState") or ""),
    )


def _event(event: Json) -> Event:
    """Read an event, whose time is seconds and nanoseconds."""
    time: object = event.get("time")
    seconds, nanoseconds = (*time, 0, 0)[:2] if is_list(time) else (0, 0)
    return Event(
        int(str(seconds)) * 10**9 + int(str(nanoseconds)),
        str(event.get("name") or ""),
        attributes_of(event.get("attributes")),
    )


def _nanoseconds(microseconds: object) -> int:
    if isinstance(microseconds, int):
        return microseconds * 1_000
    return int(float(str(microseconds or 0)) * 1_000)
