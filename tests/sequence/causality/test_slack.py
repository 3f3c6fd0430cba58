"""What JavaScript's SDKs record: the millisecond of a start, and a duration that is finer.

Every time below is what really happened; a recorder writes down what its SDK would have.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from otelhook.model import Span, SpanKind
from otelhook.sequence import assemble

MS = 1_000_000
COARSE, FINE = "front", "orders"
"""Services by how their clocks are read; both run on one host."""


@pytest.fixture
def record(recorder_with: Any) -> Any:
    recorder = recorder_with(hosts={COARSE: "one", FINE: "one"})

    def span(
        kind: SpanKind,
        service: str,
        start: float,
        end: float,
        attributes: Mapping[str, Any],
        **more: Any,
    ) -> Span:
        began, took = round(start * MS), round((end - start) * MS)
        if service == COARSE:
            began -= began % MS
        made: Span = recorder.span(kind, service, began, began + took, attributes, **more)
        return made

    span.spans = recorder.spans  # type: ignore[attr-defined]
    return span


def http(path: str) -> dict[str, Any]:
    return {"http.request.method": "GET", "url.path": path, "http.response.status_code": 200}


def titles(record: Any) -> list[str]:
    return [step.title for step in assemble(record.spans).steps]


def test_a_call_that_begins_as_another_ends_follows_it_though_others_clocks_are_finer(
    record: Any,
) -> None:
    root = record(SpanKind.SERVER, COARSE, 1.2, 30.3, http("/"))
    first = record(SpanKind.CLIENT, COARSE, 2.1, 10.7, http("/1"), parent=root.span_id)
    record(SpanKind.SERVER, FINE, 3.6002, 9.9, http("/1"), parent=first.span_id)
    record(SpanKind.CLIENT, COARSE, 10.95, 20.4, http("/2"), parent=root.span_id)
    assert titles(record) == ["GET /", "GET /1", "200 OK /1", "GET /2", "200 OK /2", "200 OK /"]


def test_a_call_that_ends_just_before_its_callers_answer_was_waited_for(record: Any) -> None:
    root = record(SpanKind.SERVER, COARSE, 1.9, 20.35, http("/"))
    call = record(SpanKind.CLIENT, COARSE, 2.05, 20.3, http("/1"), parent=root.span_id)
    record(SpanKind.SERVER, FINE, 3.6002, 20.0101, http("/1"), parent=call.span_id)
    assert titles(record) == ["GET /", "GET /1", "200 OK /1", "200 OK /"]


def test_a_message_that_is_sent_as_an_answer_comes_follows_it(record: Any) -> None:
    root = record(SpanKind.SERVER, COARSE, 1.2, 30.3, http("/"))
    first = record(SpanKind.CLIENT, COARSE, 2.1, 10.7, http("/1"), parent=root.span_id)
    record(SpanKind.SERVER, FINE, 3.6002, 9.9, http("/1"), parent=first.span_id)
    sent = {
        "messaging.system": "kafka",
        "messaging.destination.name": "orders",
        "messaging.operation.type": "send",
    }
    record(SpanKind.PRODUCER, COARSE, 10.8, 12.4, sent, parent=root.span_id)
    made = titles(record)
    assert made.index("200 OK /1") < next(n for n, one in enumerate(made) if "orders" in one)


def test_calls_to_different_services_that_follow_each_other_are_drawn_so(record: Any) -> None:
    root = record(SpanKind.SERVER, FINE, 1.2001, 40.3003, http("/"))
    call = record(SpanKind.CLIENT, FINE, 1.9001, 39.3003, http("/0"), parent=root.span_id)
    served = record(SpanKind.SERVER, COARSE, 2.3, 38.9, http("/0"), parent=call.span_id)
    for number in range(4):
        start = 3.15 + number * 5.2
        record(
            SpanKind.CLIENT, COARSE, start, start + 5.15, http(f"/{number + 1}"),
            parent=served.span_id,
        )  # fmt: skip
    drawn = titles(record)[2:-2]
    wanted = [f"{what} /{number}" for number in range(1, 5) for what in ("GET", "200 OK")]
    assert drawn == wanted


def test_a_clock_that_is_read_as_it_is_decides_to_the_nanosecond(record: Any) -> None:
    root = record(SpanKind.SERVER, COARSE, 1.2, 40.3, http("/"))
    call = record(SpanKind.CLIENT, COARSE, 2.1, 39.7, http("/0"), parent=root.span_id)
    served = record(SpanKind.SERVER, FINE, 3.1001, 38.9, http("/0"), parent=call.span_id)
    record(SpanKind.CLIENT, FINE, 4.0001, 10.7, http("/1"), parent=served.span_id)
    record(SpanKind.CLIENT, FINE, 10.2002, 20.1, http("/2"), parent=served.span_id)
    assert titles(record)[2:-2] == ["GET /1", "GET /2", "200 OK /1", "200 OK /2"]


def test_two_spans_that_begin_with_a_millisecond_do_so_by_their_clock(record: Any) -> None:
    root = record(SpanKind.SERVER, FINE, 1.2001, 40.3003, http("/"))
    record(SpanKind.CLIENT, COARSE, 5.9, 9.7, http("/1"), parent=root.span_id)
    record(SpanKind.CLIENT, COARSE, 9.8, 12.7, http("/2"), parent=root.span_id)
    assert titles(record)[1:-1] == ["GET /1", "200 OK /1", "GET /2", "200 OK /2"]


def test_one_span_that_begins_with_a_millisecond_may_do_so_by_chance(record: Any) -> None:
    root = record(SpanKind.SERVER, FINE, 1.2001, 40.3003, http("/"))
    record(SpanKind.CLIENT, COARSE, 5.0, 9.7, http("/1"), parent=root.span_id)
    record(SpanKind.CLIENT, FINE, 5.4001, 8.3, http("/2"), parent=root.span_id)
    assert titles(record)[1:-1] == ["GET /1", "GET /2", "200 OK /2", "200 OK /1"]


def test_starts_and_ends_that_are_whole_milliseconds_decide_as_they_are(recorder: Any) -> None:
    root = recorder.span(SpanKind.SERVER, "a", 0, 50 * MS, http("/"))
    recorder.span(SpanKind.CLIENT, "a", 10 * MS, 20 * MS, http("/1"), parent=root.span_id)
    recorder.span(SpanKind.CLIENT, "a", 19 * MS, 30 * MS, http("/2"), parent=root.span_id)
    drawn = [step.title for step in assemble(recorder.spans).steps][1:-1]
    assert drawn == ["GET /1", "GET /2", "200 OK /1", "200 OK /2"]
