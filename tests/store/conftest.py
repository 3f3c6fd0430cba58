"""A store on a clock of its own, and spans for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from otelhook.model import Resource, Scope, Span, SpanId, SpanKind, TraceId
from otelhook.store import Store


class Clock:
    """Nanoseconds, moved by hand."""

    def __init__(self) -> None:
        self.now = 1_000_000_000

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store(tmp_path: Path, clock: Clock) -> Iterator[Store]:
    with Store.open(tmp_path, clock=clock) as opened:
        yield opened


@pytest.fixture
def make_span() -> Callable[..., Span]:
    def make(trace: int = 1, span: int = 1, **changes: Any) -> Span:
        values: dict[str, Any] = {
            "trace_id": TraceId(f"{trace:032x}"),
            "span_id": SpanId(f"{span:016x}"),
            "parent_span_id": None,
            "name": "GET",
            "kind": SpanKind.SERVER,
            "start_time": 100 * trace + span,
            "end_time": 100 * trace + span + 10,
            "resource": Resource({"service.name": "image"}),
            "scope": Scope("otelhook", "1"),
        }
        return Span(**(values | changes))

    return make
