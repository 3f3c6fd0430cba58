"""The lists of messages that were written by hand, and how they are read."""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy.harness.errors import HarnessError
from deploy.shop.listed import Message, Order, listed, read_message

ORDERS = listed()


def test_four_orders_are_listed() -> None:
    assert [(order.name, order.status) for order in ORDERS] == [
        ("good", 201),
        ("out-of-stock", 409),
        ("refused", 500),
        ("broker-down", 503),
    ]


@pytest.mark.parametrize("order", ORDERS, ids=lambda order: order.name)
def test_each_listed_answer_is_one_to_an_open_request(order: Order) -> None:
    for thread in order.threads:
        stack: list[Message] = []
        for message in thread:
            if not message.answer:
                stack.append(message)
                continue
            while (asked := stack.pop()).source != message.target:
                assert asked.text in ("publish", "deliver"), f"{asked} has no answer"
            assert (asked.source, asked.target) == (message.target, message.source)
        assert all(one.text in ("publish", "deliver") for one in stack)


@pytest.mark.parametrize("order", ORDERS, ids=lambda order: order.name)
def test_the_customer_gets_the_status_that_is_listed(order: Order) -> None:
    (last,) = [one for one in order.threads[0] if one.answer and one.target == "(customer)"]
    assert last.text == str(order.status)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("a -> b: GET /x", Message("a", "b", answer=False, text="GET /x")),
        ("  a --> b: 200", Message("a", "b", answer=True, text="200")),
        ("kafka orders -> b: deliver", Message("kafka orders", "b", answer=False, text="deliver")),
        ("a --> b: X (9): no: more", Message("a", "b", answer=True, text="X (9): no: more")),
    ],
)
def test_a_line_is_a_message(line: str, message: Message) -> None:
    assert read_message(line) == message
    assert str(message) == line.strip()


@pytest.mark.parametrize("line", ["", "a b: GET /x", "a -> b", "a ->b: GET /x", "-> b: GET /x"])
def test_a_line_that_is_none_says_how_one_looks(line: str) -> None:
    with pytest.raises(HarnessError, match=r"is not of the form 'A -> B: OPERATION'"):
        read_message(line)


def test_a_file_with_a_line_that_is_no_message_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "orders.toml"
    file.write_text("[x]\narticle = ''\nstatus = 1\nservices = []\nmessages = 'a => b: c'\n")
    with pytest.raises(HarnessError, match=r"'a => b: c' is not of the form"):
        listed(file)
