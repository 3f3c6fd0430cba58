"""Remote procedure calls: what they are called, whom they reach, and what they were answered."""

from __future__ import annotations

from typing import Any

import pytest

from otelhook.model import SpanKind
from otelhook.sequence.vocabulary import Outcome, Protocol

GRPC = {"rpc.system": "grpc", "rpc.service": "shop.v1.Catalog", "rpc.method": "Check"}
WHOLE = "shop.v1.Catalog/Check"


@pytest.mark.parametrize(
    ("attributes", "name"),
    [
        (GRPC, "x"),
        ({"rpc.system.name": "grpc", "rpc.method": WHOLE}, "x"),
        ({"rpc.system.name": "grpc", "rpc.method": f"/{WHOLE}"}, "x"),
        ({"rpc.system": "grpc"}, WHOLE),
        ({}, WHOLE),
        ({}, f"/{WHOLE}"),
        ({}, f"grpc.{WHOLE}"),
        ({}, f"Sent.{WHOLE}"),
        ({"component": "gRPC"}, f"/{WHOLE}"),
        ({"grpc.service": "shop.v1.Catalog", "grpc.method": "Check"}, "x"),
        ({"http.method": "POST", "http.url": f"http://a:1/{WHOLE}"}, WHOLE),
    ],
)
@pytest.mark.parametrize("kind", [SpanKind.CLIENT, SpanKind.SERVER])
def test_a_call_is_named_in_short_and_in_full(
    said: Any, attributes: Any, name: str, kind: SpanKind
) -> None:
    facts = said(attributes, kind, name)
    assert (facts.protocol, facts.label) == (Protocol.RPC, "Catalog/Check")
    assert facts.operation == WHOLE


@pytest.mark.parametrize(
    ("more", "outcome", "answer"),
    [
        ({"rpc.grpc.status_code": 0}, Outcome.OK, "OK"),
        ({"rpc.response.status_code": "OK"}, Outcome.OK, "OK"),
        ({"rpc.grpc.status_code": 13}, Outcome.ERROR, "INTERNAL (13)"),
        ({"status.code": "NotFound"}, Outcome.ERROR, "NOT_FOUND (5)"),
        ({"rpc.response.status_code": "not_a_code"}, Outcome.ERROR, "not_a_code"),
        ({"rpc.grpc.status_code": 99}, Outcome.ERROR, "99"),
        ({"rpc.grpc.status_code": 14}, Outcome.ERROR, "UNAVAILABLE (14)"),
        ({"rpc.jsonrpc.error_code": -32601}, Outcome.ERROR, "error -32601"),
        ({"http.status_code": 404}, Outcome.ERROR, "404 Not Found"),
        ({"http.status_code": 200}, Outcome.OK, "200 OK"),
        ({}, Outcome.OK, ""),
        ({"error": True}, Outcome.ERROR, ""),
    ],
)
def test_the_code_is_the_outcome(said: Any, more: Any, outcome: Outcome, answer: str) -> None:
    facts = said(GRPC | more)
    assert (facts.outcome, facts.answer) == (outcome, answer)


@pytest.mark.parametrize(
    ("code", "kind", "outcome"),
    [
        (14, "ECONNREFUSED", Outcome.UNANSWERED),
        (4, "TimeoutError", Outcome.UNANSWERED),
        (14, "ServiceUnavailable", Outcome.ERROR),
        (13, "TimeoutError", Outcome.ERROR),
    ],
)
def test_no_answer_is_said_only_where_the_error_says_it(
    said: Any, code: int, kind: str, outcome: Outcome
) -> None:
    assert said(GRPC | {"rpc.grpc.status_code": code, "error.type": kind}).outcome is outcome


@pytest.mark.parametrize("system", ["aws-api", "aws_api"])
def test_an_api_of_amazon_is_its_own_callee(said: Any, system: str) -> None:
    facts = said({"rpc.system": system, "rpc.service": "SQS", "rpc.method": "SendMessage"})
    assert (facts.callee, facts.label) == ("SQS", "SQS/SendMessage")


@pytest.mark.parametrize("name", ["GET /a/b", "orders/process", "a.b", "Check", "/", "a/b/c"])
def test_other_names_are_none_of_grpc(said: Any, name: str) -> None:
    assert said({}, name=name).protocol is not Protocol.RPC
