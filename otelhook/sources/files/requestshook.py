"""Traces from the log of requestshook, otelhook's ancestor.

The log has no trace id and no times: a file is one trace, its ids are made of its first entry, and
its times count entries, a millisecond each from the epoch on, which says nothing but the order.
It has secrets in the clear, which are hidden as it is read.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

from otelhook.errors import DamagedDataError, NotRecordedError, StorageError
from otelhook.model import Trace, TraceId
from otelhook.redaction import Redactor
from otelhook.sources.formats.requestshook_log import Entry, read_entries
from otelhook.sources.formats.requestshook_spans import spans_of

__all__ = ["RequestshookSource"]

_logger = logging.getLogger(__name__)

_SHOWN = 5
"""Warnings that are reported one by one."""


class RequestshookSource:
    """A file that requestshook appended to: one trace.

    Responses without requests, requests without responses and entries that cannot be read are
    logged as warnings; the rest is read all the same.
    """

    def __init__(self, path: Path, *, redactor: Redactor | None = None) -> None:
        """Name the source; the file is read at the first question.

        Args:
            path: the log.
            redactor: the rules by which secrets are hidden.
        """
        self._path = path
        self._redactor = redactor or Redactor()
        self._read: Trace | None = None
        self._empty = False

    @property
    def name(self) -> str:
        """The file."""
        return f"the requestshook log {self._path}"

    def find(self, prefix: str) -> Sequence[TraceId]:
        """Return the trace's id if it starts with ``prefix``."""
        trace = self._trace()
        fits = trace is not None and trace.trace_id.startswith(prefix.lower())
        return (trace.trace_id,) if trace is not None and fits else ()

    def newest(self, limit: int) -> Sequence[TraceId]:
        """Return the trace's id; nothing if the log is empty."""
        trace = self._trace()
        return (trace.trace_id,) if trace is not None and limit > 0 else ()

    def trace(self, trace_id: TraceId) -> Trace:
        """Return the trace.

        Raises:
            NotRecordedError: it has another id.
        """
        trace = self._trace()
        if trace is None or trace.trace_id != trace_id:
            message = f"no trace {trace_id} in {self.name}"
            raise NotRecordedError(message)
        return trace

    def _trace(self) -> Trace | None:
        if self._read is None and not self._empty:
            warnings: list[str] = []
            entries = self._entries(warnings)
            self._read = spans_of(entries, self._redactor, warnings) if entries else None
            self._empty = not entries
            self._warn(warnings)
        return self._read

    def _entries(self, warnings: list[str]) -> list[Entry]:
        """Read the file; only an empty one has no entries.

        Raises:
            StorageError: it cannot be read.
            DamagedDataError: there is something in it, and none of it is an entry.
        """
        try:
            # Lines end at line feeds alone: a body may hold what else Python takes for an end.
            with self._path.open(encoding="utf-8", errors="replace", newline="\n") as lines:
                entries = list(read_entries(lines, warnings))
            size = self._path.stat().st_size
        except OSError as error:
            message = f"{self._path}: cannot be read: {error.strerror or error}"
            raise StorageError(message) from error
        if not entries and size:
            message = (
                f"{self._path}: this is not a log of requestshook: no line has the form "
                "'### (A) REQ >>> (B) : METHOD URL'"
            )
            raise DamagedDataError(message)
        return entries

    def _warn(self, warnings: Sequence[str]) -> None:
        for warning in warnings[:_SHOWN]:
            _logger.warning("%s: %s", self._path, warning)
        if len(warnings) > _SHOWN:
            _logger.warning("%s: and %d more like these", self._path, len(warnings) - _SHOWN)
