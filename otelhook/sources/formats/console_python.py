"""What the console exporters of the Python and the PHP SDK print, an object a span.

``opentelemetry.sdk.trace.ReadableSpan.to_json`` writes ids with ``0x``, kinds as
``SpanKind.CLIENT`` and times in ISO 8601; PHP's ``FriendlySpanConverter`` writes the same objects
with plain ids, ``KIND_CLIENT`` and nanoseconds.
"""

from __future__ import annotations

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
    is_object,
    links_to,
    moment,
    object_of,
    objects_of,
    parent_of,
    read_each,
)

__all__ = ["EXAMPLE", "is_python_console", "read_python_console"]

EXAMPLE: Final = """\
{
    "name": "GET",
    "context": {
        "trace_id": "0x463ac35c9f6413ad48485a3953bb6124",
        "span_id": "0x72485a3953bb6124",
        "trace_state": "[]"
    },
    "kind": "SpanKind.CLIENT",
    "parent_id": null,
    "start_time": "2025-11-29T21:00:00.000000Z",
    "end_time": "2025-11-29T21:00:00.010000Z",
    "status": {"status_code": "UNSET"},
    "attributes": {"http.method": "GET", "http.url": "http://image/v2/images"},
    "events": [],
    "links": [],
    "resource": {"attributes": {"service.name": "shop"}, "schema_url": ""}
}
"""


def is_python_console(value: Json) -> bool:
    """Recognise a span: its ids stand in its context, with underscores."""
    context: object = value.get("context")
    return is_object(context) and "trace_id" in context and "span_id" in context


def read_python_console(value: Json) -> Decoded:
    """Return the span of one object.

    Raises:
        DamagedDataError: it is not of that shape.
    """
    return read_each(iter((value,)), lambda span: [_span(span)], "a span of a console exporter")


def _span(span: Json) -> Span:
    context = object_of(span.get("context"))
    status = object_of(span.get("status"))
    scope = object_of(span.get("instrumentation_scope") or span.get("instrumentation_info"))
    return Span(
        trace_id=parse_trace_id(_plain(context.get("trace_id"))),
        span_id=parse_span_id(_plain(context.get("span_id"))),
        parent_span_id=parent_of(_plain(span.get("parent_id") or span.get("parent_span_id"))),
        name=str(span.get("name") or ""),
        kind=_kind(span.get("kind")),
        start_time=moment(span.get("start_time", span.get("start"))),
        end_time=moment(span.get("end_time", span.get("end"))),
        attributes=attributes_of(span.get("attributes")),
        resource=_resource(span.get("resource")),
        scope=Scope(str(scope.get("name") or ""), str(scope.get("version") or "")),
        status=Status(
            _code(status.get("status_code", status.get("code"))),
            str(status.get("description") or ""),
        ),
        events=tuple(
            Event(
                moment(event.get("timestamp")),
                str(event.get("name") or ""),
                attributes_of(event.get("attributes")),
            )
            for event in objects_of(span.get("events"))
        ),
        links=tuple(
            found
            for link in objects_of(span.get("links"))
            for context in [object_of(link.get("context"))]
            for found in links_to(
                _plain(context.get("trace_id")),
                _plain(context.get("span_id")),
                attributes_of(link.get("attributes")),
            )
        ),
    )


def _plain(identifier: object) -> str:
    return str(identifier or "").removeprefix("0x")


def _kind(value: object) -> SpanKind:
    name = str(value or "").removeprefix("SpanKind.").removeprefix("KIND_").upper()
    return SpanKind.__members__.get(name, SpanKind.UNSPECIFIED)


def _code(value: object) -> StatusCode:
    name = str(value or "").removeprefix("StatusCode.").upper()
    return StatusCode.__members__.get(name, StatusCode.UNSET)


def _resource(value: object) -> Resource:
    """Read a resource; until 1.12 it was printed as its attributes alone."""
    given = object_of(value)
    inner: object = given.get("attributes")
    return Resource(attributes_of(inner if is_object(inner) else given))
