"""The JSON of Jaeger's first query API: tags, references, processes."""

from __future__ import annotations

from typing import Any

import pytest

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
    TraceId,
)
from otelhook.sources.formats.jaeger_v1 import read_jaeger_v1

TRACE = f"{0xABC:032x}"


def tag(key: str, value: object, kind: str = "string") -> dict[str, object]:
    return {"key": key, "type": kind, "value": value}


def reference(kind: str, span: int, trace: str = TRACE) -> dict[str, str]:
    return {"refType": kind, "traceID": trace, "spanID": f"{span:016x}"}


def read(*tags: dict[str, object], **further: object) -> Span:
    span: dict[str, Any] = {
        "traceID": "abc",
        "spanID": "1",
        "operationName": "GET",
        "startTime": 1_700_000_000_000_001,
        "duration": 7,
        "tags": list(tags),
        "processID": "p1",
        **further,
    }
    processes = {"p1": {"serviceName": "image", "tags": [tag("host.name", "a")]}}
    answer = {"data": [{"traceID": "abc", "spans": [span], "processes": processes}]}
    decoded = read_jaeger_v1(answer)
    assert decoded.skipped == ()
    (found,) = decoded.spans
    return found


def test_a_span_is_read_with_its_process_and_in_nanoseconds() -> None:
    assert read() == Span(
        TraceId(TRACE),
        SpanId("0000000000000001"),
        None,
        "GET",
        SpanKind.UNSPECIFIED,
        1_700_000_000_000_001_000,
        1_700_000_000_000_008_000,
        resource=Resource({"service.name": "image", "host.name": "a"}),
        attributes={},
    )


@pytest.mark.parametrize(
    ("written", "value"),
    [
        (tag("k", "text"), "text"),
        (tag("k", value=True, kind="bool"), True),
        (tag("k", 7, "int64"), 7),
        (tag("k", "9223372036854775807", "int64"), 9223372036854775807),
        (tag("k", 7, "float64"), 7.0),
        (tag("k", "NaN-less", "string"), "NaN-less"),
        (tag("k", "AP8=", "binary"), b"\0\xff"),
        (tag("k", None, "binary"), b""),
        (tag("k", "not base64!", "binary"), "not base64!"),
        (tag("k", '["a"]'), '["a"]'),
        (tag("k", None), None),
        (tag("k", {"a": ["b"]}), '{"a": ["b"]}'),
    ],
)
def test_a_tag_keeps_its_type(written: dict[str, object], value: object) -> None:
    found = read(written).attributes["k"]
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(
    ("key", "text", "value"),
    [
        ("http.request.header.accept", '["a","\u00fc"]', ("a", "\u00fc")),
        ("http.response.header.x", "[]", ()),
        ("process.command_args", '["ls","-l"]', ("ls", "-l")),
        ("http.request.header.accept", "[1]", "[1]"),
        ("http.request.header.accept", "[a]", "[a]"),
        ("http.request.header.accept", "plain", "plain"),
        ("http.request.body.content", '["a"]', '["a"]'),
    ],
)
def test_a_list_is_a_list_again_and_a_body_that_looks_like_one_stays(
    key: str, text: str, value: object
) -> None:
    assert read(tag(key, text)).attributes == {key: value}


@pytest.mark.parametrize("names", ["otel.scope", "otel.library"])
def test_what_opentelemetry_says_beside_attributes_is_no_attribute(names: str) -> None:
    found = read(
        tag("span.kind", "server"),
        tag("otel.status_code", "ERROR"),
        tag("otel.status_description", "no disk"),
        tag("error", value=True, kind="bool"),
        tag(f"{names}.name", "otelhook"),
        tag(f"{names}.version", "1"),
        tag("w3c.tracestate", "a=b"),
    )
    assert found.kind is SpanKind.SERVER
    assert found.status == Status(StatusCode.ERROR, "no disk")
    assert found.scope == Scope("otelhook", "1")
    assert found.trace_state == "a=b"
    assert found.attributes == {}


@pytest.mark.parametrize(
    ("tags", "code", "left"),
    [
        ([tag("otel.status_code", "OK")], StatusCode.OK, {}),
        ([tag("error", "true")], StatusCode.ERROR, {}),
        ([tag("error", value=False, kind="bool")], StatusCode.UNSET, {"error": False}),
        ([tag("error", "false")], StatusCode.UNSET, {"error": "false"}),
        ([tag("otel.status_code", "STRANGE")], StatusCode.UNSET, {}),
    ],
)
def test_the_status_is_what_any_client_says(
    tags: list[dict[str, object]], code: StatusCode, left: dict[str, object]
) -> None:
    found = read(*tags)
    assert (found.status.code, found.attributes) == (code, left)


@pytest.mark.parametrize(
    ("references", "parent", "links"),
    [
        ([reference("CHILD_OF", 2)], 2, []),
        ([reference("FOLLOWS_FROM", 3), reference("CHILD_OF", 2)], 2, [3]),
        ([reference("FOLLOWS_FROM", 3), reference("FOLLOWS_FROM", 4)], 3, [4]),
        ([reference("CHILD_OF", 2, "d"), reference("FOLLOWS_FROM", 3, "e")], None, [2, 3]),
        ([reference("CHILD_OF", 0)], None, []),
        (None, None, []),
    ],
)
def test_the_parent_is_the_one_that_jaeger_takes(
    references: object, parent: int | None, links: list[int]
) -> None:
    found = read(references=references)
    assert found.parent_span_id == (None if parent is None else f"{parent:016x}")
    assert [int(link.span_id, 16) for link in found.links] == links


def test_a_link_to_another_trace_keeps_its_whole_id() -> None:
    (link,) = read(references=[reference("FOLLOWS_FROM", 3, "d")]).links
    assert link == Link(TraceId(f"{0xD:032x}"), SpanId(f"{3:016x}"))


def test_logs_are_events() -> None:
    fields = [tag("event", "exception"), tag("exception.type", "OSError")]
    (event,) = read(logs=[{"timestamp": 5, "fields": fields}]).events
    assert event == Event(5000, "exception", {"exception.type": "OSError"})


def test_a_process_may_stand_within_the_span_and_have_no_name() -> None:
    process = {"serviceName": "OTLPResourceNoServiceName", "tags": [tag("a", "b")]}
    assert read(process=process).resource == Resource({"a": "b"})
    assert read(processID="p9").resource == Resource()


def test_a_span_that_cannot_be_read_is_left_out_and_said() -> None:
    spans = [
        {"traceID": "abc", "spanID": "0", "operationName": "bad"},
        {"traceID": "abc", "spanID": "1", "tags": [tag("k", "x", "int64")]},
        {"traceID": "abc", "spanID": "2", "startTime": float("inf")},
        {"traceID": "abc", "spanID": "3"},
    ]
    decoded = read_jaeger_v1({"data": [{"spans": spans, "processes": None}]})
    assert [span.span_id for span in decoded.spans] == ["0000000000000003"]
    assert len(decoded.skipped) == 3
    assert decoded.skipped[0].startswith("span 'bad' left out: '0' is not a span id")


@pytest.mark.parametrize(
    "value",
    [None, [], {"data": 7}, {"data": [7]}, {"data": [{"spans": {}}]}, {"data": [{"spans": [1]}]}],
)
def test_another_shape_is_damaged_data(value: object) -> None:
    with pytest.raises(DamagedDataError, match="not the JSON of Jaeger's /api/traces: expected"):
        read_jaeger_v1(value)
