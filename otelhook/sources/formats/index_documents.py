"""Spans as an index of OpenSearch or Elasticsearch keeps them, a document a span.

Three write them: OpenSearch's Data Prepper (``otel-v1-apm-span``; once an attribute was a field of
the document, with ``@`` for each dot, and now they are objects), the Collector's ``opensearch``
exporter (Simple Schema for Observability), and its ``elasticsearch`` exporter in the mapping
``otel``, which puts events among the logs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Final

from otelhook.model import (
    Attributes,
    AttributeValue,
    Event,
    Link,
    Resource,
    Scope,
    Span,
    parse_span_id,
    parse_trace_id,
)
from otelhook.otlp import Decoded
from otelhook.sources.formats.shapes import (
    Json,
    attribute_value,
    attributes_of,
    is_object,
    kind_named,
    links_to,
    moment,
    object_of,
    objects_of,
    parent_of,
    read_each,
    status_named,
)

__all__ = ["EXAMPLE", "is_index_document", "read_index_document"]

EXAMPLE: Final = """\
{"took": 3, "hits": {"total": {"value": 1}, "hits": [
  {"_index": "otel-v1-apm-span-000001", "_id": "72485a3953bb6124", "_source":
   {"traceId": "463ac35c9f6413ad48485a3953bb6124", "spanId": "72485a3953bb6124", "parentSpanId": "",
    "name": "GET", "kind": "SPAN_KIND_CLIENT", "serviceName": "shop",
    "startTime": "2025-11-29T21:00:00.000000001Z", "endTime": "2025-11-29T21:00:00.010000001Z",
    "durationInNanos": 10000000, "status.code": 0, "events": [], "links": [],
    "span.attributes.url@full": "http://image/v2/images"}}]}}
"""

_SPAN: Final = "span.attributes."
_RESOURCE: Final = "resource.attributes."
_MILLISECONDS: Final = re.compile(r"(\d{12,13})(?:\.(\d{1,6}))?")


def is_index_document(value: Json) -> bool:
    """Recognise a document by its ids, its beginning and how long it took, which no log has."""
    if "traceId" in value and "spanId" in value:
        return "startTime" in value and ("endTime" in value or "durationInNanos" in value)
    return value.keys() >= {"trace_id", "span_id", "@timestamp", "duration"}


def read_index_document(value: Json) -> Decoded:
    """Return the span of one document.

    Raises:
        DamagedDataError: it is not of that shape.
    """
    return read_each(iter((value,)), lambda span: [_span(span)], "a span of an index")


def _span(document: Json) -> Span:
    start = _start(document)
    status = object_of(document.get("status"))
    return Span(
        trace_id=parse_trace_id(str(_any(document, "traceId", "trace_id"))),
        span_id=parse_span_id(str(_any(document, "spanId", "span_id"))),
        parent_span_id=parent_of(_any(document, "parentSpanId", "parent_span_id")),
        name=str(document.get("name") or ""),
        kind=kind_named(document.get("kind")),
        start_time=start,
        end_time=_end(document, start),
        attributes=_attributes(document, _SPAN, document.get("attributes")),
        resource=_resource(document),
        scope=_scope(document),
        status=status_named(
            status.get("code", document.get("status.code")),
            status.get("message") or document.get("status.message"),
        ),
        trace_state=str(_any(document, "traceState", "trace_state")),
        events=tuple(_events(document.get("events"))),
        links=tuple(_links(document.get("links"))),
    )


def _any(of: Json, *names: str) -> Any:
    """Return the first member that is there and not null; nothing is an empty text."""
    return next((of[name] for name in names if of.get(name) is not None), "")


def _start(document: Json) -> int:
    """Return when it began: Elasticsearch has a time, or milliseconds with a fraction."""
    begun = _any(document, "startTime", "@timestamp")
    match = _MILLISECONDS.fullmatch(str(begun))
    if match is None:
        return moment(begun)
    return int(match[1]) * 1_000_000 + int((match[2] or "").ljust(6, "0"))


def _end(document: Json, start: int) -> int:
    if document.get("endTime"):
        return moment(document["endTime"])
    return start + int(_any(document, "durationInNanos", "duration") or 0)


def _attributes(document: Json, prefix: str, given: object) -> Attributes:
    """Return what stands in an object of its own, or in fields of the document."""
    fields = {
        _dotted(name[len(prefix) :]): attribute_value(item)
        for name, item in document.items()
        if name.startswith(prefix)
    }
    return {**fields, **_flat(given)}


def _flat(given: object) -> Attributes:
    return {_dotted(name): value for name, value in attributes_of(given).items()}


def _dotted(name: str) -> str:
    return name.replace("@", ".")


def _resource(document: Json) -> Resource:
    given = object_of(document.get("resource"))
    found: dict[str, AttributeValue] = dict(
        _attributes(document, _RESOURCE, given.get("attributes", given))
    )
    if document.get("serviceName"):
        found.setdefault("service.name", str(document["serviceName"]))
    return Resource(found)


def _scope(document: Json) -> Scope:
    """Return the scope, which is an object or two fields, by the name of today or of 1.0."""
    for name in ("scope", "instrumentationScope", "instrumentationLibrary"):
        whole: object = document.get(name)
        if is_object(whole):
            return Scope(str(whole.get("name") or ""), str(whole.get("version") or ""))
        if f"{name}.name" in document:
            parts = (document.get(f"{name}.{part}") for part in ("name", "version"))
            return Scope(*(str(part or "") for part in parts))
    return Scope()


def _events(given: object) -> Iterator[Event]:
    for event in objects_of(given):
        at = moment(_any(event, "time", "@timestamp", "timestamp"))
        yield Event(at, str(event.get("name") or ""), _flat(event.get("attributes")))


def _links(given: object) -> Iterator[Link]:
    for link in objects_of(given):
        ids = (_any(link, "traceId", "trace_id"), _any(link, "spanId", "span_id"))
        yield from links_to(*ids, _flat(link.get("attributes")))
