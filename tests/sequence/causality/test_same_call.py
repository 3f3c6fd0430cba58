"""Two spans of one side, one in the other: of one call, or of two."""

from __future__ import annotations

from typing import Any

import pytest

from otelhook.model import Resource, Span, SpanId, SpanKind, TraceId
from otelhook.sequence.causality.same_call import same_delivery, same_request, same_served
from otelhook.sequence.protocols.facts import Facts
from otelhook.sequence.protocols.reading import read

SERVER, PRODUCER, CONSUMER = SpanKind.SERVER, SpanKind.PRODUCER, SpanKind.CONSUMER


def told(attributes: Any, kind: SpanKind = SpanKind.CLIENT, name: str = "work") -> Facts:
    ids = (TraceId("1" * 32), SpanId("2" * 16), None)
    return read(Span(*ids, name, kind, 0, 1, attributes, Resource({"service.name": "shop"})))


def queue(name: str, operation: str = "publish") -> dict[str, str]:
    found = {"messaging.system": "kafka", "messaging.operation.type": operation}
    return found | ({"messaging.destination.name": name} if name else {})


def http(method: str, path: str, route: str = "") -> dict[str, Any]:
    found = {"http.request.method": method, "url.path": path}
    return found | ({"http.route": route} if route else {})


SQL = {"db.system.name": "mysql", "db.query.text": "SELECT 1"}
GRPC = {"rpc.system": "grpc", "rpc.service": "a.B", "rpc.method": "C"}


@pytest.mark.parametrize(
    ("outer", "inner", "same"),
    [
        (http("GET", "/a"), http("GET", "/b"), True),
        (http("GET", "/a"), http("POST", "/a"), False),
        (SQL, SQL, True),
        (SQL | {"server.address": "a"}, SQL | {"server.address": "b"}, False),
        (SQL | {"server.address": "a"}, SQL | {"server.address": "10.0.0.7"}, True),
        (SQL | {"server.address": "a"}, SQL | {"server.address": "fe80::1"}, True),
        (SQL | {"server.address": "a"}, SQL, True),
        (GRPC, GRPC, True),
        (GRPC, GRPC | {"rpc.method": "D"}, False),
        (GRPC, http("POST", "/a.B/C"), True),
        (http("POST", "/a"), SQL, False),
        ({"aws.service": "x"}, http("POST", "/"), True),
    ],
)
def test_requests(outer: Any, inner: Any, *, same: bool) -> None:
    assert same_request(told(outer), told(inner)) is same


@pytest.mark.parametrize(
    ("outer", "inner", "same"),
    [
        (queue("a"), queue("a"), True),
        (queue("a"), queue(""), True),
        (queue("a"), queue("b"), False),
        (queue("a"), queue("a", "settle"), False),
        (queue("a", "settle"), queue("a", "settle"), False),
    ],
)
def test_publications(outer: Any, inner: Any, *, same: bool) -> None:
    assert same_request(told(outer, PRODUCER), told(inner, PRODUCER)) is same


@pytest.mark.parametrize(
    ("outer", "inner", "same"),
    [
        (http("GET", "/a"), http("GET", "/a"), True),
        (http("GET", "/mount/a"), http("GET", "/a"), True),
        (http("GET", "/a"), http("GET", "/mount/a"), False),
        (http("GET", "/a"), http("POST", "/a"), False),
        (http("GET", "/a/7"), http("GET", "/a/{id}", "/a/{id}"), True),
        (http("GET", "/a/{id}", "/a/{id}"), http("GET", "/a/7"), True),
        (http("GET", "/v1/a/7"), http("GET", "/a/:id", "/a/:id"), True),
        (http("GET", "/a/7"), http("GET", "/b/<id>", "/b/<id>"), False),
        (http("POST", "/a.B/C"), GRPC, True),
        (GRPC, GRPC | {"rpc.method": "D"}, False),
        (SQL, http("GET", "/a"), False),
    ],
)
def test_requests_that_are_served(outer: Any, inner: Any, *, same: bool) -> None:
    assert same_served(told(outer, SERVER), told(inner, SERVER)) is same


@pytest.mark.parametrize(
    ("outer", "inner", "same"),
    [
        (queue("a", "receive"), queue("a", "process"), True),
        (queue("a", "receive"), queue("a", "settle"), True),
        (queue("a", "process"), queue("a", "process"), True),
        (queue("a", "process"), queue("", "process"), True),
        (queue("a", "process"), queue("a", "receive"), False),
        (queue("a", "process"), queue("b", "process"), False),
        (queue("a", "settle"), queue("a", "process"), True),
    ],
)
def test_deliveries(outer: Any, inner: Any, *, same: bool) -> None:
    assert same_delivery(told(outer, CONSUMER), told(inner, CONSUMER)) is same
