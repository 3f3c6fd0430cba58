"""Spans that somebody holds already, as a source."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from otelhook.errors import NotRecordedError
from otelhook.model import Span, Trace, TraceId

__all__ = ["SpansSource"]

_FOUND: Final = 10


class SpansSource:
    """All that a plug-in has to return which reads its spans at once.

    Args:
        name: what it is in a few words, for messages: ``the tape x``.
        spans: of one trace or many.
    """

    def __init__(self, name: str, spans: Iterable[Span]) -> None:
        self._name = name
        self._traces: dict[TraceId, list[Span]] = {}
        for span in spans:
            self._traces.setdefault(span.trace_id, []).append(span)

    @property
    def name(self) -> str:
        """What it is."""
        return self._name

    def find(self, prefix: str) -> Sequence[TraceId]:
        """Return up to 10 ids that start with ``prefix``, in order."""
        wanted = prefix.lower()
        return sorted(found for found in self._traces if found.startswith(wanted))[:_FOUND]

    def newest(self, limit: int) -> Sequence[TraceId]:
        """Return the ids of the traces that started last."""
        starts = {
            trace_id: min(span.start_time for span in spans)
            for trace_id, spans in self._traces.items()
        }
        return sorted(starts, key=lambda trace_id: (-starts[trace_id], trace_id))[:limit]

    def trace(self, trace_id: TraceId) -> Trace:
        """Return the whole trace.

        Raises:
            NotRecordedError: there is no such trace.
        """
        spans = self._traces.get(trace_id)
        if spans is None:
            message = f"no trace {trace_id} in {self._name}"
            raise NotRecordedError(message)
        return Trace(trace_id, tuple(spans))
