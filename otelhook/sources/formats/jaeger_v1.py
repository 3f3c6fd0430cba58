"""The JSON of Jaeger's first query API, ``/api/traces/{id}``, as spans.

The form is that of Jaeger's ``internal/uimodel``: times in microseconds, attributes as typed
tags, and what OpenTelemetry says beside them (kind, status, scope, trace state) as tags too. The
way there is lossy: a list becomes JSON text, a link loses its attributes, nanoseconds go.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, cast

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
from otelhook.sources.formats.shapes import (
    Json,
    is_list,
    is_object,
    object_of,
    objects_of,
    parent_of,
    read_each,
)

__all__ = ["EXAMPLE", "is_jaeger", "read_jaeger_v1"]

EXAMPLE: Final = """\
{"data": [{"traceID": "463ac35c9f6413ad48485a3953bb6124", "spans": [
  {"traceID": "463ac35c9f6413ad48485a3953bb6124", "spanID": "72485a3953bb6124",
   "operationName": "GET", "references": [], "startTime": 1764450000000000, "duration": 10000,
   "tags": [{"key": "span.kind", "type": "string", "value": "client"},
            {"key": "http.url", "type": "string", "value": "http://image/v2/images"}],
   "logs": [], "processID": "p1", "warnings": null}],
  "processes": {"p1": {"serviceName": "shop", "tags": []}}, "warnings": null}]}
"""

_MICROSECOND: Final = 1_000
_CHILD_OF: Final = "CHILD_OF"
_WARNINGS: Final = "@jaeger@warnings"
"""Where Jaeger itself puts a span's warnings when it hands the span out as OTLP."""

_LISTS: Final = (
    key.header_prefix("request"),
    key.header_prefix("response"),
    key.OTELHOOK_REDACTED,
    key.PROCESS_COMMAND_ARGS,
)
"""Keys, or their beginnings, whose value is a list of strings in OpenTelemetry."""


def is_jaeger(value: Json) -> bool:
    """Recognise an answer of the API, one trace of it, or one span with its process beside it."""
    inner: object = value.get("data")
    if "data" in value and ("errors" in value or "total" in value):
        return True
    if is_list(inner):
        return any(_is_trace(item) for item in inner)
    return _is_trace(inner) or _is_trace(value) or _is_span(value)


def _is_trace(value: object) -> bool:
    if not is_object(value):
        return False
    spans: object = value.get("spans")
    return is_list(spans) and (any(_is_span(span) for span in spans) or "processes" in value)


def _is_span(value: object) -> bool:
    return is_object(value) and "spanID" in value and "traceID" in value


def read_jaeger_v1(value: object) -> Decoded:
    """Return the spans of one answer, of one trace or of a search.

    Args:
        value: the parsed JSON: ``{"data": [{"traceID", "spans", "processes"}, ...]}``, one of
            those traces, or one span that has its ``process`` in it (Jaeger's Elasticsearch).

    Raises:
        DamagedDataError: it is not of that shape, or says what went wrong in place of a trace.
    """
    resources: dict[str, Resource] = {}

    def spans() -> Iterator[Json]:
        if value is None:
            message = "expected an object, got nothing"
            raise TypeError(message)
        for trace in _traces(object_of(value)):
            resources.clear()
            resources.update(
                (name, _resource(object_of(process)))
                for name, process in object_of(trace.get("processes")).items()
            )
            yield from objects_of(trace.get("spans"))

    return read_each(
        spans(), lambda span: [_span(span, resources)], "the JSON of Jaeger's /api/traces"
    )


def _traces(value: Json) -> Sequence[Json]:
    if _is_span(value):
        return [{"spans": [value]}]
    if "spans" in value:
        return [value]
    if not value.get("data"):
        _raise_what_went_wrong(value)
    inner: object = value.get("data")
    if not is_object(inner):
        return list(objects_of(inner))
    if not _is_trace(inner):
        message = "expected traces in data"
        raise TypeError(message)
    return [inner]


def _raise_what_went_wrong(value: Json) -> None:
    """Return what an answer without a trace says: ``trace not found``."""
    said = [str(error.get("msg") or "") for error in objects_of(value.get("errors"))]
    if any(said):
        message = f"this is Jaeger's answer that it has no such trace: {said[0]}"
        raise DamagedDataError(message)


def _span(span: Json, resources: Mapping[str, Resource]) -> Span:
    trace_id = parse_trace_id(str(span.get("traceID", "")))
    tags = {**_fields(span.get("tag")), **_tags(span.get("tags"))}
    told = take_told(tags)
    parent, links = parent_and_links(_references(span), trace_id)
    warnings = span.get("warnings")
    if warnings:
        tags[_WARNINGS] = tuple(str(said) for said in cast("Sequence[object]", warnings))
    start = int(span.get("startTime") or 0) * _MICROSECOND
    process = span.get("process")
    resource = resources.get(str(span.get("processID", "")), Resource())
    return Span(
        trace_id=trace_id,
        span_id=parse_span_id(str(span.get("spanID", ""))),
        parent_span_id=parent or parent_of(span.get("parentSpanID")),
        name=str(span.get("operationName", "")),
        kind=told.kind,
        start_time=start,
        end_time=start + int(span.get("duration") or 0) * _MICROSECOND,
        attributes=tags,
        resource=_resource(object_of(process)) if process else resource,
        scope=told.scope,
        status=told.status,
        events=tuple(_event(log) for log in objects_of(span.get("logs"))),
        links=links,
        trace_state=told.trace_state,
    )


def _references(span: Json) -> Iterator[Reference]:
    for reference in objects_of(span.get("references")):
        try:
            to = Link(
                parse_trace_id(str(reference.get("traceID") or span.get("traceID") or "")),
                parse_span_id(str(reference.get("spanID", ""))),
            )
        except ValueError:
            continue  # a reference to nowhere
        yield Reference(to, reference.get("refType") == _CHILD_OF)


def _resource(process: Json) -> Resource:
    tags = {**_fields(process.get("tag")), **_tags(process.get("tags"))}
    service = str(process.get("serviceName", ""))
    if not service or service == NO_SERVICE:
        return Resource(tags)
    return Resource({key.SERVICE_NAME: service, **tags})


def _event(log: Json) -> Event:
    fields = _tags(log.get("fields"))
    name = take(fields, EVENT)
    return Event(int(log.get("timestamp") or 0) * _MICROSECOND, name, fields)


def _tags(value: object) -> dict[str, AttributeValue]:
    return {
        str(tag["key"]): _value(str(tag["key"]), str(tag.get("type", "")), tag.get("value"))
        for tag in objects_of(value)
    }


def _fields(value: object) -> dict[str, AttributeValue]:
    """Read tags that Elasticsearch has as fields (``--es.tags-as-fields``): dots are ``@``."""
    return {
        name.replace("@", "."): _value(name.replace("@", "."), "", item)
        for name, item in object_of(value).items()
    }


def _value(name: str, kind: str, value: object) -> AttributeValue:
    kind = kind.lower()
    if kind == "binary":
        return _bytes(str(value or ""))
    if isinstance(value, str):
        return _text(name, kind, value)
    if kind == "float64" and isinstance(value, int | float) and not isinstance(value, bool):
        return float(value)
    if value is None or isinstance(value, bool | int | float):
        return value
    return json.dumps(value, ensure_ascii=False)


def _text(name: str, kind: str, text: str) -> AttributeValue:
    if kind == "int64":
        return int(text)  # beyond what a double holds exactly
    if kind == "float64":
        return float(text)
    if kind == "bool":
        return text.lower() == "true"
    return _listed(text) if name.startswith(_LISTS) else text


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
    if not is_list(items):
        return text
    listed = tuple(item for item in items if isinstance(item, str))
    return listed if len(listed) == len(items) else text
