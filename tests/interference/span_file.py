"""Spans as JSON lines, written when they end."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

__all__ = ["SpanFile"]


class SpanFile(SpanExporter):
    """Appends each span to a file, by one write."""

    def __init__(self, path: Path) -> None:
        self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        for span in spans:
            attributes = {
                key: value
                for key, value in (span.attributes or {}).items()
                if not key.endswith(".body.content")
            }
            line = {
                "name": span.name,
                "kind": span.kind.name,
                "scope": span.instrumentation_scope.name if span.instrumentation_scope else "",
                "trace": f"{span.context.trace_id:032x}",
                "id": f"{span.context.span_id:016x}",
                "parent": f"{span.parent.span_id:016x}" if span.parent else None,
                "attributes": attributes,
            }
            os.write(self._file, json.dumps(line, default=str).encode() + b"\n")
        return SpanExportResult.SUCCESS
