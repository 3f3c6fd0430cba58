"""Real SDK spans, and spools read back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from otelhook.model import Span
from otelhook.otlp import Record, decode_traces, read_records

MakeSpans = Callable[..., list[ReadableSpan]]


@pytest.fixture
def make_spans() -> Iterator[MakeSpans]:
    """Make finished root spans: their number, the size of a body attribute, their name."""
    memory = InMemorySpanExporter()
    provider = TracerProvider(resource=Resource({"service.name": "image"}), shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(memory))
    tracer = provider.get_tracer("tests")

    def make(count: int = 1, *, body: int = 0, name: str = "GET") -> list[ReadableSpan]:
        memory.clear()
        for _ in range(count):
            with tracer.start_as_current_span(
                name, attributes={"http.request.body.content": "x" * body}
            ):
                pass
        return list(memory.get_finished_spans())

    yield make
    provider.shutdown()


@pytest.fixture
def read_spools() -> Callable[[Path], list[Span]]:
    """Read all spans of all spools of a folder; every byte must belong to a whole record."""

    def read(folder: Path) -> list[Span]:
        spans: list[Span] = []
        for path in sorted(folder.glob("*.otlp")):
            with path.open("rb") as file:
                for found in read_records(file, 0, path.stat().st_size):
                    if isinstance(found, Record):
                        spans += decode_traces(found.data)
                    else:
                        assert found.remaining == 0
        return spans

    return read
