"""OTLP in its JSON form (opentelemetry-proto, "JSON Protobuf Encoding").

Ids are hex in any case, 64-bit integers strings or numbers, enums numbers (names are accepted),
bytes base64, zero values left out. ``google.protobuf.json_format`` reads ids as base64 and so
cannot be used. What writers make of the form is accepted as well: field names with underscores,
ids in base64 (Tempo, ``json_format``), attributes as a plain object, times as floats (Grafana).
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator, Mapping
from typing import TypeVar, cast

from otelhook.errors import DamagedDataError
from otelhook.model import (
    Event,
    Link,
    Resource,
    Scope,
    Span,
    SpanId,
    SpanKind,
    Status,
    StatusCode,
    parse_span_id,
    parse_trace_id,
)
from otelhook.otlp.json_attributes import Json, objects_in, read_attributes, read_integer
from otelhook.otlp.protobuf import Decoded

__all__ = ["OTHER_SIGNALS", "is_traces", "other_signals", "read_traces_json", "read_traces_value"]

_T = TypeVar("_T", SpanKind, StatusCode)

_ID_BYTES = (8, 16)
_HEX_DIGITS = frozenset("0123456789abcdefABCDEF")

_RESOURCES = ("resourceSpans", "resource_spans", "batches")
_WRAPPERS = ("result", "trace", "data")
_SCOPES = (
    *("scopeSpans", "scope_spans"),
    *("instrumentationLibrarySpans", "instrumentation_library_spans"),
)
_SPAN_IDS = (("traceId", "spanId"), ("trace_id", "span_id"))
_SPAN_TIMES = ("startTimeUnixNano", "start_time_unix_nano")

OTHER_SIGNALS: Mapping[str, str] = {
    "resourceLogs": "logs",
    "resource_logs": "logs",
    "resourceMetrics": "metrics",
    "resource_metrics": "metrics",
    "resourceProfiles": "profiles",
    "resource_profiles": "profiles",
}
"""The other requests of OTLP by their first field, and what they hold."""


def read_traces_json(text: str | bytes) -> Decoded:
    """Return the spans of one JSON object, as `otelhook.otlp.read_traces` does of protobuf.

    Accepted is what `read_traces_value` accepts.

    Raises:
        DamagedDataError: no JSON, or not of that shape.
    """
    try:
        value: object = json.loads(text)
    except (ValueError, RecursionError) as error:
        message = f"not JSON: {error}"
        raise DamagedDataError(message) from None
    return read_traces_value(value)


def read_traces_value(value: object) -> Decoded:
    """Return the spans of one JSON object that was parsed already.

    Accepted are ``{"resourceSpans": [...]}``, Tempo's ``{"batches": [...]}``, either of them
    within ``result``, ``trace`` or ``data``, as query APIs answer, and what stands in such a list
    by itself: one resource with its spans (Java's logging exporter), or one span.

    Raises:
        DamagedDataError: not of that shape.
    """
    spans: list[Span] = []
    skipped: list[str] = []
    try:
        for entry in _resource_spans(value):
            resource = Resource(read_attributes(_object(entry, "resource").get("attributes")))
            for scope, span in _scoped(entry):
                read = _span_or_fault(span, resource, scope)
                if isinstance(read, Span):
                    spans.append(read)
                else:
                    skipped.append(read)
    except (AttributeError, TypeError, KeyError, RecursionError) as error:
        message = f"not OTLP JSON: {error}"
        raise DamagedDataError(message) from None
    return Decoded(tuple(spans), tuple(skipped))


def is_traces(value: object) -> bool:
    """Return whether an object has the form that `read_traces_value` reads."""
    while isinstance(value, dict):
        found = cast("Json", value)
        if any(name in found for name in (*_RESOURCES, *_SCOPES)) or _is_span(found):
            return True
        value = _get(found, *_WRAPPERS)
    return False


def other_signals(value: object) -> tuple[str, ...]:
    """Return which other signals an object holds: ``("logs",)``; nothing if none."""
    if not isinstance(value, dict):
        return ()
    return tuple(said for name, said in OTHER_SIGNALS.items() if name in value)


def _is_span(entry: Json) -> bool:
    return any(first in entry and second in entry for first, second in _SPAN_IDS) and any(
        name in entry for name in _SPAN_TIMES
    )


def _resource_spans(value: object) -> list[Json]:
    """Find the list of resources with their spans, under any of its names."""
    while isinstance(value, dict):
        found = cast("Json", value)
        for name in _RESOURCES:
            if name in found:
                return _list(found, name)
        if any(name in found for name in _SCOPES):
            return [found]
        if _is_span(found):
            return [{"resource": found.get("resource"), "scopeSpans": [{"spans": [found]}]}]
        value = _get(found, *_WRAPPERS)
    message = "expected an object with resourceSpans"
    raise DamagedDataError(message)


def _scoped(entry: Json) -> Iterator[tuple[Scope, Json]]:
    for group in _list(entry, *_SCOPES):
        scope = _object(group, "scope", "instrumentationLibrary", "instrumentation_library")
        made = Scope(str(scope.get("name", "")), str(scope.get("version", "")))
        for span in _list(group, "spans"):
            yield made, span


def _span_or_fault(span: Json, resource: Resource, scope: Scope) -> Span | str:
    try:
        return _span(span, resource, scope)
    except (ValueError, OverflowError) as error:
        return f"span {span.get('name', '')!r} left out: {error}"


def _span(span: Json, resource: Resource, scope: Scope) -> Span:
    status = _object(span, "status")
    return Span(
        trace_id=parse_trace_id(_hex(span, "traceId", "trace_id", digits=32)),
        span_id=parse_span_id(_hex(span, "spanId", "span_id", digits=16)),
        parent_span_id=_parent(span),
        name=str(span.get("name", "")),
        kind=_enum(SpanKind, span.get("kind", 0), "SPAN_KIND_"),
        start_time=read_integer(_get(span, "startTimeUnixNano", "start_time_unix_nano")),
        end_time=read_integer(_get(span, "endTimeUnixNano", "end_time_unix_nano")),
        attributes=read_attributes(span.get("attributes")),
        resource=resource,
        scope=scope,
        status=Status(
            _enum(StatusCode, status.get("code", 0), "STATUS_CODE_"),
            str(status.get("message", "")),
        ),
        events=tuple(
            Event(
                read_integer(_get(event, "timeUnixNano", "time_unix_nano")),
                str(event.get("name", "")),
                read_attributes(event.get("attributes")),
            )
            for event in _list(span, "events")
        ),
        links=tuple(_links(span)),
        flags=read_integer(span.get("flags")),
        trace_state=str(_get(span, "traceState", "trace_state") or ""),
        dropped_attributes_count=read_integer(
            _get(span, "droppedAttributesCount", "dropped_attributes_count")
        ),
    )


def _links(span: Json) -> Iterator[Link]:
    for link in _list(span, "links"):
        try:
            trace_id = parse_trace_id(_hex(link, "traceId", "trace_id", digits=32))
            span_id = parse_span_id(_hex(link, "spanId", "span_id", digits=16))
        except ValueError:
            continue  # a link to nowhere
        yield Link(trace_id, span_id, read_attributes(link.get("attributes")))


def _parent(span: Json) -> SpanId | None:
    try:
        return parse_span_id(_hex(span, "parentSpanId", "parent_span_id", digits=16))
    except ValueError:
        return None


def _hex(entry: Json, *names: str, digits: int) -> str:
    """Return an id as hex; base64 is told by its padding, or by a letter that is not hex."""
    text = str(_get(entry, *names) or "")
    if text.endswith("=") or not _HEX_DIGITS.issuperset(text):
        try:
            read = base64.b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4))
        except binascii.Error:
            return text
        if len(read) in _ID_BYTES and len(read) * 2 <= digits:
            return read.hex()
    return text


def _enum(kind: type[_T], value: object, prefix: str) -> _T:
    """Return a member by number or name; one that is unknown here is the zero one."""
    if isinstance(value, str) and not value.isdecimal():
        return kind.__members__.get(value.upper().removeprefix(prefix), kind(0))
    try:
        return kind(read_integer(value))
    except ValueError:
        return kind(0)


def _get(entry: Json, *names: str) -> object:
    return next((entry[name] for name in names if name in entry), None)


def _object(entry: Json, *names: str) -> Json:
    found = _get(entry, *names)
    if found is None:
        return {}
    if not isinstance(found, dict):
        message = f"{names[0]} is not an object"
        raise TypeError(message)
    return cast("Json", found)


def _list(entry: Json, *names: str) -> list[Json]:
    return objects_in(_get(entry, *names), names[0])
