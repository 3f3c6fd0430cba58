"""A store and spools beside it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from otelhook.model import Resource, Span, SpanId, SpanKind, TraceId
from otelhook.otlp import encode_traces, frame
from otelhook.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path, clock=lambda: 1_000) as opened:
        yield opened


@pytest.fixture
def spool_folder(tmp_path: Path) -> Path:
    folder = tmp_path / "spool"
    folder.mkdir()
    return folder


@pytest.fixture
def record() -> Callable[..., bytes]:
    """Make a record of one span: trace and span id are its number."""

    def make(number: int, *, name: str = "GET", body: str = "") -> bytes:
        span = Span(
            TraceId(f"{number:032x}"),
            SpanId(f"{number:016x}"),
            None,
            name,
            SpanKind.SERVER,
            number,
            number + 1,
            attributes={"http.request.body.content": body} if body else {},
            resource=Resource({"service.name": "image"}),
        )
        return frame(encode_traces([span]))

    return make
