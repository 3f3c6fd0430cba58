from __future__ import annotations

from typing import Any

import pytest

from otelhook.model import Link, SpanKind, Status, StatusCode
from otelhook.sequence import Mark, Outcome, StepKind, assemble

MS = 1_000_000


def http(path: str, status: int | None = 200, **more: Any) -> Any:
    found = {"http.request.method": "GET", "url.path": path, **more}
    return found if status is None else {**found, "http.response.status_code": status}


def drawn(document: Any) -> Any:
    return [f"{s.source}->{s.target} {s.title}" for s in document.steps]


def servers_under_one_client(
    recorder: Any, servers: Any, client_end: Any = 100, status: int | None = 200
) -> Any:
    """Record a client span of 0..100 ms and under it servers: (service, path, from, to, status)."""
    client = recorder.span(SpanKind.CLIENT, "cli", 0, client_end * MS, http("/start", status))
    for service, path, start, end, answer in servers:
        recorder.span(
            SpanKind.SERVER,
            service,
            start * MS,
            end * MS,
            http(path, answer),
            parent=client.span_id,
        )
    return assemble(recorder.spans)


def test_redirects_under_one_client_span_are_exchanges_in_order(recorder: Any) -> None:
    document = servers_under_one_client(
        recorder, [("a", "/start", 10, 20, 302), ("b", "/end", 40, 60, 200)]
    )
    assert drawn(document) == [
        "cli->a GET /start",
        "a->cli 302 Found /start",
        "cli->b GET /end",
        "b->cli 200 OK /end",
    ]
    assert [Mark.RETRY in step.marks for step in document.steps] == [False, False, True, False]


def test_an_attempt_that_the_next_one_overtook_answers_late(recorder: Any) -> None:
    document = servers_under_one_client(
        recorder, [("a", "/start", 10, 70, 200), ("a", "/start", 40, 80, 200)]
    )
    kinds = [(step.exchange, step.kind, Mark.LATE in step.marks) for step in document.steps]
    assert kinds == [
        (1, StepKind.REQUEST, False),
        (2, StepKind.REQUEST, False),
        (1, StepKind.RESPONSE, True),
        (2, StepKind.RESPONSE, False),
    ]


def test_back_ends_that_a_proxy_hands_its_callers_context_are_the_proxys_calls(
    recorder: Any,
) -> None:
    document = servers_under_one_client(
        recorder,
        [
            ("proxy", "/start", 10, 90, 200),
            ("container", "/disk/1", 20, 60, 201),
            ("account", "/disk/2", 30, 40, 204),
            ("object", "/disk/3", 65, 80, 201),
            ("object", "/disk/4", 66, 82, 201),
        ],
    )
    assert drawn(document) == [
        "cli->proxy GET /start",
        "proxy->container GET /disk/1",
        "container->account GET /disk/2",
        "account->container 204 No Content /disk/2",
        "container->proxy 201 Created /disk/1",
        "proxy->object GET /disk/3",
        "proxy->object GET /disk/4",
        "object->proxy 201 Created /disk/3",
        "object->proxy 201 Created /disk/4",
        "proxy->cli 200 OK /start",
    ]
    assert [step.depth for step in document.steps] == [0, 1, 2, 2, 1, 1, 1, 1, 1, 0]
    assert all(Mark.RETRY not in step.marks for step in document.steps)


def test_a_client_span_that_says_it_was_resent_is_marked_as_retry(recorder: Any) -> None:
    recorder.span(SpanKind.CLIENT, "a", 0, 1, http("/x", 503))
    recorder.span(SpanKind.CLIENT, "a", 2, 3, http("/x", 200, **{"http.request.resend_count": "1"}))
    marks = [Mark.RETRY in step.marks for step in assemble(recorder.spans).steps]
    assert marks == [False, False, True, False]


def test_a_response_after_the_caller_gave_up_is_a_third_step_marked_late(recorder: Any) -> None:
    client = recorder.span(
        SpanKind.CLIENT, "cli", 0, 50 * MS, http("/start", None, **{"error.type": "ReadTimeout"})
    )
    recorder.span(
        SpanKind.SERVER, "a", 10 * MS, 80 * MS, http("/start", 200), parent=client.span_id
    )
    document = assemble(recorder.spans)
    assert [step.kind for step in document.steps] == [
        StepKind.REQUEST,
        StepKind.FAILURE,
        StepKind.RESPONSE,
    ]
    failure, late = document.steps[1:]
    assert Mark.NO_ANSWER in failure.marks
    assert Mark.LATE in late.marks
    assert (late.status_code, late.duration) == (200, 80 * MS)


@pytest.mark.parametrize(
    ("first", "late"), [(("/a", 10, 40, 200), False), (("/a", 10, 41, 200), True),
                        (("/a", 10, 70, 303), False), (("/a", 10, 70, 304), False),
                        (("/a", 10, 70, 299), True), (("/a", 10, 70, 400), True)]
)  # fmt: skip
def test_an_attempt_is_late_if_it_ended_after_the_next_began_but_for_a_redirect(
    recorder: Any, first: tuple[str, int, int, int], *, late: bool
) -> None:
    document = servers_under_one_client(recorder, [("a", *first), ("a", "/b", 40, 80, 200)])
    [answer] = [s for s in document.steps if s.exchange == 1 and s.kind is not StepKind.REQUEST]
    assert (Mark.LATE in answer.marks) is late


def test_an_answer_that_the_caller_could_not_use_is_an_answer_and_a_failure(
    recorder: Any,
) -> None:
    client = recorder.span(
        SpanKind.CLIENT, "cli", 0, 100, http("/", None, **{"error.type": "ValueError"})
    )
    recorder.span(SpanKind.SERVER, "a", 10, 90, http("/", 200), parent=client.span_id)
    _, answer = assemble(recorder.spans).steps
    assert (answer.kind, answer.status_code, answer.outcome, answer.message) == (
        StepKind.RESPONSE,
        200,
        Outcome.ERROR,
        "ValueError",
    )
    assert Mark.NO_ANSWER not in answer.marks


@pytest.mark.parametrize("ahead", [1 * MS, 20 * MS, 5_000 * MS, -20 * MS])
def test_no_clock_decides_whether_a_caller_had_its_answer(recorder: Any, ahead: int) -> None:
    client = recorder.span(SpanKind.CLIENT, "cli", 0, 10 * MS, http("/", None))
    recorder.span(
        SpanKind.SERVER, "a", ahead + MS, ahead + 9 * MS, http("/", 200), parent=client.span_id
    )
    assert drawn(assemble(recorder.spans)) == ["cli->a GET /", "a->cli 200 OK /"]


def test_a_tool_that_records_no_status_on_clients_is_believed_the_servers(recorder: Any) -> None:
    client = recorder.span(SpanKind.CLIENT, "cli", 0, 100, http("/", None))
    recorder.span(SpanKind.SERVER, "a", 10, 90, http("/", 200), parent=client.span_id)
    assert drawn(assemble(recorder.spans)) == ["cli->a GET /", "a->cli 200 OK /"]


def test_internal_spans_between_a_client_and_its_server_are_seen_through(recorder: Any) -> None:
    client = recorder.span(SpanKind.CLIENT, "cli", 0, 100, http("/"))
    middle = recorder.span(SpanKind.INTERNAL, "cli", 1, 99, parent=client.span_id)
    recorder.span(SpanKind.SERVER, "a", 10, 90, http("/"), parent=middle.span_id)
    assert drawn(assemble(recorder.spans)) == ["cli->a GET /", "a->cli 200 OK /"]


def test_a_client_span_within_a_client_span_is_one_call(recorder: Any) -> None:
    outer = recorder.span(SpanKind.CLIENT, "cli", 0, 100, http("/"))
    inner = recorder.span(SpanKind.CLIENT, "cli", 1, 99, http("/"), parent=outer.span_id)
    recorder.span(SpanKind.SERVER, "a", 10, 90, http("/"), parent=inner.span_id)
    assert drawn(assemble(recorder.spans)) == ["cli->a GET /", "a->cli 200 OK /"]


def test_a_server_span_within_the_same_server_span_is_one_call(recorder: Any) -> None:
    outer = recorder.span(SpanKind.SERVER, "a", 0, 100, http("/"))
    inner = recorder.span(SpanKind.SERVER, "a", 1, 99, http("/"), parent=outer.span_id)
    recorder.span(SpanKind.CLIENT, "a", 10, 90, http("/b"), parent=inner.span_id)
    titles = [step.title for step in assemble(recorder.spans).steps]
    assert titles == ["GET /", "GET /b", "200 OK /b", "200 OK /"]


def test_a_client_and_a_server_may_share_an_id_as_zipkin_has_it(recorder: Any) -> None:
    shared = recorder.span(SpanKind.CLIENT, "cli", 0, 100, http("/"))
    recorder.span(SpanKind.SERVER, "a", 10, 90, http("/"), span_id=shared.span_id)
    recorder.span(SpanKind.CLIENT, "a", 20, 80, http("/b"), parent=shared.span_id)
    document = assemble(recorder.spans)
    assert [(step.title, step.depth) for step in document.steps] == [
        ("GET /", 0),
        ("GET /b", 1),
        ("200 OK /b", 1),
        ("200 OK /", 0),
    ]


def test_a_message_to_a_queue_is_a_request_without_an_answer(recorder: Any) -> None:
    producer = recorder.span(
        SpanKind.PRODUCER,
        "shop",
        0,
        1,
        {"messaging.destination.name": "orders"},
        name="send orders",
    )
    assert drawn(assemble(recorder.spans)) == ["shop->orders publish orders"]
    consumer = recorder.span(
        SpanKind.CONSUMER, "mailer", 50, 60, parent=producer.span_id, name="process orders"
    )
    recorder.span(SpanKind.CLIENT, "mailer", 52, 53, http("/mail"), parent=consumer.span_id)
    document = assemble(recorder.spans)
    assert [(step.title, step.depth) for step in document.steps] == [
        ("publish orders", 0),
        ("deliver orders", 1),
        ("GET /mail", 2),
        ("200 OK /mail", 2),
    ]
    assert (document.steps[0].source, document.steps[0].target) == ("shop", "orders")
    assert (document.steps[1].source, document.steps[1].target) == ("orders", "mailer")


def test_a_consumer_that_is_only_linked_to_its_producer_is_paired_with_it(recorder: Any) -> None:
    producer = recorder.span(SpanKind.PRODUCER, "shop", 0, 1, name="send")
    links = [Link(producer.trace_id, producer.span_id)]
    recorder.span(SpanKind.CONSUMER, "mailer", 5, 6, name="process", links=links)
    assert drawn(assemble(recorder.spans)) == ["shop->mailer send"]


def test_a_link_that_closes_a_circle_is_cut_and_said(recorder: Any) -> None:
    consumer_id = recorder.new_id()
    producer = recorder.span(SpanKind.PRODUCER, "a", 1, 2, parent=consumer_id, name="send")
    links = [Link(producer.trace_id, producer.span_id)]
    recorder.span(SpanKind.CONSUMER, "a", 0, 9, span_id=consumer_id, name="process", links=links)
    document = assemble(recorder.spans)
    assert len(document.steps) == 1
    assert "cycle" in document.warnings[0]


@pytest.mark.parametrize("code", [StatusCode.UNSET, StatusCode.ERROR])
def test_calls_that_are_not_http_go_by_their_spans_name(recorder: Any, code: StatusCode) -> None:
    fails = code is StatusCode.ERROR
    attributes = {"db.system.name": "mysql", "server.address": "db.test", "server.port": 3306}
    recorder.span(
        SpanKind.CLIENT, "nova", 0, 1, attributes, name="SELECT nova", status=Status(code)
    )
    request, ending = assemble(recorder.spans).steps
    assert (request.title, request.target) == ("SELECT nova", "mysql db.test:3306")
    assert (ending.kind, ending.failed) == (StepKind.RESPONSE, fails)
    assert ending.title == ("error SELECT nova" if fails else "OK SELECT nova")


def test_a_host_that_no_call_connects_is_moved_into_the_one_request_it_worked_for(
    recorder: Any,
) -> None:
    recorder.span(SpanKind.SERVER, "api", 0, 100, http("/"))
    recorder.span(SpanKind.SERVER, "db", 5000, 5010, http("/rows"), parent="f" * 16)
    document = assemble(recorder.spans)
    assert [step.path for step in document.steps] == ["/", "/rows", "/rows", "/"]
    assert [(a.host, a.offset) for a in document.adjustments] == [("db-host", -4955)]


def test_requests_beside_each_other_keep_their_clocks(recorder: Any) -> None:
    recorder.span(SpanKind.SERVER, "api", 0, 100, http("/"))
    recorder.span(SpanKind.SERVER, "db", 5000, 5010, http("/rows"))
    document = assemble(recorder.spans)
    assert [step.path for step in document.steps] == ["/", "/", "/rows", "/rows"]
    assert document.adjustments == ()


def test_a_callee_under_the_parent_that_the_callers_program_wrote_is_the_callers(recorder: Any):
    own = "00f067aa0ba902b7"
    line = f"00-{recorder.trace_id}-{own}-01"
    wrote: Any = {"http.request.header.traceparent": (line,)}
    for number, path in enumerate(["/a", "/b", "/a"]):
        start = 100 * number * MS
        recorder.span(
            SpanKind.CLIENT, "cli", start, start + 50 * MS, http(path, **wrote), parent=own
        )
        recorder.span(
            SpanKind.SERVER, "shop", start + 10 * MS, start + 40 * MS, http(path), parent=own
        )
    recorder.span(SpanKind.SERVER, "shop", 400 * MS, 410 * MS, http("/c"), parent=own)

    steps = drawn(assemble(recorder.spans))
    assert steps[:4] == [
        "cli->shop GET /a",
        "shop->cli 200 OK /a",
        "cli->shop GET /b",
        "shop->cli 200 OK /b",
    ]
    assert len(steps) == 8
