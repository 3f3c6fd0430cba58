"""OTLP in its JSON form."""

from __future__ import annotations

import base64
import json
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otelhook.errors import DamagedDataError
from otelhook.model import SpanKind, StatusCode
from otelhook.otlp import read_traces_json

TRACE = "5B8EFFF798038103D269B633813FC60C"
SPAN = "EEE19B7EC3C1B174"


def _document(**changes: Any) -> dict[str, Any]:
    span = {
        "traceId": TRACE,
        "spanId": SPAN,
        "parentSpanId": "EEE19B7EC3C1B173",
        "name": "I'm a server span",
        "startTimeUnixNano": "1544712660000000000",
        "endTimeUnixNano": 1544712661000000000,
        "kind": 2,
        "attributes": [
            {"key": "s", "value": {"stringValue": "text"}},
            {"key": "i", "value": {"intValue": "12"}},
            {"key": "j", "value": {"intValue": 13}},
            {"key": "d", "value": {"doubleValue": 1.5}},
            {"key": "n", "value": {"doubleValue": "Infinity"}},
            {"key": "b", "value": {"boolValue": False}},
            {"key": "y", "value": {"bytesValue": base64.b64encode(b"\0\xff").decode()}},
            {
                "key": "a",
                "value": {"arrayValue": {"values": [{"stringValue": "1"}, {"intValue": 2}]}},
            },
            {
                "key": "m",
                "value": {"kvlistValue": {"values": [{"key": "k", "value": {"stringValue": "v"}}]}},
            },
            {"key": "e", "value": {}},
        ],
        "events": [{"timeUnixNano": "5", "name": "event"}],
        "links": [{"traceId": TRACE, "spanId": SPAN}, {"traceId": "", "spanId": ""}],
        "status": {"code": 2, "message": "no"},
        "flags": 257,
    }
    return {
        "resourceSpans": [
            {
                "resource": {
                    "attributes": [{"key": "service.name", "value": {"stringValue": "my.service"}}]
                },
                "scopeSpans": [
                    {"scope": {"name": "lib", "version": "1.0.0"}, "spans": [span | changes]}
                ],
            }
        ]
    }


def test_every_field_is_read() -> None:
    (span,) = read_traces_json(json.dumps(_document())).spans
    assert span.trace_id == TRACE.lower()
    assert span.span_id == SPAN.lower()
    assert span.parent_span_id == "eee19b7ec3c1b173"
    assert (span.start_time, span.end_time) == (1544712660000000000, 1544712661000000000)
    assert span.kind is SpanKind.SERVER
    assert span.attributes == {
        "s": "text",
        "i": 12,
        "j": 13,
        "d": 1.5,
        "n": float("inf"),
        "b": False,
        "y": b"\0\xff",
        "a": ("1", 2),
        "m": {"k": "v"},
        "e": None,
    }
    assert span.resource.attributes == {"service.name": "my.service"}
    assert (span.scope.name, span.scope.version) == ("lib", "1.0.0")
    assert (span.status.code, span.status.message) == (StatusCode.ERROR, "no")
    assert [(event.time, event.name) for event in span.events] == [(5, "event")]
    assert [link.span_id for link in span.links] == [SPAN.lower()]
    assert span.flags == 257


def test_names_of_enums_and_ids_in_base64_are_read_as_tempo_writes_them() -> None:
    text = json.dumps(
        _document(
            traceId=base64.b64encode(bytes.fromhex(TRACE)).decode(),
            spanId=base64.b64encode(bytes.fromhex(SPAN)).decode(),
            kind="SPAN_KIND_CLIENT",
            status={"code": "STATUS_CODE_OK"},
        )
    )
    (span,) = read_traces_json(text).spans
    assert (span.trace_id, span.span_id) == (TRACE.lower(), SPAN.lower())
    assert (span.kind, span.status.code) == (SpanKind.CLIENT, StatusCode.OK)


@pytest.mark.parametrize(
    "wrap",
    [
        lambda d: {"batches": d["resourceSpans"]},
        lambda d: {"trace": d, "status": "PARTIAL"},
        lambda d: {"result": d},
        lambda d: {"data": d},
    ],
)
def test_answers_of_query_apis_are_read(wrap: Any) -> None:
    assert len(read_traces_json(json.dumps(wrap(_document()))).spans) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"traceId": ""},
        {"traceId": "0" * 32},
        {"spanId": "xyz"},
        {"startTimeUnixNano": "soon"},
        {"endTimeUnixNano": True},
        {"attributes": [{"key": "y", "value": {"bytesValue": "a"}}]},
    ],
)
def test_a_span_that_cannot_be_is_left_out_and_said(changes: dict[str, Any]) -> None:
    document = _document()
    document["resourceSpans"] += _document(**changes)["resourceSpans"]
    decoded = read_traces_json(json.dumps(document))
    assert len(decoded.spans) == 1
    assert len(decoded.skipped) == 1
    assert "left out" in decoded.skipped[0]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "null",
        "{}",
        '{"resourceSpans": 1}',
        '{"resourceSpans": [1]}',
        '{"resourceSpans": [{"scopeSpans": {"a": 1}}]}',
        '{"resourceSpans": [{"resource": 7}]}',
        '{"resourceSpans": [{"resource": {"attributes": [{"value": 1}]}}]}',
        "[" * 100_000,
        b"\xff\xfe{}",
    ],
)
def test_what_is_not_of_the_shape_is_damaged_in_one_line(text: str | bytes) -> None:
    with pytest.raises(DamagedDataError) as caught:
        read_traces_json(text)
    assert "\n" not in str(caught.value)


def test_attributes_nested_without_end_are_refused() -> None:
    value: dict[str, Any] = {"stringValue": "x"}
    for _ in range(150):
        value = {"arrayValue": {"values": [value]}}
    with pytest.raises(DamagedDataError, match="nested"):
        read_traces_json(json.dumps(_document(attributes=[{"key": "k", "value": value}])))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                [
                    *("resourceSpans", "resource", "scopeSpans", "scope", "spans", "attributes"),
                    *("traceId", "spanId", "kind", "status", "events", "links", "key", "value"),
                    *("intValue", "arrayValue", "values", "stringValue", "startTimeUnixNano"),
                ]
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=15,
)


@settings(max_examples=200, deadline=None)
@given(JSON)
def test_any_json_is_read_or_refused_as_damaged(value: Any) -> None:
    with suppress(DamagedDataError):
        read_traces_json(json.dumps(value))


SPAN_FIELDS = list(_document()["resourceSpans"][0]["scopeSpans"][0]["spans"][0])


@settings(max_examples=200, deadline=None)
@given(st.dictionaries(st.sampled_from(SPAN_FIELDS), JSON, min_size=1))
def test_any_field_of_a_span_may_hold_anything(changes: dict[str, Any]) -> None:
    with suppress(DamagedDataError):
        read_traces_json(json.dumps(_document(**changes)))
