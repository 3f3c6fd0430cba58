"""OTLP in its JSON form (opentelemetry-proto, "JSON Protobuf Encoding").

Ids are hex in any case, 64-bit integers strings or numbers, enums numbers (names are accepted),
bytes base64, zero values left out. ``google.protobuf.json_format`` reads ids as base64 and so
cannot be used.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeAlias, TypeVar, cast

from otelhook.errors import DamagedDataError
from otelhook.model import (
    Attributes,
    AttributeValue,
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
from otelhook.otlp.protobuf import Decoded

__all__ = ["read_traces_json"]

_Json: TypeAlias = Mapping[str, Any]
_T = TypeVar("_T", SpanKind, StatusCode)

_DEPTH = 100


def read_traces_json(text: str | bytes) -> Decoded:
    """Return the spans of one JSON object, as `otelhook.otlp.read_traces` does of protobuf.

    Accepted are ``{"resourceSpans": [...]}``, Tempo's ``{"batches": [...]}`` and either of them
    within ``result``, ``trace`` or ``data``, as query APIs answer.

    Raises:
        DamagedDataError: no JSON, or not of that shape.
    """
    try:
        value: object = json.loads(text)
    except (ValueError, RecursionError) as error:
        message = f"not JSON: {error}"
        raise DamagedDataError(message) from None
    spans: list[Span] = []
    skipped: list[str] = []
    try:
        for entry in _resource_spans(value):
            resource = Resource(_attributes(_object(entry, "resource").get("attributes")))
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


def _resource_spans(value: object) -> list[_Json]:
    """Find the list of resources with their spans, under any of its names."""
    while isinstance(value, dict):
        found = cast("_Json", value)
        for name in ("resourceSpans", "resource_spans", "batches"):
            if name in found:
                return _list(found, name)
        value = next((found[name] for name in ("result", "trace", "data") if name in found), None)
    message = "expected an object with resourceSpans"
    raise DamagedDataError(message)


def _scoped(entry: _Json) -> Iterator[tuple[Scope, _Json]]:
    names = ("scopeSpans", "scope_spans", "instrumentationLibrarySpans")
    for group in _list(entry, *names):
        scope = _object(group, "scope", "instrumentationLibrary")
        made = Scope(str(scope.get("name", "")), str(scope.get("version", "")))
        for span in _list(group, "spans"):
            yield made, span


def _span_or_fault(span: _Json, resource: Resource, scope: Scope) -> Span | str:
    try:
        return _span(span, resource, scope)
    except (ValueError, OverflowError) as error:
        return f"span {span.get('name', '')!r} left out: {error}"


def _span(span: _Json, resource: Resource, scope: Scope) -> Span:
    status = _object(span, "status")
    return Span(
        trace_id=parse_trace_id(_hex(span, "traceId", "trace_id", digits=32)),
        span_id=parse_span_id(_hex(span, "spanId", "span_id", digits=16)),
        parent_span_id=_parent(span),
        name=str(span.get("name", "")),
        kind=_enum(SpanKind, span.get("kind", 0), "SPAN_KIND_"),
        start_time=_integer(_get(span, "startTimeUnixNano", "start_time_unix_nano")),
        end_time=_integer(_get(span, "endTimeUnixNano", "end_time_unix_nano")),
        attributes=_attributes(span.get("attributes")),
        resource=resource,
        scope=scope,
        status=Status(
            _enum(StatusCode, status.get("code", 0), "STATUS_CODE_"),
            str(status.get("message", "")),
        ),
        events=tuple(
            Event(
                _integer(_get(event, "timeUnixNano", "time_unix_nano")),
                str(event.get("name", "")),
                _attributes(event.get("attributes")),
            )
            for event in _list(span, "events")
        ),
        links=tuple(_links(span)),
        flags=_integer(span.get("flags")),
        trace_state=str(_get(span, "traceState", "trace_state") or ""),
        dropped_attributes_count=_integer(
            _get(span, "droppedAttributesCount", "dropped_attributes_count")
        ),
    )


def _links(span: _Json) -> Iterator[Link]:
    for link in _list(span, "links"):
        try:
            trace_id = parse_trace_id(_hex(link, "traceId", "trace_id", digits=32))
            span_id = parse_span_id(_hex(link, "spanId", "span_id", digits=16))
        except ValueError:
            continue  # a link to nowhere
        yield Link(trace_id, span_id, _attributes(link.get("attributes")))


def _parent(span: _Json) -> SpanId | None:
    try:
        return parse_span_id(_hex(span, "parentSpanId", "parent_span_id", digits=16))
    except ValueError:
        return None


def _hex(entry: _Json, *names: str, digits: int) -> str:
    """Return an id as hex; Tempo writes base64, which is told by its length."""
    text = str(_get(entry, *names) or "")
    encoded_length = (digits // 2 + 2) // 3 * 4
    if len(text) == encoded_length != digits and text.endswith("="):
        try:
            return base64.b64decode(text, validate=True).hex()
        except binascii.Error:
            return text
    return text


def _attributes(pairs: object, depth: int = 0) -> Attributes:
    entries = _list({"": pairs}, "")
    return {str(pair["key"]): _value(pair.get("value"), depth + 1) for pair in entries}


def _value(value: object, depth: int) -> AttributeValue:
    if depth > _DEPTH:
        message = f"attributes nested deeper than {_DEPTH}"
        raise TypeError(message)
    if not isinstance(value, dict):
        return None
    for name, content in cast("_Json", value).items():
        read = _READERS.get(name)
        if read is not None:
            return read(content)
        if name in {"arrayValue", "array_value"}:
            return tuple(_value(item, depth + 1) for item in _list(content or {}, "values"))
        if name in {"kvlistValue", "kvlist_value"}:
            return _attributes(cast("_Json", content or {}).get("values"), depth)
    return None


def _bytes(value: object) -> bytes:
    text = str(value)
    try:
        return base64.b64decode(text.replace("-", "+").replace("_", "/") + "==")
    except binascii.Error as error:
        message = f"a bytes value is not base64: {error}"
        raise ValueError(message) from None


def _integer(value: object) -> int:
    """Return an integer written as a number or a string; nothing is zero."""
    if value is None or value == "":
        return 0
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        message = f"expected an integer, got {value!r}"
        raise ValueError(message)  # noqa: TRY004 - the span is left out, not the file
    return int(value)


_READERS: Mapping[str, Callable[[Any], AttributeValue]] = {
    "stringValue": str,
    "string_value": str,
    "boolValue": bool,
    "bool_value": bool,
    "intValue": _integer,
    "int_value": _integer,
    "doubleValue": float,  # also "NaN", "Infinity" and "-Infinity"
    "double_value": float,
    "bytesValue": _bytes,
    "bytes_value": _bytes,
}


def _enum(kind: type[_T], value: object, prefix: str) -> _T:
    """Return a member by number or name; one that is unknown here is the zero one."""
    if isinstance(value, str) and not value.isdecimal():
        return kind.__members__.get(value.removeprefix(prefix), kind(0))
    try:
        return kind(_integer(value))
    except ValueError:
        return kind(0)


def _get(entry: _Json, *names: str) -> object:
    return next((entry[name] for name in names if name in entry), None)


def _object(entry: _Json, *names: str) -> _Json:
    found = _get(entry, *names)
    if found is None:
        return {}
    if not isinstance(found, dict):
        message = f"{names[0]} is no object"
        raise TypeError(message)
    return cast("_Json", found)


def _list(entry: _Json, *names: str) -> list[_Json]:
    found = _get(entry, *names)
    if found is None:
        return []
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):  # pyright: ignore[reportUnknownVariableType]
        message = f"{names[0]} is no list of objects"
        raise TypeError(message)
    return cast("list[_Json]", found)
