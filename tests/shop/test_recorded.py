"""Documents made of what the shop's services and HotROD sent.

``make shop WHAT=record`` writes the traces anew; ids, times and ports are then others.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from deploy.shop.checking import document
from deploy.shop.comparing import drawn, faults
from deploy.shop.listed import Order, listed
from deploy.shop.recording import RECORDED
from otelhook.model import Span
from otelhook.settings import Settings
from otelhook.sources import open_source
from tests.evaluation.figure import evaluated

ORDERS = listed()


def recorded(name: str) -> tuple[Span, ...]:
    source = open_source(f"otlp:{RECORDED / name}.jsonl", Settings())
    (trace_id,) = source.newest(10)
    return tuple(source.trace(trace_id).spans)


@pytest.mark.parametrize("order", ORDERS, ids=lambda order: order.name)
def test_each_service_that_is_listed_recorded_something(order: Order) -> None:
    seen = {str(span.resource.attributes["service.name"]) for span in recorded(order.name)}
    assert seen == set(order.services)


def test_four_languages_were_instrumented_with_what_they_have() -> None:
    made = {
        (span.resource.attributes["telemetry.sdk.language"], span.scope.name.split("/")[0])
        for span in recorded("good")
    }
    assert {
        ("nodejs", "@opentelemetry"),
        ("go", "go.opentelemetry.io"),
        ("go", "github.com"),
        ("java", "io.opentelemetry.jdbc"),
        ("java", "io.opentelemetry.kafka-clients-0.11"),
        ("python", "opentelemetry.instrumentation.fastapi"),
    } < made
    assert not any(scope.startswith("otelhook") for _, scope in made)


@pytest.mark.parametrize("order", ORDERS, ids=lambda order: order.name)
def test_a_document_says_what_was_listed_before_it_was_drawn(order: Order) -> None:
    source = f"otlp:{RECORDED / order.name}.jsonl"
    assert faults(order, drawn(document(source, "latest"))) == []


@pytest.mark.parametrize("file", sorted(RECORDED.glob("*.jsonl")), ids=lambda file: file.stem)
def test_nothing_is_wrong_or_lost_by_the_spans_alone(file: Path) -> None:
    result = evaluated(file)
    assert {each.verdict for each in result.verdicts} == {"shown"}
    assert not result.extra
