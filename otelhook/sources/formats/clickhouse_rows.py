"""Rows of the table that the Collector's ``clickhouse`` exporter keeps spans in: ``otel_traces``.

As ``clickhouse-client`` and the HTTP interface print them with ``FORMAT JSONEachRow``, or with
``FORMAT JSON``. Every attribute is text there, and a time has no zone: the exporter writes UTC.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from otelhook.model import (
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
    attributes_of,
    is_list,
    is_object,
    kind_named,
    links_to,
    moment,
    objects_of,
    parent_of,
    read_each,
    status_named,
)

__all__ = ["EXAMPLE", "is_clickhouse", "read_clickhouse"]

EXAMPLE: Final = """\
{"Timestamp": "2025-11-29 21:00:00.000000001", "TraceId": "463ac35c9f6413ad48485a3953bb6124",
 "SpanId": "72485a3953bb6124", "ParentSpanId": "", "TraceState": "", "SpanName": "GET",
 "SpanKind": "Client", "ServiceName": "shop", "ResourceAttributes": {"service.name": "shop"},
 "ScopeName": "", "ScopeVersion": "", "SpanAttributes": {"url.full": "http://image/v2/images"},
 "Duration": "10000000", "StatusCode": "Unset", "StatusMessage": "", "Events.Timestamp": [],
 "Events.Name": [], "Events.Attributes": [], "Links.TraceId": [], "Links.SpanId": [],
 "Links.TraceState": [], "Links.Attributes": []}
"""


def is_clickhouse(value: Json) -> bool:
    """Recognise a row, or an answer with rows: it names its columns in ``meta``."""
    rows: object = value.get("data")
    if "meta" in value and is_list(rows) and rows:
        first: object = rows[0]
        return is_object(first) and is_clickhouse(first)
    return "TraceId" in value and "SpanId" in value and "SpanName" in value


def read_clickhouse(value: Json) -> Decoded:
    """Return the spans of an answer, or of one row.

    Raises:
        DamagedDataError: it is not of that shape.
    """
    rows = objects_of(value["data"]) if "meta" in value else iter((value,))
    return read_each(rows, lambda row: [_span(row)], "a row of ClickHouse's otel_traces")


def _span(row: Json) -> Span:
    start = moment(row.get("Timestamp"))
    resource = dict(attributes_of(row.get("ResourceAttributes")))
    if row.get("ServiceName"):
        resource.setdefault("service.name", str(row["ServiceName"]))
    return Span(
        trace_id=parse_trace_id(str(row.get("TraceId") or "")),
        span_id=parse_span_id(str(row.get("SpanId") or "")),
        parent_span_id=parent_of(row.get("ParentSpanId")),
        name=str(row.get("SpanName") or ""),
        kind=kind_named(row.get("SpanKind")),
        start_time=start,
        end_time=start + int(row.get("Duration") or 0),
        attributes=attributes_of(row.get("SpanAttributes")),
        resource=Resource(resource),
        scope=Scope(str(row.get("ScopeName") or ""), str(row.get("ScopeVersion") or "")),
        status=status_named(row.get("StatusCode"), row.get("StatusMessage")),
        trace_state=str(row.get("TraceState") or ""),
        events=tuple(_events(row)),
        links=tuple(_links(row)),
    )


def _events(row: Json) -> Iterator[Event]:
    for event in _side_by_side(row, "Events", "Timestamp", "Name", "Attributes"):
        attributes = attributes_of(event["Attributes"])
        yield Event(moment(event["Timestamp"]), str(event["Name"]), attributes)


def _links(row: Json) -> Iterator[Link]:
    for link in _side_by_side(row, "Links", "TraceId", "SpanId", "Attributes"):
        yield from links_to(link["TraceId"], link["SpanId"], attributes_of(link["Attributes"]))


def _side_by_side(row: Json, name: str, *parts: str) -> Iterator[dict[str, Any]]:
    """Yield the items of a nested column: a column for each part, or one list of objects."""
    if is_list(row.get(name)):
        for item in objects_of(row[name]):
            yield {part: item.get(part) for part in parts}
        return
    columns: list[list[Any]] = [row.get(f"{name}.{part}") or [] for part in parts]
    for values in zip(*columns, strict=False):
        yield dict(zip(parts, values, strict=True))
