"""A batch processor bounded in bytes.

The SDK's own counts spans: with bodies of 60 KB its queue of 2,048 may hold 256 MB, and a short
burst of small spans overflows it although memory is free. This one holds what fits a number of
bytes, sleeps while there is nothing to do, and says what it had to drop.
"""

from __future__ import annotations

import logging
import os
import threading
import time
import weakref
from collections import deque

from opentelemetry import context as otel_context
from opentelemetry.instrumentation.utils import suppress_instrumentation
from opentelemetry.sdk.trace import ReadableSpan, Span, SpanProcessor
from opentelemetry.sdk.trace.export import SpanExporter

from otelhook.exporters.encoding import size_of

__all__ = ["ByteBoundedProcessor"]

_logger = logging.getLogger(__name__)

_OBJECT_BYTES = 1500
"""What a span takes in memory beside its attributes' content, about."""

_BATCH_SPANS = 256
_BATCH_BYTES = 4 * 1024**2


class ByteBoundedProcessor(SpanProcessor):
    """Hands ended spans to an exporter from a thread of its own.

    A span waits at most ``delay_seconds`` before its batch is begun. Spans that find the queue
    full are dropped, counted in `dropped`, and said once until there is room again. A forked
    child begins with an empty queue: what was in it is its parent's to export.
    """

    def __init__(
        self, exporter: SpanExporter, *, delay_seconds: float = 0.2, max_bytes: int = 64 * 1024**2
    ) -> None:
        """Make a processor; its thread starts with the first span.

        Args:
            exporter: gets batches of up to 256 spans or about 4 MiB, one batch at a time.
            delay_seconds: how long spans are gathered.
            max_bytes: about how much memory spans may take until they are exported.
        """
        self.dropped = 0
        """Spans that found the queue full."""
        self._exporter = exporter
        self._delay = delay_seconds
        self._max_bytes = max_bytes
        self._closed = False
        self._begin()
        if hasattr(os, "register_at_fork"):
            child = weakref.WeakMethod(self._begin)
            os.register_at_fork(after_in_child=lambda: (found := child()) and found())

    def _begin(self) -> None:
        self._queue: deque[tuple[ReadableSpan, int]] = deque()
        self._bytes = 0
        self._full = False
        self._changed = threading.Condition()
        self._exporting = threading.Lock()
        self._thread: threading.Thread | None = None

    def on_start(self, span: Span, parent_context: otel_context.Context | None = None) -> None:
        """Do nothing: spans count when they end."""

    def on_end(self, span: ReadableSpan) -> None:
        """Queue a sampled span."""
        context = span.get_span_context()
        if context is None or not context.trace_flags.sampled:
            return
        size = _OBJECT_BYTES + size_of(span)
        with self._changed:
            if self._closed:
                return
            if self._bytes + size > self._max_bytes:
                self._drop()
                return
            self._queue.append((span, size))
            self._bytes += size
            if len(self._queue) == 1 or self._bytes - size < _BATCH_BYTES <= self._bytes:
                self._wake()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Export all that is queued; False if the time was not enough."""
        deadline = time.monotonic() + timeout_millis / 1000
        while (left := deadline - time.monotonic()) > 0:
            if not self._export_one(left):
                if (left := deadline - time.monotonic()) <= 0:
                    break
                # Most exporters have nothing to flush, and some of those return None.
                return self._exporter.force_flush(int(left * 1000)) is not False
        return False

    def shutdown(self, timeout_millis: int = 10_000) -> None:
        """Export what is queued and shut the exporter down; a second call does nothing.

        An endpoint that does not answer holds the process for ``timeout_millis`` at most.
        """
        with self._changed:
            if self._closed:
                return
            self._closed = True
            self._changed.notify_all()
            thread = self._thread
        if thread is None:
            self._drain()
        else:
            thread.join(timeout_millis / 1000)
        with self._changed:
            left = len(self._queue)
            self._queue.clear()
        if left:
            self.dropped += left
            _logger.warning("otelhook: %d spans were lost, they could not be exported", left)
        self._exporter.shutdown()

    def _drop(self) -> None:
        self.dropped += 1
        if not self._full:
            self._full = True
            _logger.warning(
                "otelhook: spans are dropped, more than %d MB wait to be exported",
                self._max_bytes // 1024**2,
            )

    def _wake(self) -> None:
        if self._thread is None:
            thread = threading.Thread(target=self._run, name="otelhook-export", daemon=True)
            try:
                thread.start()
            except RuntimeError:
                return  # the interpreter is ending: shutdown() exports what is queued
            self._thread = thread
        self._changed.notify()

    def _run(self) -> None:
        while not self._closed:
            with self._changed:
                while not self._queue and not self._closed:
                    self._changed.wait()
                begun = time.monotonic()
                while (
                    not self._closed
                    and self._bytes < _BATCH_BYTES
                    and (left := begun + self._delay - time.monotonic()) > 0
                ):
                    self._changed.wait(left)
            # A few that came meanwhile may wait for more: each batch is one record or request.
            while self._export_one() and len(self._queue) >= _BATCH_SPANS:
                pass
        self._drain()

    def _drain(self) -> None:
        while self._export_one():
            pass

    def _export_one(self, seconds: float = -1) -> bool:
        """Export one batch and say if there was one; wait ``seconds`` for another to be done."""
        if not self._exporting.acquire(timeout=seconds):
            return False
        try:
            batch, size = self._take()
            if batch:
                self._export(batch, size)
            return bool(batch)
        finally:
            self._exporting.release()

    def _export(self, batch: list[ReadableSpan], size: int) -> None:
        try:
            with suppress_instrumentation():
                self._exporter.export(batch)
        except Exception as error:  # noqa: BLE001 - never into the host
            _logger.warning("otelhook: %d spans were lost: %s", len(batch), error)
        finally:
            with self._changed:
                self._bytes -= size
                self._full = self._full and self._bytes > self._max_bytes // 2

    def _take(self) -> tuple[list[ReadableSpan], int]:
        batch: list[ReadableSpan] = []
        total = 0
        with self._changed:
            while self._queue and len(batch) < _BATCH_SPANS and total < _BATCH_BYTES:
                span, size = self._queue.popleft()
                batch.append(span)
                total += size
        return batch, total
