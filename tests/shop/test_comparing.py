"""A document that says something else than the list is told so, message by message."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from deploy.shop.comparing import drawn, faults, same_message
from deploy.shop.listed import Message, Order, read_message

LISTED = """
(customer) -> front: POST /orders
front -> orders: Catalog/Check
orders -> postgresql shop: INSERT orders
postgresql shop --> orders: answered
orders -> kafka orders: publish
orders --> front: OK
front --> (customer): 201

kafka orders -> shipping: deliver
shipping -> openai: chat model-a
openai --> shipping: answered
"""
DRAWN = """
curl/8 -> front: POST /orders
front -> orders: gRPC Catalog/Check
orders -> postgresql 127.0.0.1:5432/shop: INSERT orders
postgresql 127.0.0.1:5432/shop --> orders: 1 row
orders -> kafka/orders: publish orders
kafka/orders -> shipping: process
orders --> front: OK
shipping -> openai 127.0.0.1:8080: chat model-a
front --> curl/8: 201 Created
openai 127.0.0.1:8080 --> shipping: 26 tokens
"""


def order(text: str = LISTED) -> Order:
    threads = [block.splitlines() for block in text.strip().split("\n\n")]
    read = tuple(tuple(read_message(line) for line in thread) for thread in threads)
    return Order("x", "lamp", 201, (), read)


def messages() -> list[Message]:
    return [read_message(line) for line in lines(DRAWN)]


def lines(text: str) -> list[str]:
    return text.strip().splitlines()


def moved(line: int, to: int) -> list[Message]:
    made = messages()
    made.insert(to, made.pop(line))
    return made


def test_a_document_equals_its_list_however_its_deliveries_come_between() -> None:
    assert faults(order(), messages()) == []
    assert faults(order(), moved(5, 9)) != []  # nobody works before the delivery
    assert faults(order(), moved(5, 6)) == []
    assert faults(order(), moved(9, 8)) == []


@pytest.mark.parametrize("line", range(len(lines(DRAWN))))
def test_a_message_that_is_lost_is_named(line: int) -> None:
    made = messages()
    del made[line]
    (fault,) = faults(order(), made)
    assert fault.startswith("missing: ")


@pytest.mark.parametrize(
    "more",
    [
        "orders -> orders: publish",
        "shipping -> openai 127.0.0.1:8080: POST /v1/chat/completions",
        "orders -> postgresql 127.0.0.1:5432/shop: connect",
        "front --> curl/8: 201 Created",
    ],
)
def test_a_message_too_many_is_named(more: str) -> None:
    made = [*messages(), read_message(more)]
    assert faults(order(), made) == [f"not in the list: {more}"]


@pytest.mark.parametrize(("line", "to"), [(0, 1), (3, 2), (5, 3), (8, 2), (9, 7), (6, 0)])
def test_another_order_is_told(line: int, to: int) -> None:
    told = ["all messages are there, in another order than listed"]
    assert faults(order(), moved(line, to)) == told


@pytest.mark.parametrize(
    ("listed", "seen"),
    [
        ("a -> b: GET /x", "a -> c: GET /x"),
        ("a -> b: GET /x", "c -> b: GET /x"),
        ("a -> b: GET /x", "a -> b: GET /x/y"),
        ("a -> b: GET /x", "a -> b: GET"),
        ("a -> b: GET /x", "b --> a: GET /x"),
        ("a -> postgresql shop: INSERT t", "a -> postgresql: INSERT t"),
        ("a -> postgresql shop: INSERT t", "a -> postgresql shop: INSERT shop.t"),
        ("a -> kafka orders: publish", "a -> orders: publish"),
        ("a -> kafka orders: publish", "a -> kafka orders: process"),
        ("b --> a: 201", "b --> a: 500 Internal Server Error"),
        ("b --> a: 201", "b --> a: "),
        ("b --> a: OK", "b --> a: 2 OK"),
        ("b --> a: X (9): none left", "b --> a: X (9)"),
    ],
)
def test_what_differs_is_another_message(listed: str, seen: str) -> None:
    assert not same_message(read_message(listed), _seen(seen))


@pytest.mark.parametrize(
    ("listed", "seen"),
    [
        ("(x) -> b: GET /x", "unknown -> b: GET /x"),
        ("a -> redis: get", "a -> redis 127.0.0.1:6379: GET stock:lamp"),
        ("a -> rabbitmq mail: publish", "a -> rabbitmq queue mail: send mail"),
        ("rabbitmq mail -> a: deliver", "rabbitmq 127.0.0.1:5672 mail -> a: receive"),
        ("b --> a: 503", "b --> a: 503 Service Unavailable"),
    ],
)
def test_addresses_and_keys_make_no_difference(listed: str, seen: str) -> None:
    assert same_message(read_message(listed), _seen(seen))


def _seen(line: str) -> Message:
    return read_message(line) if line[-1] != " " else replace(read_message(f"{line}?"), text="")


def test_an_answer_is_no_failure_and_a_failure_says_why() -> None:
    answered = read_message("b --> a: answered")
    refused = read_message("b --> a: TimeoutException")
    failure = replace(read_message("b --> a: TimeoutException: Topic x not present"), failed=True)
    assert not same_message(answered, failure)
    assert same_message(refused, failure)
    assert not same_message(refused, replace(failure, text="no answer"))
    assert not same_message(refused, replace(failure, failed=False))


ASKED = {"kind": "request", "source": "a", "target": "b", "outcome": None}
TOLD = {"kind": "response", "source": "b", "target": "a", "outcome": "error"}
SILENT = {"method": "", "status_code": None, "reason": "", "error": "", "answer": "", "message": ""}


@pytest.mark.parametrize(
    ("step", "messages"),
    [
        (
            ASKED | {"protocol": "http", "method": "GET", "label": "/x"},
            [Message("a", "b", answer=False, text="GET /x")],
        ),
        (
            ASKED | {"protocol": "model", "method": "POST", "label": "chat m"},
            [Message("a", "b", answer=False, text="chat m")],
        ),
        (
            TOLD | {"status_code": 404, "reason": "Not Found"},
            [Message("b", "a", answer=True, text="404 Not Found", failed=True)],
        ),
        (
            TOLD | {"answer": "X (9)", "message": "none left"},
            [Message("b", "a", answer=True, text="X (9): none left", failed=True)],
        ),
        (
            TOLD | {"answer": "1 row", "outcome": "ok"},
            [Message("b", "a", answer=True, text="1 row")],
        ),
        (
            ASKED | {"protocol": "messaging", "label": "publish", "outcome": "unanswered"},
            [
                Message("a", "b", answer=False, text="publish"),
                Message("b", "a", answer=True, text="", failed=True),
            ],
        ),
    ],
)
def test_messages_are_read_from_a_document(step: dict[str, Any], messages: list[Message]) -> None:
    assert drawn({"steps": [SILENT | step]}) == messages
