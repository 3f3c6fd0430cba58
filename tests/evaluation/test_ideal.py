"""The messages that the best renderer would draw of some traces, in the order it would."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.evaluation.comparing import named
from tests.evaluation.feeding import documents_of
from tests.evaluation.reading import read_file

INPUTS = Path(__file__).parent / "inputs"
SHARED = Path(__file__).parents[3] / "shared" / "traces" / "public"
CHECKOUT = (
    ("?", "request", "frontend", "POST /api/checkout"),
    ("frontend", "request", "checkoutservice", "CheckoutService/PlaceOrder"),
    ("checkoutservice", "request", "CartService", "CartService/GetCart"),
    ("CartService", "failed", "checkoutservice", "UNAVAILABLE", "connection error: desc"),
    ("checkoutservice", "failed", "frontend", "INTERNAL", "cart failure: failed to get user cart"),
    ("frontend", "response", "?", "500"),
)
FAILED_REQUEST = (
    ("till", "request", "cashier", "POST /desk-9"),
    ("cashier", "request", "till-db", "INSERT", "receipt"),
    ("till-db", "failed", "cashier", 'null value in column "total"'),
    ("cashier", "request", "log-box", "POST /api/push"),
    ("cashier", "response", "till", "500"),
    ("log-box", "response", "cashier", "204"),
)
AGENT = (
    ("coding-agent", "request", "example-ai", "chat model-a"),
    ("example-ai", "response", "coding-agent", "260"),
    ("coding-agent", "request", "mcp-gateway", "list_dashboards"),
    ("mcp-gateway", "response", "coding-agent", '"rows":12'),
)
KAFKA = (
    ("servicea", "request", "messages", "messages"),
    ("messages", "failed", "serviceb", "some error"),
    ("messages", "request", "servicea", "messages"),
    ("servicea", "request", "central.messages", "central.messages"),
    ("servicea", "request", "command-messages", "command-messages"),
)


def steps_of(path: Path) -> list[Mapping[str, Any]]:
    if not path.exists():
        pytest.skip(f"needs ../shared/traces/public/{path.name}")
    documents, _ = documents_of(path, read_file(path))
    (document,) = documents.values()
    return list(document["steps"])


def is_drawn(step: Mapping[str, Any], message: tuple[str, ...]) -> bool:
    source, kind, target, *words = message
    ends = (step["source"], step["target"])
    said = json.dumps(step, ensure_ascii=False).replace('\\"', '"')
    said += f" {step['method']} {step['path']} {step['label']}"
    failed = step["kind"] == "failure" or step["outcome"] == "error"
    kinds = {step["kind"], "failed"} if failed else {step["kind"]}
    return (
        (_are(ends, source, target) or (kind == "failed" and _are(ends, target, source)))
        and kind in kinds
        and all(word in said for word in words)
    )


def _are(ends: tuple[str, str], *wanted: str) -> bool:
    pairs = zip(wanted, ends, strict=True)
    return all(each == "?" or named(name, each) for each, name in pairs)


def missing_of(steps: list[Mapping[str, Any]], messages: tuple[tuple[str, ...], ...]) -> list[str]:
    """Return the messages that do not come, each after the one before it."""
    at, missing = 0, []
    for message in messages:
        found = next((i for i in range(at, len(steps)) if is_drawn(steps[i], message)), None)
        if found is None:
            missing.append(" ".join(message))
        else:
            at = found + 1
    return missing


def test_a_failed_checkout_says_who_failed_whom_and_why() -> None:
    assert missing_of(steps_of(SHARED / "otel-demo-checkout.json"), CHECKOUT) == []


def test_a_failed_statement_is_told_before_the_request_that_failed_for_it() -> None:
    assert missing_of(steps_of(INPUTS / "ideal-failed-request.json"), FAILED_REQUEST) == []


@pytest.mark.parametrize("message", AGENT, ids=" ".join)
def test_an_agent_asks_a_model_and_a_tool(message: tuple[str, ...]) -> None:
    # One by one: the sample's clocks say that the tool ran while the model was still answering.
    assert missing_of(steps_of(SHARED / "jaeger-ui-genai.json"), (message,)) == []


@pytest.mark.parametrize("message", KAFKA, ids=" ".join)
def test_a_topic_stands_between_who_publishes_and_who_takes(message: tuple[str, ...]) -> None:
    assert missing_of(steps_of(SHARED / "zipkin-messaging-kafka.json"), (message,)) == []
