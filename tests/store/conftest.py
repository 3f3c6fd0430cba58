"""A store on a clock of its own, and spans for it."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

from otelhook.model import Resource, Scope, Span, SpanId, SpanKind, TraceId
from otelhook.store import Store
from tests.store.layouts import LAYOUTS, Batches


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


@pytest.fixture(scope="session", params=list(LAYOUTS))
def keep(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[Batches], AbstractContextManager[Store]]:
    """Put spans into a store of their own, in one of the ways that there are, and open it."""
    numbers = itertools.count()

    def open_store(batches: Batches) -> Store:
        folder = tmp_path_factory.mktemp(f"store{next(numbers)}")
        LAYOUTS[request.param](folder, batches)
        return Store.open(folder, clock=lambda: 1)

    return open_store
