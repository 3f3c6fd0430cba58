"""Exporters that OpenTelemetry's own set-up finds by name: ``OTEL_TRACES_EXPORTER=otelhook_spool``.

They are entry points of the group ``opentelemetry_traces_exporter`` and need nothing else of
otelhook in the program: settings come from the environment and ``otelhook.toml``, and what stock
instrumentation recorded is redacted on its way to the file.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence

from opentelemetry.sdk.resources import OTELResourceDetector
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from otelhook.attributes import SERVICE_NAME
from otelhook.errors import OtelhookError
from otelhook.exporters.redacting import Redacting
from otelhook.exporters.spool import SpoolSpanExporter
from otelhook.otlp.folders import SEQUENCE_FOLDER, SPOOL_FOLDER
from otelhook.redaction import Redactor
from otelhook.settings import Settings, load

__all__ = ["NamedSequenceExporter", "NamedSpoolExporter"]

_logger = logging.getLogger(__name__)


class _NamedExporter(SpanExporter):
    """Redacts spans and hands them to an exporter that is made from the settings.

    A wrong setting is logged in one line, and the program runs without its spans being written.
    """

    def __init__(self) -> None:
        self._exporter: SpanExporter | None = None
        try:
            settings = load().settings
            self._redacting = Redacting(Redactor.configured(os.environ, settings))
            self._exporter = self._made(settings)
        except OtelhookError as error:
            _logger.error("otelhook: %s; no spans are written", error)  # noqa: TRY400 - one line

    def _made(self, settings: Settings) -> SpanExporter:
        raise NotImplementedError

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Write the spans without their secrets; one that cannot be redacted is not written."""
        if self._exporter is None:
            return SpanExportResult.FAILURE
        redacted = [copy for span in spans if (copy := self._redacted(span)) is not None]
        result = self._exporter.export(redacted)
        return result if len(redacted) == len(spans) else SpanExportResult.FAILURE

    def _redacted(self, span: ReadableSpan) -> ReadableSpan | None:
        try:
            return self._redacting.span(span)
        except Exception as error:  # noqa: BLE001 - a span may hold anything
            _logger.warning("otelhook: a span cannot be redacted and is dropped: %s", error)
            return None

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        """Write what is gathered; True if all of it is written."""
        return self._exporter is None or self._exporter.force_flush(timeout_millis)

    def shutdown(self) -> None:
        """Write what is gathered and close; a second call does nothing."""
        if self._exporter is not None:
            self._exporter.shutdown()


class NamedSpoolExporter(_NamedExporter):
    """``otelhook_spool``: appends to a file of this process, in the data folder's spool."""

    def _made(self, settings: Settings) -> SpanExporter:
        return SpoolSpanExporter(
            settings.data_dir / SPOOL_FOLDER,
            service=settings.service or _service(),
            rotate_bytes=settings.spool_rotate,
        )


class NamedSequenceExporter(_NamedExporter):
    """``otelhook_sequence``: writes each trace's numbered steps, as JSON lines and Markdown."""

    def _made(self, settings: Settings) -> SpanExporter:
        # Loads the renderers, which the spool does without.
        from otelhook.exporters.sequence import SequenceSpanExporter

        folder = settings.sequence_dir or settings.data_dir / SEQUENCE_FOLDER
        return SequenceSpanExporter(folder, quiet_seconds=settings.sequence_quiet)


def _service() -> str:
    """Return the name that ``OTEL_RESOURCE_ATTRIBUTES`` gives this service, if any."""
    return str(OTELResourceDetector().detect().attributes.get(SERVICE_NAME, ""))
