"""A change of service between a span and its parent is a call, which is marked as inferred."""

from __future__ import annotations

from typing import Any

import pytest

from otelhook.sequence.vocabulary import Mark


def inferred(trace: Any) -> list[str]:
    return [
        f"{step.source} -> {step.target}"
        for step in trace.document.steps
        if step.kind.value == "request" and Mark.INFERRED in step.marks
    ]


@pytest.mark.parametrize("kind", ["INTERNAL", "UNSPECIFIED"])
def test_work_of_another_service_is_a_call_of_it(trace: Any, http: Any, kind: str) -> None:
    trace.span(1, "front", "SERVER", http("GET /"))
    trace.span(2, "stock", kind, parent=1, name="check")
    assert inferred(trace) == ["front -> stock"]
    assert trace.document.counts.drawn == 2


def test_a_call_of_another_service_s_is_preceded_by_one_into_it(trace: Any, http: Any) -> None:
    trace.span(1, "front", "SERVER", http("GET /"))
    trace.span(2, "stock", "CLIENT", http("GET http://api.test/x"), parent=1)
    assert inferred(trace) == ["front -> stock"]
    assert trace.requests == [
        "client -> front: GET /",
        "front -> stock: work",
        "stock -> api.test:80: GET /x",
    ]


@pytest.mark.parametrize("system", ["mysql", "redis", "elasticsearch"])
def test_a_store_called_in_another_service_s_name_is_called_by_that_service(
    trace: Any, http: Any, system: str
) -> None:
    trace.span(1, "till", "SERVER", http("GET /"))
    trace.span(2, "till", "CLIENT", http("GET http://stock/x"), parent=1)
    trace.span(3, "stock", "SERVER", http("GET /x"), parent=2)
    trace.span(4, "stock", "CLIENT", {"db.system": system}, parent=2, name="query")
    assert f"stock -> {system}: query" in trace.requests


@pytest.mark.parametrize("service", ["unknown", "-", "unknown_service", "unknown_service:java"])
def test_a_nameless_caller_within_a_service_s_work_is_that_service(
    trace: Any, http: Any, service: str
) -> None:
    trace.span(1, "edge", "SERVER", http("GET /"))
    trace.span(2, service, "CLIENT", http("GET http://feed/x"), parent=1)
    trace.span(3, "feed", "SERVER", http("GET /x"), parent=2)
    assert trace.requests == ["client -> edge: GET /", "edge -> feed: GET /x"]


@pytest.mark.parametrize("service", ["redis", "redis-manual", "mysql"])
def test_a_store_that_records_its_caller_s_calls_is_the_callee(
    trace: Any, http: Any, service: str
) -> None:
    system = service.partition("-")[0]
    trace.span(1, "driver", "SERVER", http("GET /"))
    trace.span(2, service, "CLIENT", {"db.system": system, "peer.service": service}, parent=1)
    assert trace.requests == ["client -> driver: GET /", f"driver -> {service}: work"]


@pytest.mark.parametrize(
    ("one", "other"), [("unknown_service:node", "b"), ("a", "unknown_service")]
)
def test_a_service_without_a_name_is_no_other_service(
    trace: Any, http: Any, one: str, other: str
) -> None:
    trace.span(1, one, "SERVER", http("GET /"))
    trace.span(2, other, "INTERNAL", parent=1)
    assert inferred(trace) == []


def test_what_a_command_starts_speaks_in_its_name(trace: Any, http: Any) -> None:
    trace.span(1, "cli", "INTERNAL", {"process.command_args": ("cli", "x")})
    trace.span(2, "python", "CLIENT", http("GET http://api.test/x"), parent=1)
    assert inferred(trace) == []
    assert trace.requests == ["cli -> api.test:80: GET /x"]


def test_a_message_s_consumer_without_a_kind_is_a_delivery(trace: Any) -> None:
    trace.span(1, "shop", "PRODUCER", {"messaging.system": "kafka", "messaging.destination": "o"})
    trace.span(2, "mail", "INTERNAL", parent=1, name="send mail")
    assert trace.requests[0] == "shop -> kafka o: publish o"
    assert inferred(trace) == ["kafka o -> mail"]


def test_a_call_that_is_recorded_on_both_sides_is_not_inferred(trace: Any, http: Any) -> None:
    trace.span(1, "front", "CLIENT", http("GET http://stock/x"))
    trace.span(2, "stock", "SERVER", http("GET /x"), parent=1)
    assert inferred(trace) == []


def test_a_handler_that_failed_is_what_its_message_s_delivery_came_to(trace: Any) -> None:
    received = {"messaging.system": "kafka", "messaging.destination": "o"}
    trace.span(1, "shop", "PRODUCER", received)
    received["messaging.operation"] = "receive"
    trace.span(2, "mail", "CONSUMER", received, parent=1)
    trace.span(3, "mail", "UNSPECIFIED", parent=2, name="orders process", failure="no such mail")
    (delivered,) = [step for step in trace.document.steps if step.target == "mail"]
    assert (delivered.failed, delivered.message) == (True, "no such mail")
