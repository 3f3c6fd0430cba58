"""The kind of a span that was recorded without one, by what it says."""

from __future__ import annotations

from typing import Any

import pytest

from otelhook.model import SpanKind

NONE, INTERNAL = SpanKind.UNSPECIFIED, SpanKind.INTERNAL
CLIENT, SERVER = SpanKind.CLIENT, SpanKind.SERVER
SQL = {"db.system": "mysql", "db.statement": "SELECT 1"}
CHAT = {"gen_ai.operation.name": "chat", "gen_ai.request.model": "m"}


@pytest.mark.parametrize(
    ("attributes", "kind", "expected"),
    [
        (SQL, INTERNAL, (CLIENT, True)),
        (SQL, NONE, (CLIENT, True)),
        (SQL, SERVER, (SERVER, False)),
        (CHAT, INTERNAL, (CLIENT, True)),
        ({"http.method": "GET", "http.url": "http://a/x"}, NONE, (CLIENT, True)),
        ({"http.method": "GET", "peer.service": "a"}, NONE, (CLIENT, True)),
        ({"http.method": "GET", "http.target": "/x"}, NONE, (SERVER, True)),
        ({"http.method": "GET", "http.route": "/x"}, NONE, (SERVER, True)),
        ({"http.method": "GET", "http.url": "http://a/x"}, INTERNAL, (INTERNAL, False)),
        ({"http.method": "GET"}, NONE, (NONE, False)),
        ({"rpc.system": "grpc", "peer.service": "a"}, NONE, (CLIENT, True)),
        ({"rpc.system": "grpc", "net.host.name": "a"}, NONE, (SERVER, True)),
        ({"span.kind": "SERVER"}, NONE, (SERVER, False)),
        ({"span.kind": "client"} | SQL, INTERNAL, (CLIENT, False)),
        ({"span.kind": "sideways"}, NONE, (NONE, False)),
        ({"span.kind": "server"}, CLIENT, (CLIENT, False)),
        ({}, INTERNAL, (INTERNAL, False)),
    ],
)
def test_a_kind_is_what_was_recorded_else_what_can_only_be_said_of_it(
    said: Any, attributes: Any, kind: SpanKind, expected: tuple[SpanKind, bool]
) -> None:
    facts = said(attributes, kind)
    assert (facts.kind, facts.inferred) == expected


@pytest.mark.parametrize("kind", [NONE, INTERNAL, CLIENT, SERVER])
def test_conventions_that_are_mixed_within_one_span_say_one_thing(
    said: Any, kind: SpanKind
) -> None:
    """The most telling protocol is what the span is of, in whatever order its keys come."""
    mixed = {
        "http.method": "POST",
        "url.full": "http://api.test/v1",
        "http.status_code": "200",
        "rpc.system": "grpc",
        "db.statement": "SELECT 1",
        "db.system.name": "mysql",
        "messaging.destination": "orders",
    } | CHAT
    backwards = dict(reversed(mixed.items()))
    assert said(mixed, kind) == said(backwards, kind)
    assert said(mixed, kind).label == "chat m"
