"""What Go's ``stdouttrace`` prints: ``tracetest.SpanStub`` as JSON, names as in Go.

Before 1.0 the parent was ``ParentSpanID``, events ``MessageEvents`` and a status two fields; a
batch was one array.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from otelhook.model import (
    Attributes,
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
    attribute_value,
    is_object,
    links_to,
    moment,
    object_of,
    objects_of,
    parent_of,
    read_each,
)

__all__ = ["EXAMPLE", "is_go_console", "read_go_console"]

EXAMPLE: Final = """\
{"Name":"GET",
 "SpanContext":{"TraceID":"463ac35c9f6413ad48485a3953bb6124","SpanID":"72485a3953bb6124"},
 "Parent":{"TraceID":"00000000000000000000000000000000","SpanID":"0000000000000000"},
 "SpanKind":3,
 "StartTime":"2025-11-29T21:00:00.000000001Z","EndTime":"2025-11-29T21:00:00.010000001Z",
 "Attributes":[{"Key":"url.full","Value":{"Type":"STRING","Value":"http://image/v2/images"}}],
 "Events":null,"Links":null,"Status":{"Code":"Unset","Description":""},
 "Resource":[{"Key":"service.name","Value":{"Type":"STRING","Value":"shop"}}],
 "InstrumentationLibrary":{"Name":"net/http"}}
"""

_KINDS: Final[Mapping[object, SpanKind]] = {int(kind): kind for kind in SpanKind}
_CODES: Final = {"0": StatusCode.UNSET, "1": StatusCode.ERROR, "2": StatusCode.OK}
"""Go's ``codes`` number them otherwise than OTLP."""


def is_go_console(value: Json) -> bool:
    """Recognise a span: its ids stand in its context, with capitals."""
    context: object = value.get("SpanContext")
    return is_object(context) and "TraceID" in context


def read_go_console(value: Json) -> Decoded:
    """Return the span of one object.

    Raises:
        DamagedDataError: it is not of that shape.
    """
    return read_each(iter((value,)), lambda span: [_span(span)], "a span of Go's stdouttrace")


def _span(span: Json) -> Span:
    context = object_of(span.get("SpanContext"))
    scope = object_of(span.get("InstrumentationScope") or span.get("InstrumentationLibrary"))
    return Span(
        trace_id=parse_trace_id(str(context.get("TraceID") or "")),
        span_id=parse_span_id(str(context.get("SpanID") or "")),
        parent_span_id=parent_of(
            object_of(span.get("Parent")).get("SpanID") or span.get("ParentSpanID")
        ),
        name=str(span.get("Name") or ""),
        kind=_KINDS.get(span.get("SpanKind"), SpanKind.UNSPECIFIED),
        start_time=moment(span.get("StartTime")),
        end_time=moment(span.get("EndTime")),
        attributes=_attributes(span.get("Attributes")),
        resource=Resource(_attributes(span.get("Resource"))),
        scope=Scope(str(scope.get("Name") or ""), str(scope.get("Version") or "")),
        status=_status(span),
        events=tuple(
            Event(
                moment(event.get("Time")),
                str(event.get("Name") or ""),
                _attributes(event.get("Attributes")),
            )
            for event in objects_of(span.get("Events") or span.get("MessageEvents"))
        ),
        links=tuple(
            found
            for link in objects_of(span.get("Links"))
            for to in [object_of(link.get("SpanContext"))]
            for found in links_to(
                to.get("TraceID"), to.get("SpanID"), _attributes(link.get("Attributes"))
            )
        ),
    )


def _status(span: Json) -> Status:
    given: object = span.get("Status")
    whole: Json = given if is_object(given) else {}
    code = str(whole.get("Code", span.get("StatusCode", given)))
    message = str(whole.get("Description") or span.get("StatusMessage") or "")
    return Status(
        _CODES.get(code) or StatusCode.__members__.get(code.upper(), StatusCode.UNSET), message
    )


def _attributes(pairs: object) -> Attributes:
    return {
        str(pair.get("Key")): attribute_value(object_of(pair.get("Value")).get("Value"))
        for pair in objects_of(pairs)
    }
