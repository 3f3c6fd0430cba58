"""The JSON of Jaeger's first query API, ``/api/traces/{id}``, as spans.

The form is that of Jaeger's ``internal/uimodel``: times in microseconds, attributes as typed
tags, and what OpenTelemetry says beside them (kind, status, scope, trace state) as tags too. The
way there is lossy: a list becomes JSON text, a link loses its attributes, nanoseconds go.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator, Mapping
from typing import Any, Final, TypeAlias, cast

from otelhook import attributes as key
from otelhook.errors import DamagedDataError
from otelhook.jaeger_tags import EVENT, NO_SERVICE, Reference, parent_and_links, take, take_told
from otelhook.model import (
    AttributeValue,
    Event,
    Link,
    Resource,
    Span,
    parse_span_id,
    parse_trace_id,
)
from otelhook.otlp import Decoded

__all__ = ["read_jaeger_v1"]

_Json: TypeAlias = Mapping[str, Any]

_MICROSECOND: Final = 1_000
_CHILD_OF: Final = "CHILD_OF"

_LISTS: Final = (
    key.header_prefix("request"),
    key.header_prefix("response"),
    key.OTELHOOK_REDACTED,
    key.PROCESS_COMMAND_ARGS,
)
"""Keys, or their beginnings, whose value is a list of strings in OpenTelemetry."""


def read_jaeger_v1(value: object) -> Decoded:
    """Return the spans of one answer, of one trace or of a search.

    Args:
        value: the parsed JSON: ``{"data": [{"traceID", "spans", "processes"}, ...]}``.

    Raises:
        DamagedDataError: it is not of that shape.
    """
    spans: list[Span] = []
    skipped: list[str] = []
    try:
        for trace in _objects(_object(value).get("data")):
            resources = {
                name: _resource(_object(process))
                for name, process in _object(trace.get("processes") or {}).items()
            }
            for span in _objects(trace.get("spans")):
                read = _span_or_fault(span, resources)
                if isinstance(read, Span):
                    spans.append(read)
                else:
                    skipped.append(read)
    except (TypeError, KeyError, ValueError, RecursionError) as error:
        message = f"not the JSON of Jaeger's /api/traces: {error}"
        raise DamagedDataError(message) from None
    return Decoded(tuple(spans), tuple(skipped))


def _span_or_fault(span: _Json, resources: Mapping[str, Resource]) -> Span | str:
    try:
        return _span(span, resources)
    except (ValueError, OverflowError) as error:
        return f"span {span.get('operationName', '')!r} left out: {error}"


def _span(span: _Json, resources: Mapping[str, Resource]) -> Span:
    trace_id = parse_trace_id(str(span.get("traceID", "")))
    tags = _tags(span.get("tags"))
    told = take_told(tags)
    parent, links = parent_and_links(_references(span), trace_id)
    start = int(span.get("startTime") or 0) * _MICROSECOND
    process = span.get("process")
    resource = resources.get(str(span.get("processID", "")), Resource())
    return Span(
        trace_id=trace_id,
        span_id=parse_span_id(str(span.get("spanID", ""))),
        parent_span_id=parent,
        name=str(span.get("operationName", "")),
        kind=told.kind,
        start_time=start,
        end_time=start + int(span.get("duration") or 0) * _MICROSECOND,
        attributes=tags,
        resource=_resource(_object(process)) if process else resource,
        scope=told.scope,
        status=told.status,
        events=tuple(_event(log) for log in _objects(span.get("logs"))),
        links=links,
        trace_state=told.trace_state,
    )


def _references(span: _Json) -> Iterator[Reference]:
    for reference in _objects(span.get("references")):
        try:
            to = Link(
                parse_trace_id(str(reference.get("traceID", ""))),
                parse_span_id(str(reference.get("spanID", ""))),
            )
        except ValueError:
            continue  # a reference to nowhere
        yield Reference(to, reference.get("refType") == _CHILD_OF)


def _resource(process: _Json) -> Resource:
    tags = _tags(process.get("tags"))
    service = str(process.get("serviceName", ""))
    if not service or service == NO_SERVICE:
        return Resource(tags)
    return Resource({key.SERVICE_NAME: service, **tags})


def _event(log: _Json) -> Event:
    fields = _tags(log.get("fields"))
    name = take(fields, EVENT)
    return Event(int(log.get("timestamp") or 0) * _MICROSECOND, name, fields)


def _tags(value: object) -> dict[str, AttributeValue]:
    return {
        str(tag["key"]): _value(str(tag["key"]), str(tag.get("type", "")), tag.get("value"))
        for tag in _objects(value)
    }


def _value(name: str, kind: str, value: object) -> AttributeValue:
    if kind == "binary":
        return _bytes(str(value or ""))
    if kind == "int64" and isinstance(value, str):
        return int(value)  # beyond what a double holds exactly
    if kind == "float64" and isinstance(value, int | float | str) and not isinstance(value, bool):
        return float(value)
    if isinstance(value, str):
        return _listed(value) if name.startswith(_LISTS) else value
    if value is None or isinstance(value, bool | int | float):
        return value
    return json.dumps(value, ensure_ascii=False)


def _bytes(text: str) -> AttributeValue:
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error:
        return text


def _listed(text: str) -> AttributeValue:
    """Give a list back that Jaeger wrote as JSON; a body that looks like one stays text."""
    if not text.startswith("["):
        return text
    try:
        items: object = json.loads(text)
    except (ValueError, RecursionError):
        return text
    if not isinstance(items, list):
        return text
    listed = cast("list[object]", items)
    if not all(isinstance(item, str) for item in listed):
        return text
    return tuple(cast("list[str]", listed))


def _object(value: object) -> _Json:
    if not isinstance(value, dict):
        message = f"expected an object, got {type(value).__name__}"
        raise TypeError(message)
    return cast("_Json", value)


def _objects(value: object) -> Iterator[_Json]:
    if value is None:
        return
    if not isinstance(value, list):
        message = f"expected a list, got {type(value).__name__}"
        raise TypeError(message)
    for item in cast("list[object]", value):
        yield _object(item)
