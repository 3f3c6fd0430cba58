"""Messages: which part of their way a span is, their destination, and what they carry."""

from __future__ import annotations

from typing import Any

import pytest

from otelhook.model import SpanKind
from otelhook.sequence.protocols.facts import Part
from otelhook.sequence.vocabulary import Protocol

KAFKA = {"messaging.system": "kafka", "messaging.destination.name": "orders"}
PRODUCER, CONSUMER = SpanKind.PRODUCER, SpanKind.CONSUMER
CLIENT, INTERNAL, NONE = SpanKind.CLIENT, SpanKind.INTERNAL, SpanKind.UNSPECIFIED


@pytest.mark.parametrize(
    ("attributes", "kind", "name", "expected"),
    [
        ({"messaging.operation": "publish"}, PRODUCER, "x", (Part.PUBLISH, PRODUCER)),
        ({"messaging.operation": "process"}, PRODUCER, "x", (Part.PUBLISH, PRODUCER)),
        ({"messaging.operation.type": "send"}, CLIENT, "x", (Part.PUBLISH, PRODUCER)),
        ({"messaging.operation.type": "receive"}, CLIENT, "x", (Part.RECEIVE, CONSUMER)),
        ({"messaging.operation.type": "settle"}, CLIENT, "x", (Part.SETTLE, CONSUMER)),
        ({"messaging.operation": "deliver"}, CONSUMER, "x", (Part.PROCESS, CONSUMER)),
        ({"messaging.operation": "RECEIVE"}, CONSUMER, "x", (Part.RECEIVE, CONSUMER)),
        ({}, PRODUCER, "orders", (Part.PUBLISH, PRODUCER)),
        ({}, CONSUMER, "orders", (Part.PROCESS, CONSUMER)),
        ({}, CONSUMER, "orders receive", (Part.RECEIVE, CONSUMER)),
        ({}, CONSUMER, "poll orders", (Part.RECEIVE, CONSUMER)),
        ({}, CONSUMER, "send orders", (Part.PROCESS, CONSUMER)),
        ({}, CLIENT, "publish orders", (Part.PUBLISH, PRODUCER)),
        ({}, NONE, "orders process", (Part.PROCESS, CONSUMER)),
        ({}, INTERNAL, "orders", (None, INTERNAL)),
    ],
)
def test_the_part_is_told_by_operation_kind_and_name(
    said: Any, attributes: Any, kind: SpanKind, name: str, expected: Any
) -> None:
    facts = said(KAFKA | attributes, kind, name)
    assert facts.protocol is Protocol.MESSAGING
    assert (facts.part, facts.kind) == expected


@pytest.mark.parametrize(
    ("attributes", "name", "destination"),
    [
        (KAFKA, "x", "orders"),
        ({"messaging.system": "kafka", "messaging.destination": "orders"}, "x", "orders"),
        ({"kafka.topic": "orders"}, "x", "orders"),
        ({"rabbit.queue": "orders"}, "x", "orders"),
        (
            {"messaging.destination.name": "<default>"}
            | {"messaging.rabbitmq.destination.routing_key": "orders"},
            "x",
            "orders",
        ),
        ({"messaging.system": "kafka"}, "orders publish", "orders"),
        ({"messaging.system": "kafka"}, "publish orders", "orders"),
        ({"messaging.system": "kafka"}, "publish send", ""),
        ({"messaging.system": "kafka"}, "a b c", ""),
    ],
)
def test_the_destination_is_a_queue_s_or_a_topic_s_name(
    said: Any, attributes: Any, name: str, destination: str
) -> None:
    assert said(attributes, PRODUCER, name).destination == destination


def test_a_message_has_its_headers_and_its_body(said: Any) -> None:
    request = said(
        KAFKA
        | {"messaging.message.header.X-Tenant": ("a", "b"), "messaging.kafka.message.key": "k"}
        | {"messaging.message.body": '{"id": 1}'},
        PRODUCER,
    ).request
    assert [(header.name, header.value) for header in request.headers] == [
        ("x-tenant", "a"),
        ("x-tenant", "b"),
        ("kafka.message.key", "k"),
    ]
    assert (request.body.content, request.body.content_type) == ('{"id": 1}', "application/json")


@pytest.mark.parametrize("kind", [PRODUCER, CONSUMER])
def test_an_rpc_through_a_queue_is_an_rpc(said: Any, kind: SpanKind) -> None:
    call = {"rpc.system": "oslo", "rpc.method": "build", "messaging.system": "rabbitmq"}
    assert said(call, kind).protocol is Protocol.RPC


def test_a_broker_is_named_with_its_queue(said: Any) -> None:
    assert said(KAFKA, PRODUCER).callee == "kafka orders"
    assert said({"peer.service": "kafka-1", "messaging.x": "1"}, PRODUCER).callee == "kafka"
    assert said({"messaging.x": "1", "server.address": "mq"}, PRODUCER).callee == "mq"
