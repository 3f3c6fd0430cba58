"""A batch processor bounded in bytes."""

from __future__ import annotations

import logging
import os
import threading
import time
from collections.abc import Callable, Iterator, Sequence

import pytest
from opentelemetry.instrumentation.utils import is_instrumentation_enabled
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF

from otelhook.exporters import ByteBoundedProcessor, Reason
from tests.waiting import wait_until


class Receiving(SpanExporter):
    """Keeps what it gets; a gate that is shut holds it within an export."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.gate = threading.Event()
        self.gate.set()
        self.shutdowns = 0
        self.instrumented: list[bool] = []
        self.fault: Exception | None = None
        self.seen: Callable[[Sequence[ReadableSpan]], object] = len

    @property
    def names(self) -> list[str]:
        return [name for batch in self.batches for name in batch]

    def export(self, spans: Sequence[ReadableSpan]):
        self.instrumented.append(is_instrumentation_enabled())
        self.gate.wait(20)
        if self.fault:
            raise self.fault
        self.seen(spans)
        self.batches.append([span.name for span in spans])
        return SpanExportResult.SUCCESS

    def shutdown(self) -> None:
        self.shutdowns += 1


Span = Callable[..., ReadableSpan]


@pytest.fixture
def receiving() -> Receiving:
    return Receiving()


@pytest.fixture
def processor(receiving: Receiving) -> Iterator[ByteBoundedProcessor]:
    made = ByteBoundedProcessor(receiving, delay_seconds=0.01, max_bytes=100_000)
    yield made
    receiving.gate.set()
    made.shutdown()


@pytest.fixture
def end(processor: ByteBoundedProcessor) -> Iterator[Callable[..., None]]:
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(processor)
    tracer = provider.get_tracer("tests")

    def end_span(name: str, *, body: int = 0) -> None:
        tracer.start_span(name, attributes={"body": "x" * body}).end()

    yield end_span
    provider.shutdown()


def test_spans_are_exported_soon_and_in_order(
    receiving: Receiving, end: Callable[..., None]
) -> None:
    for number in range(5):
        end(f"{number}")
    wait_until(lambda: len(receiving.names) == 5, "all are exported")
    assert receiving.names == ["0", "1", "2", "3", "4"]
    end("later")
    wait_until(lambda: receiving.names[-1] == "later", "the later one is exported")


def test_a_flush_exports_what_is_queued(
    receiving: Receiving, end: Callable[..., None], processor: ByteBoundedProcessor
) -> None:
    end("one")
    assert processor.force_flush()
    assert receiving.names == ["one"]


def test_a_span_that_finds_the_queue_full_is_dropped_counted_and_said_once(
    receiving: Receiving,
    end: Callable[..., None],
    processor: ByteBoundedProcessor,
    caplog: pytest.LogCaptureFixture,
) -> None:
    receiving.gate.clear()
    with caplog.at_level(logging.WARNING):
        for number in range(10):
            end(f"{number}", body=30_000)
        assert processor.counts.dropped_by == {Reason.QUEUE_FULL: 7}
        assert processor._bytes <= 100_000
        assert len(caplog.records) == 1
        receiving.gate.set()
        processor.force_flush()
        end("room again")
        processor.force_flush()
    assert receiving.names == ["0", "1", "2", "room again"]
    assert processor._bytes == 0


def test_small_spans_are_exported_in_batches_of_bounded_number(
    receiving: Receiving, processor: ByteBoundedProcessor, end: Callable[..., None]
) -> None:
    processor._max_bytes = 10**9
    receiving.gate.clear()
    for number in range(1000):
        end(f"{number}")
    receiving.gate.set()
    processor.force_flush()
    wait_until(lambda: len(receiving.names) == 1000, "all are exported")
    assert max(len(batch) for batch in receiving.batches) <= 256


def test_shutdown_exports_what_is_left_and_happens_once(
    receiving: Receiving, end: Callable[..., None], processor: ByteBoundedProcessor
) -> None:
    end("last")
    processor.shutdown()
    processor.shutdown()
    end("too late")
    assert receiving.names == ["last"]
    assert receiving.shutdowns == 1


def test_an_exporter_that_hangs_holds_neither_flush_nor_shutdown_for_long(
    receiving: Receiving,
    end: Callable[..., None],
    processor: ByteBoundedProcessor,
    caplog: pytest.LogCaptureFixture,
) -> None:
    receiving.gate.clear()
    end("hangs")
    wait_until(lambda: receiving.instrumented == [False], "it is exported")
    end("left")
    begun = time.monotonic()
    assert not processor.force_flush(50)
    processor.shutdown(50)
    assert time.monotonic() - begun < 5
    assert processor.counts.dropped_by == {Reason.ENDED: 2}
    assert "2 spans were lost" in caplog.text
    assert receiving.shutdowns == 1


def test_an_exporter_that_raises_loses_its_batch_and_nothing_else(
    receiving: Receiving,
    end: Callable[..., None],
    processor: ByteBoundedProcessor,
    caplog: pytest.LogCaptureFixture,
) -> None:
    receiving.fault = RuntimeError("broken")
    with caplog.at_level(logging.WARNING):
        end("lost")
        processor.force_flush()
    wait_until(
        lambda: "spans are dropped (exporter failed: broken)" in caplog.text, "the log reports it"
    )
    assert processor.counts.dropped_by == {Reason.NOT_EXPORTED: 1}
    receiving.fault = None
    end("kept")
    processor.force_flush()
    wait_until(lambda: receiving.names == ["kept"], "it is exported")


def test_our_own_traffic_is_not_instrumented(
    receiving: Receiving, end: Callable[..., None], processor: ByteBoundedProcessor
) -> None:
    end("one")
    processor.force_flush()
    wait_until(lambda: receiving.instrumented == [False], "it is exported")


def test_spans_that_are_not_sampled_are_not_exported(
    receiving: Receiving, processor: ByteBoundedProcessor
) -> None:
    provider = TracerProvider(sampler=ALWAYS_OFF, shutdown_on_exit=False)
    provider.add_span_processor(processor)
    provider.get_tracer("tests").start_span("off").end()
    processor.force_flush()
    assert receiving.names == []


def test_no_thread_runs_before_the_first_span(processor: ByteBoundedProcessor) -> None:
    assert processor._thread is None


@pytest.mark.filterwarnings("ignore:This process:DeprecationWarning")
def test_a_forked_child_begins_with_an_empty_queue_and_exports_its_own(
    receiving: Receiving, end: Callable[..., None], processor: ByteBoundedProcessor
) -> None:
    receiving.gate.clear()
    end("parent")
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            receiving.gate = threading.Event()
            receiving.gate.set()
            end("child")
            processor.force_flush()
            os.write(writing, ",".join(receiving.names).encode())
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    os.close(writing)
    assert os.read(reading, 100) == b"child"
    os.close(reading)
    receiving.gate.set()
    processor.force_flush()
    wait_until(lambda: receiving.names == ["parent"], "the parent's is exported")


def test_bodies_are_left_out_before_a_span_is_dropped_newest_first(
    receiving: Receiving, processor: ByteBoundedProcessor, caplog: pytest.LogCaptureFixture
) -> None:
    received: list[dict[str, object]] = []
    receiving.seen = lambda spans: received.extend(dict(s.attributes or {}) for s in spans)
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(processor)
    tracer = provider.get_tracer("tests")
    receiving.gate.clear()
    with caplog.at_level(logging.WARNING):
        for number in range(10):
            attributes: dict[str, str | int] = {
                "n": number,
                "http.request.body.content": "x" * 30_000,
            }
            tracer.start_span("PUT", attributes=attributes).end()
        assert processor._bytes <= 100_000
    receiving.gate.set()
    processor.force_flush()
    assert [attributes["n"] for attributes in received] == list(range(10))
    whole = ["http.request.body.content" in attributes for attributes in received]
    assert whole[0]
    assert whole == sorted(whole, reverse=True)
    counts = processor.counts
    assert (counts.delivered, counts.dropped, counts.stripped) == (10, 0, whole.count(False))
    assert len(caplog.records) == 1
    assert {a.get("otelhook.request.body.left_out") for a in received} == {None, "queue full"}


def test_what_became_of_spans_adds_up_at_any_time(
    receiving: Receiving, end: Callable[..., None], processor: ByteBoundedProcessor
) -> None:
    receiving.gate.clear()
    for number in range(10):
        end(f"{number}", body=30_000)
    counts = processor.counts
    assert counts.ended == 10 == counts.waiting + counts.delivered + counts.dropped
    receiving.gate.set()
    processor.force_flush()
    counts = processor.counts
    assert (counts.waiting, counts.ended) == (0, 10)
