"""Messages through a broker: each is published once and delivered to whoever took it."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import pytest

ORDERS = {"messaging.system": "kafka", "messaging.destination.name": "orders"}
PUBLISHED = "shop -> kafka orders: publish orders"
DELIVERED = "kafka orders -> mail: deliver orders"


def did(operation: str) -> dict[str, str]:
    return {**ORDERS, "messaging.operation.type": operation}


@pytest.mark.parametrize("how", ["parent", "link", "both"])
def test_a_delivery_follows_its_publication_by_parent_or_by_link(trace: Any, how: str) -> None:
    trace.span(1, "shop", "PRODUCER", did("send"))
    parent, links = (0 if how == "link" else 1), (() if how == "parent" else (1,))
    trace.span(2, "mail", "CONSUMER", did("process"), parent=parent, links=links)
    assert trace.requests == [PUBLISHED, DELIVERED]


@pytest.mark.parametrize("how", ["parent", "link"])
@pytest.mark.parametrize(
    "said", [{}, ORDERS, {"faas.name": "resize"}, {**ORDERS, "messaging.operation": "process"}]
)
def test_a_function_that_messages_trigger_takes_a_delivery(
    trace: Any, how: str, said: dict[str, str]
) -> None:
    """Functions record a SERVER span, whatever invoked them (conventions, "FaaS spans")."""
    trace.span(1, "shop", "PRODUCER", did("send"))
    parent, links = (0, (1,)) if how == "link" else (1, ())
    triggered = {"faas.trigger": "pubsub", **said}
    trace.span(2, "mail", "SERVER", triggered, parent=parent, links=links, name="orders")
    assert trace.requests == [PUBLISHED, DELIVERED]


@pytest.mark.parametrize("trigger", ["http", "timer", "datasource", "other"])
def test_a_function_that_something_else_triggers_is_called(trace: Any, trigger: str) -> None:
    trace.span(1, "shop", "CLIENT", {"faas.invoked_name": "resize"}, name="resize")
    trace.span(2, "mail", "SERVER", {"faas.trigger": trigger}, parent=1, name="resize")
    assert trace.requests == ["shop -> mail: invoke resize"]


def test_all_consumers_of_a_topic_are_drawn(trace: Any) -> None:
    trace.span(1, "shop", "PRODUCER", did("send"))
    for number, service in enumerate(("mail", "bill", "stock"), 2):
        trace.span(number, service, "CONSUMER", did("process"), links=(1,))
    assert [line.partition(":")[0] for line in trace.requests] == [
        "shop -> kafka orders",
        *(f"kafka orders -> {service}" for service in ("mail", "bill", "stock")),
    ]


def test_a_batch_comes_after_all_that_it_takes(trace: Any) -> None:
    for number in (1, 2, 3):
        trace.span(number, "shop", "PRODUCER", did("send"), at=(number * 10, number * 10 + 1))
    trace.span(4, "mail", "CONSUMER", did("process"), links=(1, 2, 3), at=(5, 90))
    assert trace.requests == [PUBLISHED] * 3 + [DELIVERED]


@pytest.mark.parametrize("order", list(permutations((1, 2, 3))))
def test_receiving_and_processing_within_each_other_are_one_delivery(
    trace: Any, order: tuple[int, ...]
) -> None:
    trace.span(1, "shop", "PRODUCER", did("send"))
    trace.span(2, "mail", "CONSUMER", did("receive"), links=(1,))
    trace.span(3, "mail", "CONSUMER", did("process"), parent=2, links=(1,))
    trace.spans = [trace.spans[number - 1] for number in order]
    assert trace.requests == [PUBLISHED, DELIVERED]


@pytest.mark.parametrize("first", ["receive", "process"])
def test_receiving_and_processing_beside_each_other_are_one_delivery(
    trace: Any, first: str
) -> None:
    second = {"receive": "process", "process": "receive"}[first]
    trace.span(1, "shop", "PRODUCER", did("send"))
    trace.span(2, "mail", "CONSUMER", did(first), links=(1,))
    trace.span(3, "mail", "CONSUMER", did(second), links=(1,))
    assert trace.requests == [PUBLISHED, DELIVERED]


def test_processing_that_links_to_its_receiving_is_one_delivery(trace: Any) -> None:
    trace.span(1, "shop", "PRODUCER", did("send"))
    trace.span(2, "mail", "CONSUMER", did("receive"), links=(1,))
    trace.span(3, "mail", "CONSUMER", did("process"), links=(2,))
    assert trace.requests == [PUBLISHED, DELIVERED]


def test_a_message_that_is_processed_twice_is_delivered_twice(trace: Any) -> None:
    trace.span(1, "shop", "PRODUCER", did("send"))
    for number in (2, 3):
        trace.span(number, "mail", "CONSUMER", did("process"), links=(1,))
    assert trace.requests == [PUBLISHED, DELIVERED, DELIVERED]


def test_a_received_batch_whose_messages_are_processed_is_a_delivery_of_each(trace: Any) -> None:
    for number in (1, 2):
        trace.span(number, "shop", "PRODUCER", did("send"), at=(number, number + 1))
    trace.span(3, "mail", "CONSUMER", did("receive"), links=(1, 2), at=(10, 90))
    for number in (4, 5):
        at = (number * 10, number * 10 + 5)
        trace.span(number, "mail", "CONSUMER", did("process"), parent=3, links=(number - 3,), at=at)
    assert trace.requests == [PUBLISHED] * 2 + [DELIVERED] * 2
    assert trace.document.counts.details == 1


def test_creating_and_sending_are_one_publication(trace: Any) -> None:
    trace.span(1, "shop", "PRODUCER", did("create"))
    trace.span(2, "shop", "CLIENT", did("send"), links=(1,))
    trace.span(3, "mail", "CONSUMER", did("process"), links=(1,))
    assert trace.requests == [PUBLISHED, DELIVERED]


def test_a_consumer_before_its_producer_by_clock_comes_after_it(trace: Any) -> None:
    trace.span(1, "shop", "PRODUCER", did("send"), at=(5_000, 5_001))
    trace.span(2, "mail", "CONSUMER", did("process"), links=(1,), at=(10, 20))
    assert trace.requests == [PUBLISHED, DELIVERED]


def test_what_a_consumer_publishes_follows_its_delivery(trace: Any) -> None:
    trace.span(1, "shop", "PRODUCER", did("send"))
    trace.span(2, "mail", "CONSUMER", did("process"), links=(1,))
    more = {"messaging.system": "kafka", "messaging.destination.name": "sent"}
    trace.span(3, "mail", "PRODUCER", more, parent=2)
    assert trace.requests == [PUBLISHED, DELIVERED, "mail -> kafka sent: publish sent"]


@pytest.mark.parametrize(
    "links",
    [
        {1: (2,), 2: (1,)},
        {1: (1,), 2: (2,)},
        {1: (4,), 2: (1,), 3: (2,), 4: (3,)},
        {1: (1, 2, 3, 4), 2: (1, 2, 3, 4), 3: (1, 2, 3, 4), 4: (1, 2, 3, 4)},
    ],
)
@pytest.mark.parametrize("operation", ["send", "create", "process", "receive"])
def test_cycles_of_links_are_cut_and_every_span_is_told_of(
    trace: Any, links: dict[int, tuple[int, ...]], operation: str
) -> None:
    for number, linked in links.items():
        kind = "PRODUCER" if number % 2 else "CONSUMER"
        told = did("send" if number % 2 else operation)
        trace.span(number, f"s{number}", kind, told, links=linked, parent=(number + 1) % 5)
    document = trace.document
    counts = document.counts
    assert counts.drawn + counts.internal + counts.details == len(links)
    assert document.steps


def test_links_to_what_is_not_there_are_harmless(trace: Any) -> None:
    trace.span(1, "shop", "PRODUCER", did("send"), links=(77,))
    trace.span(2, "mail", "CONSUMER", did("process"), links=(78, 1, 79))
    assert trace.requests == [PUBLISHED, DELIVERED]


def test_a_delivery_whose_publication_is_not_there_comes_from_its_queue(trace: Any) -> None:
    trace.span(2, "mail", "CONSUMER", did("process"), links=(1,))
    assert trace.requests == [DELIVERED]


def test_a_settlement_is_a_detail_of_the_delivery(trace: Any) -> None:
    trace.span(1, "shop", "PRODUCER", did("send"))
    trace.span(2, "mail", "CONSUMER", did("process"), links=(1,))
    trace.span(3, "mail", "CLIENT", did("settle"), parent=2)
    assert trace.requests == [PUBLISHED, DELIVERED]
    assert trace.document.counts.details == 1


def test_a_request_over_a_queue_is_answered(trace: Any) -> None:
    call = {"rpc.system": "oslo", "rpc.method": "build", "messaging.system": "rabbitmq"}
    trace.span(1, "api", "CLIENT", call)
    trace.span(2, "worker", "SERVER", call, parent=1)
    assert trace.arrows == ["api -> worker: build", "worker -> api: OK build"]
