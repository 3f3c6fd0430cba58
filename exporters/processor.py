"""A batch processor bounded in bytes.

The SDK's own counts spans: with bodies of 60 KB its queue of 2,048 may hold 256 MB, and a short
burst of small spans overflows it although memory is free. This one holds what fits a number of
bytes, leaves bodies out before it drops a span, sleeps while there is nothing to do, and counts.
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
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from otelhook.exporters.encoding import size_of
from otelhook.exporters.official import BATCH_BYTES
from otelhook.exporters.stripping import strip
from otelhook.exporters.tally import Counting, Counts, Reason, Tally
from otelhook.native_threads import NativeCondition, NativeLock, NativeThread

__all__ = ["QUEUE_BYTES", "ByteBoundedProcessor"]

_logger = logging.getLogger(__name__)

QUEUE_BYTES = 64 * 1024**2
"""About how much memory spans may take until they are delivered."""

_SPAN_BYTES = 3000
_STRIPPED_BYTES = 900
"""What a span of the SDK's, and a copy without bodies, take in memory beside their content."""

_WORTH_STRIPPING = 2048
"""A queued span smaller than this, in bytes of content, is not looked into for bodies."""

_BATCH_SPANS = 256
_BATCHES_A_QUEUE = 4
"""A batch that is on its way cannot be made smaller, so it must not be most of the queue."""

_SHUTDOWN_SECONDS = 5.0
_HOPELESS_SECONDS = 1.0
"""What a shutdown takes at most; and after a flush that was in vain."""


_LOOKS_EVERY = 0.1
"""Seconds between two looks at whether a child that a thread has forked is at its end."""


def _is_over(main: threading.Thread) -> bool:
    return not main.is_alive()


class _Entry:
    """A queued span and about how many bytes it takes."""

    __slots__ = ("size", "span")

    def __init__(self, span: ReadableSpan, size: int) -> None:
        self.span = span
        self.size = size

    def strip(self) -> int:
        """Leave the bodies out. Returns how many bytes that sets free, zero if there are none."""
        stripped = strip(self.span, Reason.QUEUE_FULL)
        if stripped is None:
            return 0
        before = self.size
        self.span, self.size = stripped, _STRIPPED_BYTES + size_of(stripped)
        return before - self.size


class ByteBoundedProcessor(SpanProcessor):
    """Hands ended spans to an exporter from a thread of its own, under eventlet and gevent as well.

    A span waits at most ``delay_seconds`` before its batch is begun. When the queue is full,
    bodies are left out, of the newest spans first; a span is dropped only when no body is left
    in the queue. All of it is counted (`counts`), and logged once. A forked child begins with an
    empty queue and counters at zero: what its parent has is its parent's to export.
    """

    def __init__(
        self,
        exporter: SpanExporter,
        *,
        delay_seconds: float = 0.2,
        max_bytes: int = QUEUE_BYTES,
    ) -> None:
        """Make a processor; its thread starts with the first span.

        Args:
            exporter: gets batches of up to 256 spans or about 3.5 MB, one batch at a time. If it
                counts (`Counting`) it says what became of each span, else its result does.
            delay_seconds: how long spans are gathered.
            max_bytes: about how much memory spans may take until they are delivered.
        """
        self._exporter = exporter
        self._counting = exporter if isinstance(exporter, Counting) else None
        self._tally = self._counting.tally if self._counting else Tally()
        self._delay = delay_seconds
        self._max_bytes = max_bytes
        self._batch_bytes = min(BATCH_BYTES, max_bytes // _BATCHES_A_QUEUE)
        self._closed = False
        self._begin()
        if hasattr(os, "register_at_fork"):
            child = weakref.WeakMethod(self._begin)
            os.register_at_fork(after_in_child=lambda: (found := child()) and found())

    def _begin(self) -> None:
        self._tally.restart()
        self._queue: deque[_Entry] = deque()
        self._large: deque[_Entry] = deque()
        """Those of the queue that may have bodies, in the same order."""
        self._bytes = 0
        self._queued = self._done = 0
        """Spans that were queued so far, and those of them that left the exporter."""
        self._wanted = 0
        """How many a flush wants done, without delay."""
        self._in_vain = False
        self._changed = NativeCondition()
        self._exporting = NativeLock()
        self._thread: NativeThread | None = None

    @property
    def counts(self) -> Counts:
        """What became of the spans so far."""
        return self._tally.counts()

    def on_start(self, span: Span, parent_context: otel_context.Context | None = None) -> None:
        """Do nothing: spans count when they end."""

    def on_end(self, span: ReadableSpan) -> None:
        """Queue a sampled span."""
        context = span.get_span_context()
        if context is None or not context.trace_flags.sampled:
            return
        entry = _Entry(span, _SPAN_BYTES + size_of(span))
        with self._changed:
            if self._closed:
                return
            self._tally.ended()
            if self._bytes + entry.size > self._max_bytes and not self._make_room(entry):
                self._tally.dropped(1, Reason.QUEUE_FULL)
                return
            self._queue.append(entry)
            if entry.size > _SPAN_BYTES + _WORTH_STRIPPING:
                self._large.append(entry)
            self._queued += 1
            self._bytes += entry.size
            if len(self._queue) == 1 or self._bytes - entry.size < self._batch_bytes <= self._bytes:
                self._wake()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Export all that is queued by now; False if the time was not enough."""
        deadline = time.monotonic() + timeout_millis / 1000
        with self._changed:
            target = self._wanted = self._queued
            if self._queue and self._thread is None:
                self._wake()
            alone = self._thread is None
            self._changed.notify_all()
            while not alone and self._done < target and (left := deadline - time.monotonic()) > 0:
                self._changed.wait(left)
        if alone:
            self._hurry(timeout_millis / 1000)
            self._drain()
        self._in_vain = self._done < target
        if self._in_vain or (left := deadline - time.monotonic()) <= 0:
            return False
        # Most exporters have nothing to flush, and some of those return None.
        return self._exporter.force_flush(int(left * 1000)) is not False

    def shutdown(self, timeout_millis: float | None = None) -> None:
        """Export what is queued and shut the exporter down; a second call does nothing.

        A receiver that does not answer holds the process for ``timeout_millis`` at most (5 s,
        or 1 s where a flush just before was in vain). What was not delivered by then is counted
        as lost.
        """
        with self._changed:
            if self._closed:
                return
            self._closed = True
            self._changed.notify_all()
            thread = self._thread
        usual = _HOPELESS_SECONDS if self._in_vain else _SHUTDOWN_SECONDS
        seconds = usual if timeout_millis is None else timeout_millis / 1000
        self._hurry(0 if self._in_vain else seconds / 2)
        if thread is None:
            self._drain()
        else:
            thread.join(seconds)
        self._tally.close()
        with self._changed:
            self._queue.clear()
            self._large.clear()
        self._exporter.shutdown()

    def _hurry(self, seconds: float) -> None:
        if self._counting is not None:
            self._counting.hurry(seconds)

    def _make_room(self, entry: _Entry) -> bool:
        """Leave out bodies until the entry fits; False if there are none left and it does not."""
        if entry.strip():
            self._tally.stripped(Reason.QUEUE_FULL)
        while self._bytes + entry.size > self._max_bytes:
            if not self._large:
                return False
            freed = self._large.pop().strip()
            if freed:
                self._bytes -= freed
                self._tally.stripped(Reason.QUEUE_FULL)
        return True

    def _wake(self) -> None:
        if self._thread is None:
            thread = NativeThread(self._run)
            try:
                thread.start()
            except RuntimeError:
                return  # the interpreter is ending: shutdown() exports what is queued
            self._thread = thread
        self._changed.notify_all()

    def _run(self) -> None:
        main = threading.main_thread()
        # Forked by a thread, a child ends when that thread does: nobody ends this one.
        patience = None if type(main).__name__ == "_MainThread" else _LOOKS_EVERY
        while not self._closed:
            with self._changed:
                while not self._queue and not self._closed:
                    if not self._changed.wait(patience) and _is_over(main):
                        return  # with nothing to export; the process ends with its last thread
                begun = time.monotonic()
                while (
                    not self._closed
                    and self._wanted <= self._done
                    and self._bytes < self._batch_bytes
                    and (left := begun + self._delay - time.monotonic()) > 0
                ):
                    self._changed.wait(left)
            # A few that came meanwhile may wait for more: each batch is one record or request.
            while self._export_one() and (
                len(self._queue) >= _BATCH_SPANS or self._wanted > self._done
            ):
                pass
        self._drain()

    def _drain(self) -> None:
        while self._export_one():
            pass

    def _export_one(self) -> bool:
        """Export one batch and say if there was one."""
        with self._exporting:
            batch, size = self._take()
            if batch:
                self._export(batch, size)
            return bool(batch)

    def _export(self, batch: list[ReadableSpan], size: int) -> None:
        counted, fault = self._counting is not None, ""
        taken = False
        try:
            with suppress_instrumentation():
                taken = self._exporter.export(batch) is SpanExportResult.SUCCESS
        except Exception as error:  # noqa: BLE001 - never into the host
            fault, counted = str(error), False
        if not counted:
            if taken:
                self._tally.delivered(len(batch))
            else:
                self._tally.dropped(len(batch), Reason.NOT_EXPORTED, fault)
        with self._changed:
            self._bytes -= size
            self._done += len(batch)
            self._changed.notify_all()

    def _take(self) -> tuple[list[ReadableSpan], int]:
        batch: list[ReadableSpan] = []
        total = 0
        with self._changed:
            while self._queue and len(batch) < _BATCH_SPANS:
                entry = self._queue[0]
                if batch and total + entry.size > self._batch_bytes:
                    break
                self._queue.popleft()
                if self._large and self._large[0] is entry:
                    self._large.popleft()
                batch.append(entry.span)
                total += entry.size
        return batch, total
