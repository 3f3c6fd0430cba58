"""Real SDK spans."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

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
