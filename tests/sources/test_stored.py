"""Spans as an index or a table keeps them: OpenSearch, Elasticsearch, ClickHouse."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from otelhook.errors import OtelhookError
from otelhook.model import Link, Scope, Span, SpanKind, Status, StatusCode
from otelhook.sources.files.trace_file import TraceFileSource

TRACE = "463ac35c9f6413ad48485a3953bb6124"
BEGAN = 1_764_450_000_000_000_001
Document = dict[str, Any]

DATA_PREPPER: Document = {
    "traceId": TRACE,
    "spanId": "72485a3953bb6124",
    "parentSpanId": "1234567890abcdef",
    "traceState": "a=1",
    "name": "HTTP POST",
    "kind": "SPAN_KIND_SERVER",
    "startTime": "2025-11-29T21:00:00.000000001Z",
    "endTime": "2025-11-29T21:00:00.010000001Z",
    "durationInNanos": 10_000_000,
    "serviceName": "image",
    "traceGroup": "checkout",
    "traceGroupFields.statusCode": 2,
    "span.attributes.http@method": "POST",
    "span.attributes.http@status_code": 503,
    "resource.attributes.service@name": "image",
    "resource.attributes.host@name": "one",
    "instrumentationScope.name": "flask",
    "instrumentationScope.version": "1",
    "status.code": 2,
    "status.message": "no room",
    "events": [
        {
            "time": "2025-11-29T21:00:00.000000002Z",
            "name": "exception",
            "attributes": {"exception@type": "Full"},
        }
    ],
    "links": [{"traceId": TRACE, "spanId": "abcdef1234567890", "attributes": {"a@b": 1}}],
}
NESTED: Document = {
    **{name: DATA_PREPPER[name] for name in ("traceId", "spanId", "parentSpanId", "traceState")},
    "name": "HTTP POST",
    "kind": "Server",
    "startTime": DATA_PREPPER["startTime"],
    "endTime": DATA_PREPPER["endTime"],
    "@timestamp": "0001-01-01T00:00:00Z",
    "attributes": {"http.method": "POST", "http.status_code": 503},
    "resource": {"service.name": "image", "host.name": "one"},
    "instrumentationScope": {"name": "flask", "version": "1"},
    "status": {"code": "Error", "message": "no room"},
    "events": [
        {
            "@timestamp": "2025-11-29T21:00:00.000000002Z",
            "name": "exception",
            "attributes": {"exception.type": "Full"},
        }
    ],
    "links": [{"traceId": TRACE, "spanId": "abcdef1234567890", "attributes": {"a.b": 1}}],
}
ELASTIC: Document = {
    "@timestamp": "1764450000000.000001",
    "data_stream": {"type": "traces", "dataset": "generic.otel", "namespace": "default"},
    "trace_id": TRACE,
    "span_id": "72485a3953bb6124",
    "parent_span_id": "1234567890abcdef",
    "trace_state": "a=1",
    "name": "HTTP POST",
    "kind": "Server",
    "duration": 10_000_000,
    "attributes": {"http.method": "POST", "http.status_code": 503},
    "resource": {"attributes": {"service.name": "image", "host.name": "one"}},
    "scope": {"name": "flask", "version": "1"},
    "status": {"code": "Error", "message": "no room"},
    "links": [
        {"trace_id": TRACE, "span_id": "abcdef1234567890", "attributes": {"a.b": 1}},
    ],
}
ROW: Document = {
    "Timestamp": "2025-11-29 21:00:00.000000001",
    "TraceId": TRACE,
    "SpanId": "72485a3953bb6124",
    "ParentSpanId": "1234567890abcdef",
    "TraceState": "a=1",
    "SpanName": "HTTP POST",
    "SpanKind": "Server",
    "ServiceName": "image",
    "ResourceAttributes": {"host.name": "one"},
    "ScopeName": "flask",
    "ScopeVersion": "1",
    "SpanAttributes": {"http.method": "POST", "http.status_code": "503"},
    "Duration": "10000000",
    "StatusCode": "STATUS_CODE_ERROR",
    "StatusMessage": "no room",
    "Events.Timestamp": ["2025-11-29 21:00:00.000000002"],
    "Events.Name": ["exception"],
    "Events.Attributes": [{"exception.type": "Full"}],
    "Links.TraceId": [TRACE],
    "Links.SpanId": ["abcdef1234567890"],
    "Links.TraceState": [""],
    "Links.Attributes": [{"a.b": "1"}],
}


def read(path: Path, content: str) -> list[Span]:
    path.write_text(content)
    source = TraceFileSource(path)
    return [span for trace_id in source.newest(9) for span in source.trace(trace_id).spans]


@pytest.mark.parametrize("document", [DATA_PREPPER, NESTED, ELASTIC, ROW])
def test_a_span_is_the_same_whoever_stored_it(tmp_path: Path, document: Document) -> None:
    (span,) = read(tmp_path / "file", json.dumps(document))
    assert (span.trace_id, span.span_id) == (TRACE, "72485a3953bb6124")
    assert span.parent_span_id == "1234567890abcdef"
    assert (span.name, span.kind) == ("HTTP POST", SpanKind.SERVER)
    assert (span.start_time, span.end_time) == (BEGAN, BEGAN + 10_000_000)
    assert {name: str(value) for name, value in span.attributes.items()} == {
        "http.method": "POST",
        "http.status_code": "503",
    }
    assert span.resource.attributes == {"service.name": "image", "host.name": "one"}
    assert span.scope == Scope("flask", "1")
    assert span.status == Status(StatusCode.ERROR, "no room")
    assert span.trace_state == "a=1"
    (link,) = span.links
    assert str(link.attributes["a.b"]) == "1"
    assert link == Link(span.trace_id, link.span_id, link.attributes)
    assert link.span_id == "abcdef1234567890"
    # Elasticsearch keeps events among the logs.
    assert [(event.time - BEGAN, event.name, dict(event.attributes)) for event in span.events] == (
        [] if document is ELASTIC else [(1, "exception", {"exception.type": "Full"})]
    )


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("SPAN_KIND_CLIENT", SpanKind.CLIENT),
        ("Producer", SpanKind.PRODUCER),
        ("CONSUMER", SpanKind.CONSUMER),
        ("internal", SpanKind.INTERNAL),
        ("Unspecified", SpanKind.UNSPECIFIED),
        ("", SpanKind.UNSPECIFIED),
        (None, SpanKind.UNSPECIFIED),
    ],
)
@pytest.mark.parametrize(("document", "member"), [(NESTED, "kind"), (ROW, "SpanKind")])
def test_a_kind_is_told_by_any_of_its_names(
    tmp_path: Path, document: Document, member: str, kind: str | None, expected: SpanKind
) -> None:
    (span,) = read(tmp_path / "file", json.dumps({**document, member: kind}))
    assert span.kind is expected


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (0, StatusCode.UNSET),
        (1, StatusCode.OK),
        (2, StatusCode.ERROR),
        ("Ok", StatusCode.OK),
        ("STATUS_CODE_UNSET", StatusCode.UNSET),
        ("7", StatusCode.UNSET),
        (None, StatusCode.UNSET),
    ],
)
@pytest.mark.parametrize("flat", [False, True])
def test_a_status_is_told_by_number_or_name(
    tmp_path: Path, code: object, expected: StatusCode, *, flat: bool
) -> None:
    status: Document = {"status": None, "status.code": code} if flat else {"status": {"code": code}}
    (span,) = read(tmp_path / "file", json.dumps({**NESTED, **status}))
    assert span.status.code is expected


@pytest.mark.parametrize("begun", ["2025-11-29T21:00:00.000000001Z", "1764450000000.000001"])
def test_elasticsearchs_time_is_a_time_or_milliseconds(tmp_path: Path, begun: str) -> None:
    (span,) = read(tmp_path / "file", json.dumps({**ELASTIC, "@timestamp": begun}))
    assert span.start_time == BEGAN


def test_a_root_has_no_parent_and_a_span_without_its_end_the_duration(tmp_path: Path) -> None:
    root = {**DATA_PREPPER, "parentSpanId": "", "endTime": None}
    (span,) = read(tmp_path / "file", json.dumps(root))
    assert span.parent_span_id is None
    assert span.end_time == BEGAN + 10_000_000


def test_attributes_of_today_are_an_object_also_in_data_prepper(tmp_path: Path) -> None:
    resource = {
        "attributes": {"service.name": "image"},
        "schemaUrl": "",
        "droppedAttributesCount": 0,
    }
    today = {**NESTED, "kind": "SPAN_KIND_SERVER", "resource": resource, "serviceName": "image"}
    (span,) = read(tmp_path / "file", json.dumps(today))
    assert span.resource.attributes == {"service.name": "image"}


JAEGER: Document = {
    "traceID": "4376effce3c2d72d",
    "spanID": "71582afe25d7dec2",
    "operationName": "HTTP GET /customer",
    "references": [],
    "startTime": 1764450000000000,
    "duration": 10,
    "tags": [{"key": "span.kind", "type": "string", "value": "server"}],
    "process": {"serviceName": "customer", "tags": []},
}


@pytest.mark.parametrize("document", [DATA_PREPPER, ELASTIC, JAEGER])
def test_an_answers_hits_one_hit_and_a_bulk_request_are_read(
    tmp_path: Path, document: Document, capsys: pytest.CaptureFixture[str]
) -> None:
    hit: Document = {"_index": "spans", "_id": "1", "_score": 1.0, "_source": document}
    total: Document = {"value": 1, "relation": "eq"}
    answer: Document = {"took": 3, "timed_out": False, "hits": {"total": total, "hits": [hit]}}
    action: Document = {"index": {"_id": "1", "_index": "spans"}}
    texts = [
        json.dumps(answer),
        json.dumps(answer, indent=2),
        json.dumps([hit]),
        json.dumps(hit),
        f"{json.dumps(action)}\n{json.dumps(document)}\n",
        f'{{"create": {{}}}}\n{json.dumps(document)}\n',
    ]
    alone = read(tmp_path / "file", json.dumps(document))
    assert len(alone) == 1
    for text in texts:
        assert read(tmp_path / "file", text) == alone
    assert capsys.readouterr().err == ""


def test_an_answer_without_hits_holds_no_spans(tmp_path: Path) -> None:
    nothing: list[object] = [[], None, {}, [1]]
    for hits in nothing:
        with pytest.raises(OtelhookError, match="is empty"):
            read(tmp_path / "file", json.dumps({"took": 1, "hits": {"total": 0, "hits": hits}}))


def test_an_object_called_index_is_no_action_where_it_says_something_else(tmp_path: Path) -> None:
    with pytest.raises(OtelhookError, match="an object with index is not a trace"):
        read(tmp_path / "file", json.dumps({"index": {"page": 1}}))
    with pytest.raises(OtelhookError, match="an object with index is not a trace"):
        read(tmp_path / "file", json.dumps({"index": 3}))


def test_clickhouses_json_has_rows_and_its_nested_columns_may_be_one(tmp_path: Path) -> None:
    nested: Document = {name: value for name, value in ROW.items() if "." not in name}
    nested["Events"] = [
        {
            "Timestamp": ROW["Events.Timestamp"][0],
            "Name": "exception",
            "Attributes": {"exception.type": "Full"},
        }
    ]
    nested["Links"] = [{"TraceId": TRACE, "SpanId": "abcdef1234567890", "Attributes": {"a.b": "1"}}]
    answer: Document = {"meta": [{"name": "TraceId", "type": "String"}], "data": [ROW], "rows": 1}
    alone = read(tmp_path / "file", json.dumps(ROW))
    assert read(tmp_path / "file", json.dumps(answer)) == alone
    assert read(tmp_path / "file", json.dumps(nested)) == alone


@pytest.mark.parametrize(
    ("document", "said"),
    [
        ({**DATA_PREPPER, "startTime": "yesterday"}, "'yesterday' is not a time"),
        ({**ELASTIC, "duration": "long"}, "invalid literal"),
        ({**ROW, "Timestamp": "now"}, "'now' is not a time"),
        ({**ROW, "SpanAttributes": "a=1"}, "expected an object, got str"),
        ({**NESTED, "events": "none"}, "expected a list, got str"),
        ({**NESTED, "resource": ["a"]}, "expected an object, got list"),
    ],
)
def test_a_document_that_cannot_be_read_is_named(
    tmp_path: Path, document: Document, said: str
) -> None:
    with pytest.raises(OtelhookError, match=said):
        read(tmp_path / "file", json.dumps(document))


def test_a_log_that_was_written_within_a_span_is_none(tmp_path: Path) -> None:
    log: Document = {name: ELASTIC[name] for name in ("@timestamp", "trace_id", "span_id")}
    log |= {"severity_text": "INFO", "body": {"text": "hello"}}
    assert len(read(tmp_path / "file", f"{json.dumps(log)}\n{json.dumps(ELASTIC)}")) == 1
    kept: Document = {name: NESTED[name] for name in ("traceId", "spanId")}
    kept |= {"time": NESTED["startTime"], "body": "hello"}
    assert len(read(tmp_path / "file", f"{json.dumps(kept)}\n{json.dumps(NESTED)}")) == 1


def test_what_another_table_keeps_is_no_span(tmp_path: Path) -> None:
    answer: Document = {"meta": [{"name": "n"}], "data": [{"n": 1}]}
    with pytest.raises(OtelhookError, match="an object with meta, data is not a trace"):
        read(tmp_path / "file", json.dumps(answer))
