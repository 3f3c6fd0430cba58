"""What both sides of a call say of what was asked, as one."""

from __future__ import annotations

from typing import Any

import pytest

from otelhook.model import SpanKind
from otelhook.sequence.document import Body
from otelhook.sequence.protocols.facts import of_call, with_rest
from otelhook.sequence.spans.messages import Message
from otelhook.sequence.vocabulary import Protocol

GRPC = {"rpc.system": "grpc", "rpc.service": "shop.Cart", "rpc.method": "Add"}
ANSWERED = {"http.response.status_code": 200}
SQL = {"db.system.name": "mysql", "db.query.text": "SELECT 1 FROM a"}


def get(path: str = "", **more: str) -> dict[str, str]:
    found = {"http.request.method": more.pop("method", "GET")}
    found |= {f"url.{name}": value for name, value in more.items() if name == "query"}
    return (
        found
        | ({"url.path": path} if path else {})
        | ({"http.route": more["route"]} if "route" in more else {})
    )


@pytest.mark.parametrize(
    ("client", "server", "expected"),
    [
        (get("/a"), get("/a"), ("GET", "/a", "", "")),
        (get("/mount/a"), get("/a"), ("GET", "/mount/a", "", "")),
        (get("/a", query="x=1"), get("/a", query="y=2"), ("GET", "/a", "x=1", "")),
        (get("/a"), get("/a", query="y=2"), ("GET", "/a", "y=2", "")),
        (get(), get("/a", query="y=2"), ("GET", "/a", "y=2", "")),
        (get(query="x=1"), get("/a"), ("GET", "/", "x=1", "")),
        (get("/a/7"), get("/a/7", route="/a/{id}"), ("GET", "/a/7", "", "/a/{id}")),
        (get("/a/7", route="/b"), get("/a/7", route="/a/{id}"), ("GET", "/a/7", "", "/a/{id}")),
        (get("/a/7", route="/b"), get("/a/7"), ("GET", "/a/7", "", "/b")),
        ({"url.full": "http://shop/a"}, get("/a", method="PUT"), ("PUT", "/a", "", "")),
        (get("/a", method="PUT"), {"url.path": "/a", **ANSWERED}, ("PUT", "/a", "", "")),
    ],
)
def test_each_fact_of_http_is_from_the_side_that_has_it(
    said: Any, client: Any, server: Any, expected: tuple[str, str, str, str]
) -> None:
    found = of_call(said(client), said(server, SpanKind.SERVER))
    assert (found.method, found.path, found.query, found.route) == expected


@pytest.mark.parametrize(
    ("client", "server", "protocol", "label"),
    [
        (GRPC, get("/shop.Cart/Add"), Protocol.RPC, "Cart/Add"),
        (get("/shop.Cart/Add"), GRPC, Protocol.RPC, "Cart/Add"),
        (SQL, get("/query"), Protocol.DATABASE, "SELECT a"),
        (get("/a"), {}, Protocol.HTTP, ""),
        ({}, get("/a"), Protocol.HTTP, ""),
        ({"peer.service": "cart"}, GRPC, Protocol.RPC, "Cart/Add"),
        (GRPC, {"rpc.system": "grpc"}, Protocol.RPC, "Cart/Add"),
        ({"rpc.system": "grpc"}, GRPC, Protocol.RPC, "Cart/Add"),
    ],
)
def test_the_more_telling_protocol_decides(
    said: Any, client: Any, server: Any, protocol: Protocol, label: str
) -> None:
    found = of_call(said(client), said(server, SpanKind.SERVER))
    assert (found.protocol, found.label) == (protocol, label)


@pytest.mark.parametrize(
    ("mine", "other", "expected"),
    [
        (None, Body("b", 1), Body("b", 1)),
        (Body(None, 1), Body("b", 1), Body("b", 1)),
        (Body(None, 1), None, Body(None, 1)),
        (Body("a", 1), Body("b", 1), Body("a", 1)),
        (Body("a", 1), None, Body("a", 1)),
    ],
)
def test_a_body_that_was_recorded_is_kept_and_one_that_was_not_is_taken_from_the_other(
    mine: Body | None, other: Body | None, expected: Body
) -> None:
    assert with_rest(Message((), mine), Message((), other)).body == expected
