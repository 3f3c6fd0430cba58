from __future__ import annotations

from typing import Any

from otelhook.model import SpanKind
from otelhook.sequence import Body, Header, Mark, Redaction, SeenBy, assemble


def only_call(recorder: Any, client: Any = None, server: Any = None, record: Any = "both") -> Any:
    with recorder.call("cli", "api", "PUT /x?y=z", client=client, server=server, record=record):
        pass
    return assemble(recorder.spans)


def test_the_receivers_headers_and_body_are_shown(recorder: Any) -> None:
    sent = {
        "http.request.header.host": ("sent",),
        "http.request.body.content": "same",
        "http.response.header.age": ("received",),
        "http.response.body.content": "got",
    }
    received = {
        "http.request.header.host": ("received",),
        "http.request.body.content": "same",
        "http.response.header.age": ("sent",),
        "http.response.body.content": "gave",
    }
    request, response = only_call(recorder, sent, received).steps
    assert request.headers == (Header("host", "received"),)
    assert (request.body, request.other_body) == (Body("same"), None)
    assert response.headers == (Header("age", "received"),)
    assert (response.body, response.other_body) == (Body("got"), Body("gave"))
    assert (request.query, request.seen_by) == ("y=z", SeenBy.BOTH)


def test_what_the_receiver_did_not_record_is_taken_from_the_sender(recorder: Any) -> None:
    sent = {"http.request.header.host": ("sent",), "http.request.body.content": "body"}
    request, response = only_call(recorder, sent).steps
    assert (request.headers, request.body) == ((Header("host", "sent"),), Body("body"))
    assert (response.headers, response.body, response.other_body) == ((), None, None)


def test_a_receiver_that_knows_only_the_size_leaves_the_content_to_the_sender(
    recorder: Any,
) -> None:
    sent = {"http.request.body.content": "body"}
    received = {"http.request.body.size": 4}
    assert only_call(recorder, sent, received).steps[0].body == Body("body")


def test_bodies_that_were_cut_at_different_limits_do_not_differ(recorder: Any) -> None:
    sent = {"http.request.body.content": "abcdef"}
    received = {"http.request.body.content": "abc", "otelhook.request.body.truncated": True}
    request = only_call(recorder, sent, received).steps[0]
    assert request.body == Body("abc", truncated=True)
    assert request.other_body is None
    assert request.marks == (Mark.CUT,)


def test_a_body_that_is_text_here_and_bytes_there_is_the_same_body(recorder: Any) -> None:
    sent, received = {"http.request.body.content": b"abc"}, {"http.request.body.content": "abc"}
    assert only_call(recorder, sent, received).steps[0].other_body is None


def test_redacted_places_stand_on_their_steps_once(recorder: Any) -> None:
    places = ("request.header.authorization", "url.query.token", "response.body.password")
    document = only_call(
        recorder, {"otelhook.redacted": places}, {"otelhook.redacted": [*places[1:], 7, None, ""]}
    )
    assert set(document.redactions) == {
        Redaction(1, "request.header.authorization"),
        Redaction(1, "url.query.token"),
        Redaction(1, "7"),
        Redaction(2, "response.body.password"),
    }
    assert len(document.redactions) == 4


def test_a_streamed_body_that_came_later_is_the_responses_body(recorder: Any) -> None:
    with recorder.call("cli", "api", "GET /big", record="client"):
        pass
    recorder.span(
        SpanKind.INTERNAL,
        "cli",
        recorder.tick(),
        recorder.tick(),
        {"http.response.body.content": "streamed", "http.response.body.size": 8},
        parent=recorder.spans[0].span_id,
        name="http.response.body",
    )
    document = assemble(recorder.spans)
    assert document.steps[1].body == Body("streamed", 8)
    assert len(document.steps) == 2


def test_durations_are_measured_on_one_clock(recorder_with: Any) -> None:
    recorder = recorder_with(skew={"api": 5 * 10**9})
    request, response = only_call(recorder).steps
    assert (request.duration, response.duration) == (None, 3_000_000)


def test_a_server_s_own_clock_tells_how_long_its_answer_took(recorder_with: Any) -> None:
    recorder = recorder_with(hosts={"a": "one", "b": "one"})
    caller = recorder.span(SpanKind.SERVER, "a", 100, 300, {"http.request.method": "GET"})
    asked = {"http.request.method": "GET", "url.path": "/early"}
    recorder.span(SpanKind.SERVER, "b", 90, 150, asked, parent=caller.span_id)
    early = [step for step in assemble(recorder.spans).steps if step.path == "/early"]
    assert [step.time for step in early] == [100, 150]
    assert early[-1].duration == 60
