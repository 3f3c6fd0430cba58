"""What came of a call is what its spans say, whatever their clocks do."""

from __future__ import annotations

from typing import Any

import pytest

from otelhook.sequence.vocabulary import Mark, Outcome

GRPC = {"rpc.system": "grpc", "rpc.service": "a.Cart", "rpc.method": "Get"}


def ending(trace: Any) -> tuple[str, Outcome | None, bool]:
    last = trace.document.steps[-1]
    return last.head, last.outcome, Mark.NO_ANSWER in last.marks


@pytest.mark.parametrize(
    ("client", "server", "head", "outcome"),
    [
        ({"http.response.status_code": 200}, None, "200 OK", Outcome.OK),
        (None, {"http.response.status_code": 500}, "500 Internal Server Error", Outcome.ERROR),
        ({}, {"http.response.status_code": 204}, "204 No Content", Outcome.OK),
        (
            {"http.response.status_code": 502},
            {"http.response.status_code": 200},
            "502 Bad Gateway",
            Outcome.ERROR,
        ),
        ({"error.type": "ReadTimeout"}, {}, "timeout", Outcome.UNANSWERED),
        ({"error.type": "ECONNREFUSED"}, None, "connection refused", Outcome.UNANSWERED),
        ({"error.type": "ValueError"}, {"http.response.status_code": 200}, "200 OK", Outcome.ERROR),
        ({}, {}, "answered", Outcome.OK),
    ],
)
def test_http_is_answered_with_a_status_or_it_is_known_that_it_was_not(
    trace: Any, client: Any, server: Any, head: str, outcome: Outcome
) -> None:
    asked = {"http.request.method": "GET"}
    if client is not None:
        trace.span(1, "a", "CLIENT", asked | {"url.full": "http://b/x"} | client)
    if server is not None:
        parent = 1 if client is not None else 0
        trace.span(2, "b", "SERVER", asked | {"url.path": "/x"} | server, parent=parent)
    found = ending(trace)
    assert found[:2] == (head, outcome)
    assert found[2] is (outcome is Outcome.UNANSWERED)


@pytest.mark.parametrize("shift", [-3_600_000, -50, 0, 50, 3_600_000])
@pytest.mark.parametrize("status", [200, 404, 503])
def test_no_clock_decides_it(trace: Any, http: Any, shift: int, status: int) -> None:
    trace.span(1, "a", "CLIENT", http("GET http://b/x", None), at=(10, 20))
    trace.span(2, "b", "SERVER", http("GET /x", status), parent=1, at=(12 + shift, 18 + shift))
    assert trace.document.steps[-1].status_code == status
    assert not ending(trace)[2]


@pytest.mark.parametrize(
    ("client", "server", "head", "outcome"),
    [
        ({"rpc.grpc.status_code": 0}, {}, "OK", Outcome.OK),
        ({}, {"rpc.grpc.status_code": 13}, "INTERNAL (13)", Outcome.ERROR),
        (
            {"rpc.grpc.status_code": 4, "error.type": "timeout"},
            None,
            "DEADLINE",
            Outcome.UNANSWERED,
        ),
        ({"rpc.grpc.status_code": 14}, None, "UNAVAILABLE (14)", Outcome.ERROR),
        ({}, None, "OK", Outcome.OK),
        (None, {"rpc.grpc.status_code": 5}, "NOT_FOUND (5)", Outcome.ERROR),
    ],
)
def test_grpc_is_answered_with_a_code(
    trace: Any, client: Any, server: Any, head: str, outcome: Outcome
) -> None:
    if client is not None:
        trace.span(1, "a", "CLIENT", GRPC | client)
    if server is not None:
        trace.span(2, "b", "SERVER", GRPC | server, parent=1 if client is not None else 0)
    found = ending(trace)
    assert found[0].startswith(head)
    assert found[1] is outcome


@pytest.mark.parametrize(
    "attributes",
    [
        GRPC,
        {"db.system": "mysql", "db.statement": "SELECT 1"},
        {"messaging.system": "kafka", "messaging.operation": "process"},
        {"gen_ai.operation.name": "chat", "gen_ai.request.model": "m"},
        {"peer.service": "b"},
    ],
)
@pytest.mark.parametrize("words", ["duplicate key", "x" * 3_000])
def test_what_was_said_of_a_failure_stands_with_it(trace: Any, attributes: Any, words: str) -> None:
    kind = "CONSUMER" if "messaging.system" in attributes else "CLIENT"
    trace.span(1, "a", kind, attributes, failure=words)
    last = trace.document.steps[-1]
    assert (last.outcome, last.message) == (Outcome.ERROR, words)
    assert Mark.NO_ANSWER not in last.marks


def test_a_callee_whose_own_call_was_not_answered_answered_itself(trace: Any, http: Any) -> None:
    trace.span(1, "a", "CLIENT", http("GET http://b/x", None))
    trace.span(2, "b", "SERVER", http("GET /x", None) | {"error.type": "ReadTimeout"}, parent=1)
    assert ending(trace)[1:] == (Outcome.ERROR, False)


def test_both_sides_words_of_a_failure_are_the_callee_s_where_they_say_more(trace: Any) -> None:
    trace.span(1, "a", "CLIENT", GRPC | {"rpc.grpc.status_code": 13}, failure="boom")
    told = GRPC | {"rpc.grpc.status_code": 13}
    trace.span(2, "b", "SERVER", told, parent=1, failure="KeyError: boom at line 3")
    assert trace.document.steps[-1].message == "KeyError: boom at line 3"
