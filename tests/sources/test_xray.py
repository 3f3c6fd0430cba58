"""X-Ray's segments as spans."""

from __future__ import annotations

import json
from typing import Any

import pytest

from otelhook.errors import DamagedDataError
from otelhook.model import Span, SpanKind, Status, StatusCode
from otelhook.sequence import assemble
from otelhook.sources.formats.xray import is_xray, read_xray

TRACE = "1-58406520-a006649127e371903a2de979"


def part(number: int, name: str, **further: Any) -> dict[str, Any]:
    return {
        "id": f"{number:016x}",
        "name": name,
        "start_time": 1480615200.01 + number / 1000,
        "end_time": 1480615200.09 - number / 1000,
        **further,
    }


def answer(*documents: dict[str, Any]) -> dict[str, Any]:
    segments = [{"Id": each.get("id"), "Document": json.dumps(each)} for each in documents]
    return {"Traces": [{"Id": TRACE, "Duration": 0.1, "Segments": segments}]}


def read(*documents: dict[str, Any]) -> dict[str, Span]:
    value = answer(*documents)
    assert is_xray(value)
    decoded = read_xray(value)
    assert decoded.skipped == ()
    return {span.name: span for span in decoded.spans}


def test_a_service_its_calls_and_what_it_did_itself_are_told_apart() -> None:
    dynamo = part(
        3, "DynamoDB", namespace="aws", aws={"operation": "PutItem", "table_name": "orders"}
    )
    own = part(2, "## work", subsegments=[dynamo, part(4, "api.example", namespace="remote")])
    url = {"url": "https://shop.example/buy", "method": "POST", "client_ip": "10.0.0.1"}
    http = {"request": url, "response": {"status": 201}}
    spans = read(part(1, "shop", http=http, subsegments=[own]))
    assert {name: span.kind for name, span in spans.items()} == {
        "shop": SpanKind.SERVER,
        "## work": SpanKind.INTERNAL,
        "DynamoDB": SpanKind.CLIENT,
        "api.example": SpanKind.CLIENT,
    }
    assert spans["DynamoDB"].parent_span_id == spans["## work"].span_id
    assert spans["DynamoDB"].attributes == {
        "rpc.system": "aws-api",
        "rpc.service": "DynamoDB",
        "rpc.method": "PutItem",
        "aws.dynamodb.table_names": "orders",
    }
    assert spans["api.example"].attributes == {"peer.service": "api.example"}
    assert spans["shop"].trace_id == "58406520a006649127e371903a2de979"
    assert spans["shop"].start_time == 1_480_615_200_011_000_000
    first = assemble(list(spans.values())).steps[0]
    assert (first.target, first.method, first.path) == ("shop", "POST", "/buy")


def test_segments_of_two_services_are_one_call() -> None:
    call = part(2, "stock", namespace="remote", http={"request": {"method": "GET"}})
    spans = read(part(1, "shop", subsegments=[call]), part(5, "stock", parent_id=f"{2:016x}"))
    assert spans["stock"].parent_span_id == f"{2:016x}"
    inferred = part(6, "stock2", parent_id=f"{2:016x}", inferred=True)
    assert set(read(part(1, "shop", subsegments=[call]), inferred)) == {"shop", "stock"}


@pytest.mark.parametrize("failure", ["fault", "error", "throttle"])
def test_a_failure_has_its_exception(failure: str) -> None:
    cause = {"exceptions": [{"id": "x", "type": "ValueError", "message": "no stock"}]}
    span = read(part(1, "shop", **{failure: True}, cause=cause))["shop"]
    assert span.status == Status(StatusCode.ERROR, "no stock")
    assert span.events[0].attributes["exception.type"] == "ValueError"
    assert read(part(1, "shop", fault=True, cause="7f00"))["shop"].events == ()


def test_a_statement_is_a_databases() -> None:
    sql = {"url": "jdbc:postgresql://db:5432/shop", "database_type": "PostgreSQL"}
    query = {**sql, "sanitized_query": "SELECT 1"}
    call = part(2, "shop@db", namespace="remote", sql=query)
    spans = read(part(1, "shop", subsegments=[call]))
    assert spans["shop@db"].attributes == {
        "db.system.name": "postgresql",
        "db.query.text": "SELECT 1",
        "db.connection_string": "jdbc:postgresql://db:5432/shop",
    }


@pytest.mark.parametrize(
    "value",
    [
        {"Traces": [{"Id": TRACE, "Segments": [{"Document": "{"}]}]},
        {"Traces": [{"Id": TRACE, "Segments": 7}]},
        answer(part(1, "shop", subsegments={})),
    ],
)
def test_another_shape_is_one_clear_error(value: dict[str, Any]) -> None:
    with pytest.raises(DamagedDataError, match="not X-Ray's segments: "):
        read_xray(value)


def test_a_segment_without_ids_or_times_is_left_out_and_said() -> None:
    decoded = read_xray(answer(part(1, "shop", start_time="soon"), part(2, "ok"), {"name": "bare"}))
    assert [span.name for span in decoded.spans] == ["ok"]
    assert len(decoded.skipped) == 2
