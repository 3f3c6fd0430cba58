"""One span, read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from otelhook.model import (
    AttributeValue,
    Event,
    Resource,
    Span,
    SpanId,
    SpanKind,
    Status,
    StatusCode,
    TraceId,
)
from otelhook.sequence.protocols.facts import Facts
from otelhook.sequence.protocols.reading import read


@pytest.fixture
def said() -> Callable[..., Facts]:
    """Read a span: its attributes, kind and name; ``failure`` is what its status says."""

    def reading(
        attributes: Mapping[str, AttributeValue],
        kind: SpanKind = SpanKind.CLIENT,
        name: str = "work",
        *,
        failure: str | None = None,
        exception: Any = None,
    ) -> Facts:
        status = Status() if failure is None else Status(StatusCode.ERROR, failure)
        events = () if exception is None else (Event(0, "exception", exception),)
        ids = (TraceId("1" * 32), SpanId("2" * 16), None)
        resource = Resource({"service.name": "shop"})
        return read(
            Span(*ids, name, kind, 0, 1, attributes, resource, status=status, events=events)
        )

    return reading
