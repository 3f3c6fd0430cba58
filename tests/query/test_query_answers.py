"""What the query API answers, beside what a real Jaeger answered."""

from __future__ import annotations

import importlib.util
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from otelhook.collector.query import api as query
from otelhook.collector.query.v1 import jaeger_trace
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
from otelhook.otlp import read_traces_json
from otelhook.sources.formats.jaeger_v1 import read_jaeger_v1

SOURCES = Path(__file__).parent.parent / "sources"
ONE = f"{1:032x}"

_spec = importlib.util.spec_from_file_location("query_spans", SOURCES / "conftest.py")
assert _spec is not None
assert _spec.loader is not None
_prepared = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(_prepared)
make_span = _prepared.make_span


def _recorded(api: str) -> Any:
    answers = json.loads((SOURCES / "answers" / f"jaeger_{api}.json").read_text())
    asked = answers["test_a_trace_comes_back_whole"]
    return next(json.loads(a["body"]) for a in asked.values() if a["status"] == 200)


def test_v1_answers_word_for_word_what_jaeger_answered(
    served: Callable[..., Any], make_span: Callable[..., Span]
) -> None:
    api = served([make_span(1), make_span(1, 2)])
    status, answer = api.ask(f"/api/traces/{ONE}?raw=true")
    assert (status, answer) == (200, _recorded("v1"))


def test_v3_answers_the_spans_that_jaeger_answered(
    served: Callable[..., Any], make_span: Callable[..., Span]
) -> None:
    status, answer = served([make_span(1), make_span(1, 2)]).ask(f"/api/v3/traces/{ONE}")
    assert status == 200
    (ours,) = answer["result"]["resourceSpans"]
    for theirs in _recorded("v3")["result"]["resourceSpans"]:  # one for each batch there
        assert theirs["resource"] == ours["resource"]
        (scope,) = theirs["scopeSpans"]
        assert scope["scope"] == ours["scopeSpans"][0]["scope"]
        assert all(span in ours["scopeSpans"][0]["spans"] for span in scope["spans"])


@pytest.mark.parametrize(
    ("path", "status", "answer"),
    [
        (f"/api/v3/traces/{'f' * 32}", 404, "v3 No traces found"),
        (f"/api/traces/{'f' * 32}", 404, "v1 trace not found"),
        ("/api/traces/xyz", 400, "v1 'xyz' is not a trace id: expected up to 32 hex digits"),
        ("/api/v3/traces/0", 400, "v3 '0' is not a trace id: an id of zeros is invalid"),
        ("/api/traces", 400, "v1 parameter 'service' is required"),
        ("/api/operations", 400, "v1 parameter 'service' is required"),
        (
            "/api/traces?service=a&tags=x",
            400,
            "v1 malformed parameter tags: expected a JSON object of strings",
        ),
        (
            "/api/traces?service=a&tag=x",
            400,
            "v1 malformed 'tag' parameter, expecting key:value",
        ),
        (
            "/api/traces?service=a&start=yesterday",
            400,
            "v1 unable to parse param 'start': 'yesterday' is not a number",
        ),
        (
            "/api/traces?service=a&minDuration=5",
            400,
            (
                "v1 unable to parse param 'minDuration': invalid duration '5':"
                " expected one such as 1.5s or 100ms"
            ),
        ),
        (
            "/api/traces?service=a&minDuration=2s&maxDuration=1s",
            400,
            "v1 'maxDuration' should be greater than the minimum duration",
        ),
        (
            "/api/traces?service=a&limit=-1",
            400,
            "v1 malformed parameter limit: expected a number above zero",
        ),
        (
            "/api/v3/traces?query.serviceName=a",
            400,
            "v3 query.startTimeMin and query.startTimeMax are required",
        ),
        (
            "/api/v3/traces?query.startTimeMin=1&query.startTimeMax=2",
            400,
            "v3 malformed parameter query.startTimeMin: '1' is not a time in RFC 3339's form",
        ),
        (
            (
                "/api/v3/trace-summaries?query.start_time_min=2024-01-01T00:00:00Z"
                "&query.start_time_max=2023-01-01T00:00:00Z"
            ),
            400,
            "v3 query.startTimeMin must be before query.startTimeMax",
        ),
        (
            "/api/v3/traces?query.filter=%7B%7D",
            400,
            "v3 query.filter is not supported: use query.attributes",
        ),
        ("/api/v3/operations?spanKind=x", 400, "v3 unsupported span kind: 'x'"),
    ],
)
def test_errors_have_jaegers_form(
    served: Callable[..., Any], path: str, status: int, answer: str
) -> None:
    api, message = answer.split(" ", 1)
    forms = {
        "v3": {"error": {"httpCode": status, "message": message}},
        "v1": {
            "data": None,
            "total": 0,
            "limit": 0,
            "offset": 0,
            "errors": [{"code": status, "msg": message}],
        },
    }
    assert served().ask(path) == (status, forms[api])


def _span(number: int, service: str, parent: int = 0, **changes: Any) -> Span:
    begun = _prepared.BEGUN + number * 1_000_000
    values: dict[str, Any] = {
        "trace_id": TraceId(f"{number // 10 + 1:032x}"),
        "span_id": SpanId(f"{number:016x}"),
        "parent_span_id": SpanId(f"{parent:016x}") if parent else None,
        "name": "GET",
        "kind": SpanKind.SERVER,
        "start_time": begun,
        "end_time": begun + 1_000_000,
        "resource": Resource({"service.name": service, "host.name": "h"} if service else {}),
    }
    return Span(**(values | changes))


SPANS = (
    _span(11, "image", name="PUT /v2", status=Status(StatusCode.ERROR, "no")),
    _span(12, "identity", 11, kind=SpanKind.CLIENT),
    _span(13, "image", 12, attributes={"http.response.status_code": 404, "ok": True}),
    _span(21, "image", end_time=_prepared.BEGUN + 5_000_000_000),
    _span(31, ""),
)


def test_services_and_operations_are_listed(served: Callable[..., Any]) -> None:
    api = served(SPANS)
    names = ["OTLPResourceNoServiceName", "identity", "image"]
    assert api.ask("/api/v3/services") == (200, {"services": names})
    assert api.ask("/api/services")[1]["data"] == names
    assert api.ask("/api/services")[1]["total"] == 3
    assert api.ask("/api/services/image/operations")[1]["data"] == ["GET", "PUT /v2"]
    assert api.ask("/api/operations?service=identity")[1]["data"] == [
        {"name": "GET", "spanKind": "client"}
    ]
    assert api.ask("/api/v3/operations?service=image&spanKind=server") == (
        200,
        {
            "operations": [
                {"name": "GET", "spanKind": "server"},
                {"name": "PUT /v2", "spanKind": "server"},
            ]
        },
    )
    assert api.ask("/api/v3/operations?service=image&spanKind=client") == (200, {})
    assert api.ask("/api/services/OTLPResourceNoServiceName/operations")[1]["data"] == ["GET"]


def test_nothing_stored_is_what_jaeger_says_then(served: Callable[..., Any]) -> None:
    api = served()
    assert api.ask("/api/v3/services") == (200, {})
    assert api.ask("/api/services")[1]["data"] is None
    assert api.ask("/api/dependencies?endTs=1700000100000&lookback=900000")[1]["data"] == []
    assert api.ask("/api/traces?service=a")[1]["data"] == []


FOUND = {
    "service=image": [2, 3],
    "service=image&limit=1": [3],
    "service=image&operation=PUT+/v2": [2],
    "service=image&operation=all": [2, 3],
    "service=image&minDuration=1s": [3],
    "service=image&maxDuration=1.5ms": [2],
    "service=image&tags=%7B%22http.response.status_code%22:%22404%22%7D": [2],
    "service=image&tag=ok:true": [2],
    "service=image&tag=host.name:h": [2, 3],
    "service=image&tag=error:true": [2],
    "service=image&tags=%7B%22span.kind%22:%22client%22%7D": [],
    "service=identity&tags=%7B%22span.kind%22:%22client%22%7D": [2],
    "service=OTLPResourceNoServiceName": [4],
    "service=image&start=1700000000020000": [3],
    "service=image&end=1700000000020000": [2],
    "service=image&lookback=1m": [],
    "service=image&lookback=2d": [2, 3],
    "service=image&lookback=custom": [2, 3],
    f"traceID={2:032x}&traceID={3:x}&traceID={9:032x}": [2, 3],
}


@pytest.mark.parametrize("parameters", FOUND)
def test_v1_finds_traces(served: Callable[..., Any], parameters: str) -> None:
    status, answer = served(SPANS).ask(f"/api/traces?{parameters}")
    assert status == 200, answer
    found = sorted(int(trace["traceID"], 16) for trace in answer["data"])
    assert found == FOUND[parameters]
    if "traceID" in parameters:
        assert answer["errors"] == [{"msg": "trace not found", "traceID": f"{9:032x}"}]


TIMES = "query.startTimeMin=2023-11-14T22:13:20Z&query.startTimeMax=2023-11-14T23:13:21%2B01:00"
TIMES = TIMES.replace("23:13:21%2B", "23:14:20.5%2B")
FOUND_V3 = {
    "": [2, 3, 4],
    "&query.serviceName=image": [2, 3],
    "&query.service_name=image&query.num_traces=1": [3],
    "&query.serviceName=image&query.searchDepth=1": [3],
    "&query.operationName=PUT+/v2": [2],
    "&query.durationMin=1s": [3],
    "&query.duration_max=999ms": [2, 4],
    '&query.attributes={"error":"true"}': [2],
    '&query.attributes={"http.response.status_code":"404","ok":"true"}': [2],
}


@pytest.mark.parametrize("parameters", FOUND_V3)
def test_v3_finds_traces_and_their_summaries(served: Callable[..., Any], parameters: str) -> None:
    api = served(SPANS)
    status, answer = api.ask(f"/api/v3/traces?{TIMES}{parameters}")
    assert status == 200, answer
    spans = read_traces_json(json.dumps(answer)).spans
    assert sorted({int(span.trace_id, 16) for span in spans}) == FOUND_V3[parameters]
    status, answer = api.ask(f"/api/v3/trace-summaries?{TIMES}{parameters}")
    found = [int(summary["traceId"], 16) for summary in answer["summaries"]]
    assert found == sorted(FOUND_V3[parameters], reverse=True)


def test_a_summary_says_what_jaegers_says(served: Callable[..., Any]) -> None:
    answer = served(SPANS).ask(f"/api/v3/trace-summaries?{TIMES}&query.operationName=PUT+/v2")[1]
    assert answer == {
        "summaries": [
            {
                "traceId": f"{2:032x}",
                "rootServiceName": "image",
                "rootOperationName": "PUT /v2",
                "minStartTimeUnixNano": "1700000000011000000",
                "maxEndTimeUnixNano": "1700000000014000000",
                "spanCount": 3,
                "errorSpanCount": 1,
                "services": [
                    {"name": "image", "spanCount": 2, "errorSpanCount": 1},
                    {"name": "identity", "spanCount": 1},
                ],
            }
        ]
    }


def test_dependencies_are_calls_between_services(served: Callable[..., Any]) -> None:
    api = served(SPANS)
    asked = "/api/dependencies?endTs=1700000100000&lookback=200000"
    calls = [
        {"parent": "identity", "child": "image", "callCount": 1},
        {"parent": "image", "child": "identity", "callCount": 1},
    ]
    assert api.ask(asked)[1]["data"] == calls
    assert api.ask(f"{asked}&service=image")[1]["data"] == calls
    assert api.ask(f"{asked}&service=x")[1]["data"] == []
    assert api.ask("/api/dependencies?endTs=1700000100000&lookback=1")[1]["data"] == []


def test_a_trace_that_is_too_large_for_an_answer_is_refused_and_searches_leave_it_out(
    served: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(query, "MOST_SPANS", 2)
    api = served(SPANS)
    status, answer = api.ask(f"/api/v3/traces/{2:032x}")
    assert status == 400
    assert answer["error"]["message"].startswith(f"trace {2:032x} has 3 spans with ")
    assert answer["error"]["message"].endswith(f"read it with otelhook render {2:032x}")
    found = api.ask("/api/traces?service=image")[1]["data"]
    assert [int(trace["traceID"], 16) for trace in found] == [3]
    monkeypatch.setattr(query, "MOST_SPANS", 9)
    monkeypatch.setattr(query, "MOST_BYTES", 1)
    assert api.ask(f"/api/traces/{3:032x}")[0] == 400


def test_an_id_in_base64_is_read_as_jaeger_reads_it(served: Callable[..., Any]) -> None:
    api = served([replace(SPANS[0], trace_id=TraceId("0af7651916cd43dd8448eb211c80319c"))])
    for text in (
        "CvdlGRbNQ92ESOshHIAxnA==",
        "CvdlGRbNQ92ESOshHIAxnA",
        "AF7651916CD43DD8448EB211C80319C",
    ):
        assert api.ask(f"/api/v3/traces/{text}")[0] == 200


def test_what_takes_too_long_is_answered_with_503_and_when_to_come_again(
    served: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("otelhook.store.store._PROGRESS", 1)
    status, answer = served(SPANS, seconds=0).ask("/api/dependencies")
    assert status == 503
    assert "not answered within 0 s" in answer["errors"][0]["msg"]


def test_every_kind_of_value_has_jaegers_type() -> None:
    values: dict[str, Any] = {
        "s": "ü",
        "b": True,
        "i": 2**53 - 1,
        "j": 2**53,
        "f": 1.5,
        "n": float("nan"),
        "y": b"\0\xff",
        "l": ("a", 1, None, b"\0"),
        "m": {"k": ("v", float("inf"))},
        "e": None,
        "u": "\ud800",
    }
    span = _span(1, "image", attributes=values, scope=Scope("lib", "1"), trace_state="a=b")
    trace = jaeger_trace(span.trace_id, [replace(span, status=Status(StatusCode.ERROR, "no"))])
    told = [(tag["key"], tag["type"], tag["value"]) for tag in trace["spans"][0]["tags"]]
    assert told == [
        ("otel.scope.name", "string", "lib"),
        ("otel.scope.version", "string", "1"),
        ("s", "string", "ü"),
        ("b", "bool", True),
        ("i", "int64", 2**53 - 1),
        ("j", "int64", str(2**53)),
        ("f", "float64", 1.5),
        ("n", "float64", "nan"),
        ("y", "binary", "AP8="),
        ("l", "string", '["a",1,null,"AA=="]'),
        ("m", "string", '{"k":["v","inf"]}'),
        ("e", "string", ""),
        ("u", "string", "?"),
        ("span.kind", "string", "server"),
        ("otel.status_code", "string", "ERROR"),
        ("error", "bool", True),
        ("otel.status_description", "string", "no"),
        ("w3c.tracestate", "string", "a=b"),
    ]


def test_references_tell_parents_from_links() -> None:
    child = {"opentracing.ref_type": "child_of"}
    links = (
        Link(TraceId(ONE), SpanId(f"{7:016x}")),
        Link(TraceId("e" * 32), SpanId("e" * 16), child),
        Link(TraceId("e" * 32), SpanId("d" * 16)),
    )
    span = _span(1, "image", 7, links=links, events=(Event(5_000, "e", {"event": "other"}),))
    trace = jaeger_trace(span.trace_id, [span])
    assert [(r["refType"], r["spanID"]) for r in trace["spans"][0]["references"]] == [
        ("FOLLOWS_FROM", f"{7:016x}"),
        ("CHILD_OF", "e" * 16),
        ("FOLLOWS_FROM", "d" * 16),
    ]
    assert trace["spans"][0]["logs"] == [
        {"timestamp": 5, "fields": [{"key": "event", "type": "string", "value": "other"}]}
    ]
    (again,) = read_jaeger_v1({"data": [trace]}).spans
    assert again.parent_span_id == span.parent_span_id
