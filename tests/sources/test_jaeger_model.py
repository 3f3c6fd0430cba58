"""Jaeger's own model as JSON: protobuf's, and thrift's batches."""

from __future__ import annotations

from typing import Any

import pytest

from otelhook.errors import DamagedDataError
from otelhook.model import Event, Span, SpanKind
from otelhook.sources.formats.jaeger_model import read_jaeger_model

TRACE = "463ac35c9f6413ad48485a3953bb6124"


def proto(**further: Any) -> dict[str, Any]:
    return {
        "traceId": "RjrDXJ9kE61ISFo5U7thJA==",
        "spanId": "ckhaOVO7YSQ=",
        "operationName": "get",
        "startTime": "2025-11-29T21:00:00.000001Z",
        "duration": "0.005s",
        "process": {"serviceName": "shop", "tags": [{"key": "host.name", "vStr": "a"}]},
        **further,
    }


def thrift(**further: Any) -> dict[str, Any]:
    span = {
        "traceIdLow": int(TRACE[16:], 16),
        "traceIdHigh": int(TRACE[:16], 16),
        "spanId": -1,
        "parentSpanId": 6866147,
        "operationName": "get",
        "startTime": 1_764_450_000_000_001,
        "duration": 5_000,
        **further,
    }
    return {"process": {"serviceName": "shop"}, "spans": [span]}


def read(value: dict[str, Any]) -> Span:
    decoded = read_jaeger_model(value)
    assert decoded.skipped == ()
    (span,) = decoded.spans
    return span


def test_protobufs_span_is_read_with_its_process() -> None:
    parent = {"traceId": "RjrDXJ9kE61ISFo5U7thJA==", "spanId": "AAAAAAAAAAE="}
    span = read(proto(references=[parent]))
    assert (span.trace_id, span.span_id) == (TRACE, "72485a3953bb6124")
    assert span.parent_span_id == "0000000000000001"
    assert span.end_time - span.start_time == 5_000_000
    assert span.resource.attributes == {"service.name": "shop", "host.name": "a"}


def test_thrifts_ids_are_signed() -> None:
    span = read(thrift())
    assert (span.trace_id, span.span_id) == (TRACE, "f" * 16)
    assert span.parent_span_id == f"{6866147:016x}"
    assert span.resource.attributes == {"service.name": "shop"}
    follows = {"refType": "FOLLOWS_FROM", "traceIdLow": 1, "spanId": 2}
    assert read(thrift(references=[follows], parentSpanId=0)).links[0].span_id == f"{2:016x}"


@pytest.mark.parametrize("make", [proto, thrift])
def test_tags_have_the_type_of_the_member_they_stand_in(make: Any) -> None:
    tags = [
        {"key": "span.kind", "vStr": "server"},
        {"key": "a", "vType": "INT64", "vInt64": "7"},
        {"key": "b", "vType": "LONG", "vLong": 8},
        {"key": "c", "vType": "BOOL", "vBool": True},
        {"key": "d", "vType": "FLOAT64", "vFloat64": 1.5},
        {"key": "e", "vType": "BINARY", "vBinary": "AP8="},
        {"key": "f"},
    ]
    span = read(make(tags=tags))
    assert span.kind is SpanKind.SERVER
    assert span.attributes == {"a": 7, "b": 8, "c": True, "d": 1.5, "e": b"\0\xff", "f": ""}


@pytest.mark.parametrize(
    ("make", "time"),
    [(proto, "2025-11-29T21:00:00.000003Z"), (thrift, 1_764_450_000_000_003)],
)
def test_logs_are_events(make: Any, time: object) -> None:
    log = {"timestamp": time, "fields": [{"key": "event", "vStr": "retry"}]}
    assert read(make(logs=[log])).events == (Event(1_764_450_000_000_003_000, "retry"),)


@pytest.mark.parametrize("duration", ["5ms", "5000us", "5000µs", "0.005s", "5000000ns", 5_000])
def test_a_duration_is_in_any_unit(duration: object) -> None:
    span = read(proto(duration=duration))
    assert span.end_time - span.start_time == 5_000_000


@pytest.mark.parametrize("change", [{"duration": "soon"}, {"tags": 1}, {"process": []}])
def test_another_shape_is_one_clear_error(change: dict[str, Any]) -> None:
    with pytest.raises(DamagedDataError, match="not Jaeger's model as JSON"):
        read_jaeger_model(proto(**change))
