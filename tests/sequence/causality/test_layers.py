"""Several spans of one side: one call with all that they know, or each request that was sent."""

from __future__ import annotations

from typing import Any

import pytest

from otelhook.sequence.vocabulary import Mark, Protocol

CHAT = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "m", "gen_ai.system": "openai"}
SQL = {"db.system": "postgresql", "db.name": "shop", "db.statement": "SELECT * FROM orders"}
GRPC = {"rpc.system": "grpc", "rpc.service": "shop.Cart", "rpc.method": "Get"}


def only(document: Any) -> Any:
    requests = [step for step in document.steps if step.kind.value == "request"]
    assert len(requests) == 1
    return requests[0]


@pytest.mark.parametrize("rich", [1, 2])
def test_a_library_and_what_it_stands_on_are_one_call_with_what_both_know(
    trace: Any, http: Any, rich: int
) -> None:
    more = {"http.request.header.x-a": ("1",), "http.request.body": "hello"}
    for number in (1, 2):
        attributes = http("PUT http://api.test/x") | (more if number == rich else {})
        trace.span(number, "front", "CLIENT", attributes, parent=number - 1)
    step = only(trace.document)
    assert [(header.name, header.value) for header in step.headers] == [("x-a", "1")]
    assert step.body.content == "hello"
    assert len(step.span_ids) == 2


def test_three_layers_are_one_call(trace: Any, http: Any) -> None:
    for number in (1, 2, 3):
        trace.span(number, "front", "CLIENT", http("GET http://api.test/x"), parent=number - 1)
    assert len(only(trace.document).span_ids) == 3


def test_layers_with_internal_work_between_are_one_call(trace: Any, http: Any) -> None:
    trace.span(1, "front", "CLIENT", http("GET http://api.test/x"))
    trace.span(2, "front", "INTERNAL", parent=1)
    trace.span(3, "front", "CLIENT", http("GET http://api.test/x"), parent=2)
    only(trace.document)
    assert trace.document.counts.internal == 1


@pytest.mark.parametrize(
    "hops",
    [
        [("GET http://api.test/a", 302), ("GET http://api.test/b", 200)],
        [("GET http://api.test/a", 503), ("GET http://api.test/a", 200)],
        [(f"GET http://api.test/a?{n}", status) for n, status in enumerate((503, 503, 200))],
        [("GET http://api.test/a?page=1", 200), ("GET http://api.test/a?page=2", 200)],
        [("GET http://api.test/a", 401), ("GET http://api.test/a", 200)],
    ],
)
def test_each_request_that_went_over_the_wire_is_kept(
    trace: Any, http: Any, hops: list[tuple[str, int]]
) -> None:
    trace.span(1, "front", "CLIENT", http(*hops[-1]), at=(1, 90))
    for number, hop in enumerate(hops, 2):
        at = (number * 10, number * 10 + 5)
        trace.span(number, "front", "CLIENT", http(*hop), parent=1, at=at)
    steps = trace.document.steps
    assert [step.status_code for step in steps[1::2]] == [status for _, status in hops]
    assert {step.source for step in steps[::2]} == {"front"}


@pytest.mark.parametrize(
    ("second", "resent"), [("GET http://s3.test/1", [2]), ("GET http://s3.test/2", [])]
)
def test_a_request_that_is_sent_once_more_within_one_call_is_marked(
    trace: Any, http: Any, second: str, resent: list[int]
) -> None:
    trace.span(1, "front", "CLIENT", http("GET http://s3.test/1"), at=(1, 90))
    for number, what in enumerate(("GET http://s3.test/1", second), 2):
        at = (number * 10, number * 10 + 5)
        trace.span(number, "front", "CLIENT", http(what), parent=1, at=at)
    asked = [step for step in trace.document.steps if step.kind.value == "request"]
    marked = [number for number, step in enumerate(asked, 1) if Mark.RETRY in step.marks]
    assert marked == resent


def test_requests_within_a_call_without_a_protocol_are_each_their_own(
    trace: Any, http: Any
) -> None:
    trace.span(1, "front", "CLIENT", name="S3.ListAll", at=(1, 90))
    for number in (2, 3):
        at = (number * 10, number * 11)
        trace.span(number, "front", "CLIENT", http("GET http://s3.test/1"), parent=1, at=at)
    assert not any(Mark.RETRY in step.marks for step in trace.document.steps)


def test_a_call_without_a_protocol_around_several_is_none_of_its_own(trace: Any, http: Any) -> None:
    trace.span(1, "front", "CLIENT", name="S3.ListAll", at=(1, 90))
    for number in (2, 3):
        attributes = http(f"GET http://s3.test/{number}")
        trace.span(number, "front", "CLIENT", attributes, parent=1, at=(number * 10, number * 11))
    assert [step.path for step in trace.document.steps[::2]] == ["/2", "/3"]


def test_a_model_that_was_asked_over_two_requests_was_asked_once(trace: Any, http: Any) -> None:
    trace.span(1, "agent", "CLIENT", CHAT, at=(1, 90))
    for number, status in ((2, 429), (3, 200)):
        attributes = http("POST http://api.openai.test/v1/chat", status)
        trace.span(number, "agent", "CLIENT", attributes, parent=1, at=(number * 10, number * 11))
    steps = trace.document.steps
    assert [step.protocol for step in steps if step.kind.value == "request"] == [
        Protocol.MODEL,
        Protocol.HTTP,
        Protocol.HTTP,
    ]
    assert 429 in [step.status_code for step in steps]


def test_a_model_that_was_asked_over_one_request_is_one_call(trace: Any, http: Any) -> None:
    trace.span(1, "agent", "CLIENT", CHAT | {"server.address": "api.openai.test"})
    trace.span(2, "agent", "CLIENT", http("POST http://api.openai.test/v1/chat"), parent=1)
    step = only(trace.document)
    assert (step.protocol, step.label) == (Protocol.MODEL, "chat m")
    assert trace.document.counts.details == 1


def test_an_orm_over_a_driver_is_one_query(trace: Any) -> None:
    trace.span(1, "shop", "CLIENT", {"db.system": "postgresql", "db.operation": "find"})
    trace.span(2, "shop", "CLIENT", SQL | {"server.address": "db"}, parent=1)
    step = only(trace.document)
    assert step.target == "postgresql db/shop"
    assert step.body.content == "SELECT * FROM orders"


def test_rpc_over_http_is_one_call_with_the_rpc_s_name(trace: Any, http: Any) -> None:
    trace.span(1, "front", "CLIENT", GRPC)
    trace.span(2, "front", "CLIENT", http("POST http://cart:1/shop.Cart/Get"), parent=1)
    trace.span(3, "cart", "SERVER", GRPC, parent=2)
    step = only(trace.document)
    assert (step.protocol, step.label, step.target) == (Protocol.RPC, "Cart/Get", "cart")


def test_a_query_within_a_call_of_http_is_another_call(trace: Any, http: Any) -> None:
    trace.span(1, "front", "CLIENT", http("GET http://api.test/x"))
    trace.span(2, "front", "CLIENT", SQL, parent=1)
    assert len(trace.requests) == 2


@pytest.mark.parametrize("path", ["/shop/orders", "/orders", ""])
def test_an_application_that_is_mounted_serves_the_same_request(
    trace: Any, http: Any, path: str
) -> None:
    trace.span(1, "web", "SERVER", http("GET /shop/orders"))
    inner = http(f"GET {path}") if path else {"http.route": "/shop/{x}"}
    trace.span(2, "web", "SERVER", inner | {"http.request.body": "x"}, parent=1)
    step = only(trace.document)
    assert (step.path, step.body.content) == ("/shop/orders", "x")


@pytest.mark.parametrize("routed", [1, 2])
@pytest.mark.parametrize("route", ["/orders/{id}", "/orders/:id", "/shop/orders/<id>", "/*"])
def test_who_knows_the_route_and_who_knows_the_path_served_the_same_request(
    trace: Any, http: Any, routed: int, route: str
) -> None:
    for number in (1, 2):
        told = {"http.route": route} if number == routed else http("GET /shop/orders/7")
        trace.span(number, "web", "SERVER", told, parent=number - 1)
    step = only(trace.document)
    assert step.path == "/shop/orders/7"


@pytest.mark.parametrize("inner", ["POST /orders", "GET /other"])
def test_a_request_of_another_path_or_method_was_forwarded(
    trace: Any, http: Any, inner: str
) -> None:
    trace.span(1, "web", "SERVER", http("GET /shop/orders"))
    trace.span(2, "web", "SERVER", http(inner), parent=1)
    assert len(trace.requests) == 2


def test_the_same_call_from_two_services_is_two(trace: Any, http: Any) -> None:
    trace.span(1, "front", "CLIENT", http("GET http://api.test/x"))
    trace.span(2, "mesh", "CLIENT", http("GET http://api.test/x"), parent=1)
    assert len(trace.requests) == 2


@pytest.mark.parametrize("name", ["dns.lookup", "tls.connect", "tcp.connect", "HTTP.GetConn"])
def test_a_layer_below_a_call_is_its_detail(trace: Any, http: Any, name: str) -> None:
    trace.span(1, "front", "CLIENT", http("GET http://api.test/x"))
    trace.span(2, "front", "CLIENT", parent=1, name=name)
    only(trace.document)
    assert trace.document.counts.details == 1
