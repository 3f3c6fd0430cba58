"""What every source of traces can do."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from otelhook.model import Trace, TraceId

__all__ = ["TraceSource"]


class TraceSource(Protocol):
    """Where a trace is read back from: the store, a file, a backend.

    Methods raise `otelhook.errors.UnreachableError` or `otelhook.errors.StorageError` when the
    source cannot be read, and `otelhook.errors.DamagedDataError` when what it holds cannot be.
    """

    @property
    def name(self) -> str:
        """The source in a few words for a message; never with credentials."""
        ...

    def find(self, prefix: str) -> Sequence[TraceId]:
        """Return ids of traces that start with ``prefix`` (hex, any case), at most 10."""
        ...

    def newest(self, limit: int) -> Sequence[TraceId]:
        """Return ids of the newest traces, newest first by start time, at most ``limit``."""
        ...

    def trace(self, trace_id: TraceId) -> Trace:
        """Return the whole trace.

        Raises:
            NotRecordedError: the source has no such trace.
        """
        ...
