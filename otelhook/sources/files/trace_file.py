"""Traces from a file, of whatever kind: the forms are those of `otelhook.sources.formats`."""

from __future__ import annotations

import io
import logging
import stat
import sys
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, cast

from otelhook.errors import NotRecordedError, StorageError
from otelhook.model import Span, Trace, TraceId
from otelhook.sources.files.decoding import spans_in
from otelhook.sources.files.left_out import LeftOut
from otelhook.sources.latest import ByIdentity, keep_latest

__all__ = ["TraceFileSource"]

_logger = logging.getLogger(__name__)

_FOUND: Final = 10
_BUFFER: Final = 1024**2
_HELD: Final = 200_000
"""Spans that are kept in memory, some hundred MB; of a file with more only the traces' beginnings
are, and it is read again for the trace that is asked for."""


class TraceFileSource:
    """One file, plain or within gzip or zstd. What it holds is told from its content.

    Args:
        path: the file; None is standard input, read once.
        kind: the only kind that it may be, such as ``zipkin``; empty for any.
        most: spans that are kept in memory.
    """

    def __init__(self, path: Path | None, kind: str = "", *, most: int = _HELD) -> None:
        self._path = path
        self._kind = kind
        self._most = most
        self._named = "standard input" if path is None else str(path)
        self._starts: dict[TraceId, int] | None = None
        self._held: dict[TraceId, ByIdentity] | None = None
        self._listed: Sequence[TraceId] = ()
        self._picked: dict[TraceId, ByIdentity] = {}

    @property
    def name(self) -> str:
        """The file."""
        return self._named if self._path is None else f"the file {self._path}"

    def find(self, prefix: str) -> Sequence[TraceId]:
        """Return up to 10 ids that start with ``prefix``, in order."""
        wanted = prefix.lower()
        begun = self._begun()
        self._listed = sorted(found for found in begun if found.startswith(wanted))[:_FOUND]
        return self._listed

    def newest(self, limit: int) -> Sequence[TraceId]:
        """Return the ids of the traces that started last."""
        starts = self._begun()
        self._listed = sorted(starts, key=lambda trace_id: (-starts[trace_id], trace_id))[:limit]
        return self._listed

    def trace(self, trace_id: TraceId) -> Trace:
        """Return the whole trace.

        Raises:
            NotRecordedError: the file has no such trace.
        """
        if trace_id in self._begun():
            held = self._again(trace_id) if self._held is None else self._held
            return Trace(trace_id, tuple(held[trace_id].values()))
        message = f"no trace {trace_id} in {self.name}"
        raise NotRecordedError(message)

    def _begun(self) -> dict[TraceId, int]:
        """Return when each trace began; the file is read at the first question.

        Raises:
            StorageError: it cannot be opened.
            DamagedDataError: it is none of the forms.
            NotRecordedError: there is no span in it; the message says what there is.
        """
        if self._starts is not None:
            return self._starts
        left_out = LeftOut(self._named)
        starts: dict[TraceId, int] = {}
        held: dict[TraceId, ByIdentity] | None = {}
        most = self._most if self._can_be_read_again() else sys.maxsize
        for number, span in enumerate(self._read(left_out), 1):
            known = starts.setdefault(span.trace_id, span.start_time)
            starts[span.trace_id] = min(known, span.start_time)
            if number > most:
                held = None
            elif held is not None:
                keep_latest(span, held.setdefault(span.trace_id, {}))
        if not starts:
            raise left_out.why_nothing()
        for sentence in left_out.said():
            _logger.warning("%s", sentence)
        self._starts, self._held = starts, held
        return starts

    def _again(self, trace_id: TraceId) -> dict[TraceId, ByIdentity]:
        """Read the file again for a trace, and for those listed with it, which are asked next."""
        if trace_id not in self._picked:
            wanted = {trace_id, *self._listed}
            self._picked = {}
            for span in self._read(LeftOut(self._named)):
                if span.trace_id in wanted:
                    keep_latest(span, self._picked.setdefault(span.trace_id, {}))
        return self._picked

    def _can_be_read_again(self) -> bool:
        """Return whether it is a regular file and not a pipe, which gives what it has once."""
        try:
            return self._path is not None and stat.S_ISREG(self._path.stat().st_mode)
        except OSError:
            return False

    def _read(self, left_out: LeftOut) -> Iterator[Span]:
        with _opened(self._path, self._named) as file:
            yield from spans_in(file, self._named, left_out, self._kind)


@contextmanager
def _opened(path: Path | None, named: str) -> Generator[io.BufferedReader[Any]]:
    """Open a file; what the system says of it, then or later, is one line."""
    try:
        if path is None:
            given: object = sys.stdin.buffer
            if not isinstance(given, io.BufferedReader):
                given = io.BufferedReader(cast("io.RawIOBase", given))
            yield given
        else:
            with io.BufferedReader(io.FileIO(path), _BUFFER) as file:
                yield file
    except OSError as error:
        message = f"{named}: cannot be read: {error.strerror or error}"
        raise StorageError(message) from error
