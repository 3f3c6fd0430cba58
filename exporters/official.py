"""Another exporter, given batches measured in bytes.

For the few that must do all of it themselves: a credential provider of OpenTelemetry's brings a
session of its own. What such an exporter gives up on is lost; `otelhook.exporters.otlp` keeps it.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence

from opentelemetry.instrumentation.utils import suppress_instrumentation
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from otelhook.exporters.encoding import size_of
from otelhook.native_threads import NativeLock

__all__ = ["BATCH_BYTES", "ByteBatchExporter", "batches"]

_logger = logging.getLogger(__name__)

BATCH_BYTES = 3_500_000
"""Estimated bytes of a request: below gRPC's 4 MiB with room for the estimate to be off."""


class ByteBatchExporter(SpanExporter):
    """Hands spans to another exporter in batches of at most ``batch_bytes``.

    `export` never raises. Spans of batches that the other exporter gave up on are counted in
    `lost` and logged once, until a batch is delivered again.
    """

    def __init__(self, inner: SpanExporter, *, batch_bytes: int = BATCH_BYTES) -> None:
        self.lost = 0
        """Spans that were not delivered."""
        self._inner = inner
        self._batch_bytes = batch_bytes
        self._lock = NativeLock()
        self._failing = False
        self._closed = False

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Deliver the spans; FAILURE if some could not be."""
        lost = 0
        with suppress_instrumentation():
            for batch in batches(spans, self._batch_bytes):
                if not self._delivered(batch):
                    lost += len(batch)
        with self._lock:
            self.lost += lost
            say = lost and not self._failing
            self._failing = bool(lost)
        if say:
            _logger.warning("otelhook: %d spans were lost, the OTLP endpoint took none", lost)
        return SpanExportResult.FAILURE if lost else SpanExportResult.SUCCESS

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Pass it on."""
        return self._inner.force_flush(timeout_millis)

    def shutdown(self) -> None:
        """Shut the other exporter down, once."""
        if not self._closed:
            self._closed = True
            self._inner.shutdown()

    def _delivered(self, batch: Sequence[ReadableSpan]) -> bool:
        try:
            return self._inner.export(batch) is SpanExportResult.SUCCESS
        except Exception as error:  # noqa: BLE001 - an exporter never raises into the host
            _logger.debug("the OTLP exporter raised: %s", error)
            return False


def batches(spans: Sequence[ReadableSpan], limit: int) -> Iterator[Sequence[ReadableSpan]]:
    """Yield the spans in order, in runs estimated to encode to at most ``limit`` bytes each.

    A span that is larger on its own is a run on its own.
    """
    start, total = 0, 0
    for index, span in enumerate(spans):
        size = size_of(span)
        if index > start and total + size > limit:
            yield spans[start:index]
            start, total = index, 0
        total += size
    if start < len(spans):
        yield spans[start:]
