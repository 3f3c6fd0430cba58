from __future__ import annotations

from typing import Any

from otelhook.model import SpanKind
from otelhook.sequence import Mark, assemble

MS = 1_000_000


def http(path: str) -> dict[str, object]:
    return {"http.request.method": "GET", "url.path": path, "http.response.status_code": 200}


def titles(document: Any) -> list[str]:
    return [step.title for step in document.steps]


def test_a_call_that_outlives_its_server_may_answer_after_it(recorder: Any) -> None:
    server = recorder.span(SpanKind.SERVER, "a", 0, 50, http("/"))
    recorder.span(SpanKind.CLIENT, "a", 10, 90, http("/log"), parent=server.span_id)
    assert titles(assemble(recorder.spans)) == ["GET /", "GET /log", "200 OK /", "200 OK /log"]


def test_concurrent_calls_stand_in_the_order_of_their_issuers_clock(recorder: Any) -> None:
    server = recorder.span(SpanKind.SERVER, "a", 0, 100, http("/"))
    recorder.span(SpanKind.CLIENT, "a", 10, 40, http("/1"), parent=server.span_id)
    recorder.span(SpanKind.CLIENT, "a", 20, 30, http("/2"), parent=server.span_id)
    assert titles(assemble(recorder.spans))[1:-1] == [
        "GET /1",
        "GET /2",
        "200 OK /2",
        "200 OK /1",
    ]


def test_at_one_instant_what_ends_comes_before_what_begins(recorder: Any) -> None:
    server = recorder.span(SpanKind.SERVER, "a", 0, 100, http("/"))
    for number, (start, end) in enumerate([(10, 20), (20, 20), (20, 30)]):
        recorder.span(SpanKind.CLIENT, "a", start, end, http(f"/{number}"), parent=server.span_id)
    assert titles(assemble(recorder.spans))[1:-1] == [
        "GET /0",
        "200 OK /0",
        "GET /1",
        "200 OK /1",
        "GET /2",
        "200 OK /2",
    ]


def test_an_effect_that_a_clock_puts_before_its_cause_is_moved_and_marked(recorder: Any) -> None:
    server = recorder.span(SpanKind.SERVER, "a", 50 * MS, 100 * MS, http("/"))
    recorder.span(SpanKind.CLIENT, "a", 10 * MS, 60 * MS, http("/early"), parent=server.span_id)
    document = assemble(recorder.spans)
    assert titles(document) == ["GET /", "GET /early", "200 OK /early", "200 OK /"]
    moved = [step.number for step in document.steps if Mark.TIME_ADJUSTED in step.marks]
    assert moved == [2]
    assert [step.time for step in document.steps] == [50 * MS, 50 * MS, 60 * MS, 100 * MS]


def test_siblings_whose_common_parent_was_lost_keep_their_clocks_order(recorder_with: Any) -> None:
    recorder = recorder_with()
    lost = recorder.new_id()
    for number in range(3):
        with recorder.call("a", "b", f"GET /{number}", parent=lost):
            pass
    document = assemble(recorder.spans)
    assert [step.path for step in document.steps[::2]] == ["/0", "/1", "/2"]
    assert all(Mark.PARENT_MISSING in step.marks for step in document.steps)
