"""Numbered steps, written by the service itself: no collector, no command.

Alone in one service it documents that service, and marks the sides that are missing; where whole
traces pass through it, it writes what ``otelhook render`` would.
"""

from __future__ import annotations

import json
import logging
import os
import time
import weakref
from collections.abc import Callable, Sequence
from pathlib import Path

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from otelhook.exporters.encoding import encode, pack
from otelhook.exporters.gathering import Gathering, Pending
from otelhook.model import Span
from otelhook.native_threads import NativeCondition, NativeLock, NativeThread
from otelhook.otlp import decode_traces
from otelhook.render import render
from otelhook.sequence import compose

__all__ = ["SequenceSpanExporter"]

_logger = logging.getLogger(__name__)

_MAX_TRACES = 1000
_MAX_BYTES = 64 * 1024**2


class SequenceSpanExporter(SpanExporter):
    """Writes ``<trace_id>.jsonl`` (one step a line) and ``<trace_id>.md`` for each trace.

    A trace is written once a local root (a span without parent, or with a remote one) has ended
    and no span came for a while, at a flush and at shutdown; if it comes back it is written
    again with all its spans. Of many traces at once, the longest quiet are written early. If
    another process has written that trace into the same folder, ``-2`` and so on is added.

    `export` never raises; documents that could not be written are counted in `lost`, and the
    first of a row is logged.
    """

    def __init__(
        self,
        folder: Path,
        *,
        quiet_seconds: float = 1.0,
        clock: Callable[[], float] = time.monotonic,
        max_traces: int = _MAX_TRACES,
        max_bytes: int = _MAX_BYTES,
    ) -> None:
        """Make an exporter; the folder is made at the first writing.

        Args:
            folder: where the documents go; made with mode 0700 if missing.
            quiet_seconds: how long no span may have come.
            clock: seconds on a clock that never goes back.
            max_traces: traces held at once.
            max_bytes: bytes of encoded spans held at once.
        """
        self.lost = 0
        """Traces that could not be written."""
        self._folder = folder
        self._clock = clock
        self._bounds = (quiet_seconds, max_traces, max_bytes)
        self._failing = False
        self._closed = False
        self._begin()
        if hasattr(os, "register_at_fork"):
            child = weakref.WeakMethod(self._begin)
            os.register_at_fork(after_in_child=lambda: (found := child()) and found())

    def _begin(self) -> None:
        """Begin empty, as a forked child does: what was gathered is its parent's to write."""
        quiet, traces, size = self._bounds
        self._gathering = Gathering(quiet_seconds=quiet, max_traces=traces, max_bytes=size)
        self._changed = NativeCondition()
        self._writing = NativeLock()
        self._thread: NativeThread | None = None
        self._names: dict[str, str] = {}

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Gather the spans."""
        if self._closed:
            return SpanExportResult.FAILURE
        try:
            self._gather(spans)
        except Exception as error:  # noqa: BLE001 - as in export
            self._say(f"spans cannot be gathered: {error}")
            return SpanExportResult.FAILURE
        return SpanExportResult.SUCCESS

    def force_flush(self, timeout_millis: int = 30_000) -> bool:  # noqa: ARG002 - SDK's signature
        """Write every trace that has something new; False if one could not be written."""
        with self._changed:
            traces = self._gathering.all()
        return self._write_all(traces)

    def write_due(self) -> None:
        """Write the traces that are complete by now; a thread does so when it is time."""
        with self._changed:
            traces = self._gathering.due(self._clock())
        self._write_all(traces)

    def shutdown(self) -> None:
        """Write what is left and stop; a second call does nothing."""
        with self._changed:
            if self._closed:
                return
            self._closed = True
            self._changed.notify_all()
            thread = self._thread
        if thread is not None:
            thread.join()
        self.force_flush()

    def _gather(self, spans: Sequence[ReadableSpan]) -> None:
        by_trace: dict[str, list[ReadableSpan]] = {}
        for span in spans:
            context = span.get_span_context()
            if context is not None:  # so typed; a span that was exported has one
                by_trace.setdefault(f"{context.trace_id:032x}", []).append(span)
        evicted: list[Pending] = []
        for trace_id, members in by_trace.items():
            message = pack(encode(members))
            rooted = any(span.parent is None or span.parent.is_remote for span in members)
            with self._changed:
                now = self._clock()
                evicted += self._gathering.add(trace_id, message, rooted=rooted, now=now)
                self._wake()
        self._write_all(evicted)

    def _wake(self) -> None:
        if self._thread is None:
            self._thread = NativeThread(self._run)
            self._thread.start()
        self._changed.notify_all()

    def _run(self) -> None:
        while True:
            with self._changed:
                if self._closed:
                    return
                due = self._gathering.next_due()
                self._changed.wait(None if due is None else max(0.0, due - self._clock()))
            self.write_due()

    def _write_all(self, traces: Sequence[Pending]) -> bool:
        with self._writing:
            results = [self._written(pending) for pending in traces]
        return all(results)

    def _written(self, pending: Pending) -> bool:
        try:
            spans = tuple(span for message in pending.messages for span in decode_traces(message))
            self._write(pending.trace_id, spans)
        except Exception as error:  # noqa: BLE001 - as in export
            self.lost += 1
            self._say(f"the steps of trace {pending.trace_id} cannot be written: {error}")
            return False
        self._failing = False
        return True

    def _write(self, trace_id: str, spans: tuple[Span, ...]) -> None:
        document = compose(spans)
        steps = json.loads(render(document, "json"))["steps"]
        lines = "".join(f"{json.dumps(step, ensure_ascii=False)}\n" for step in steps)
        page = render(document, "markdown")
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        name = self._names.get(trace_id) or self._claim(trace_id)
        self._replace(f"{name}.jsonl", lines.encode("utf-8", "replace"))
        self._replace(
            f"{name}.md", page if isinstance(page, bytes) else page.encode("utf-8", "replace")
        )

    def _claim(self, trace_id: str) -> str:
        """Take a name that no other process has; several services may share the folder."""
        number = 1
        while True:
            name = trace_id if number == 1 else f"{trace_id}-{number}"
            try:
                path = self._folder / f"{name}.jsonl"
                os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
            except FileExistsError:
                number += 1
            else:
                self._names[trace_id] = name
                if len(self._names) > 2 * self._bounds[1]:
                    del self._names[next(iter(self._names))]
                return name

    def _replace(self, name: str, content: bytes) -> None:
        """Write a file whole: who reads it meanwhile sees the former one."""
        part = self._folder / f".{name}.{os.getpid()}.part"
        flags = os.O_CREAT | os.O_TRUNC | os.O_WRONLY
        try:
            with os.fdopen(os.open(part, flags, 0o600), "wb") as file:
                file.write(content)
            part.replace(self._folder / name)
        except OSError:
            part.unlink(missing_ok=True)
            raise

    def _say(self, what: str) -> None:
        if not self._failing:
            self._failing = True
            _logger.warning("otelhook: %s", what)
