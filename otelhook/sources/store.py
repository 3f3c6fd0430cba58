"""Traces from the store, after everything recorded so far was ingested into it."""

from __future__ import annotations

import logging
import os
import sqlite3
import time
import weakref
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from otelhook.collector.spools import take_in
from otelhook.errors import NotRecordedError, StorageError
from otelhook.model import Trace, TraceId
from otelhook.otlp.folders import SPOOL_FOLDER, SPOOL_SUFFIX
from otelhook.store.database import store_path
from otelhook.store.store import Store

if TYPE_CHECKING:
    from otelhook.store.query import Query

__all__ = ["StoreSource"]

_logger = logging.getLogger(__name__)

_COMPACT = 0.2
"""Seconds, about, that a command gives to the store's order after it took spans in."""


class StoreSource:
    """A data folder: its store, and the spools beside it.

    Nothing is made in a folder where nothing was recorded. A spool that cannot be ingested
    (damage, a full disk) is logged as a warning, and what the store holds is read all the same.
    """

    def __init__(
        self,
        place: Path,
        *,
        clock: Callable[[], int] = time.time_ns,
        keep_seconds: float = 0.0,
        keep_bytes: int = 0,
    ) -> None:
        """Name the source; it is opened at the first question.

        Args:
            place: the data folder, or a store file, whose folder it then is.
            clock: the time in nanoseconds since the epoch.
            keep_seconds: age at which traces leave the store, 0 keeps them.
            keep_bytes: size above which the oldest leave it, 0 keeps them.
        """
        self._path = store_path(place)
        self._spools = self._path.parent / SPOOL_FOLDER
        self._clock = clock
        self._keep_seconds = keep_seconds
        self._keep_bytes = keep_bytes
        self._store: Store | None = None
        self._said = False

    @property
    def name(self) -> str:
        """The folder, or the store's file if it has a name of its own."""
        return f"the store in {self._path.parent}"

    def find(self, prefix: str) -> Sequence[TraceId]:
        """Return up to 10 ids that start with ``prefix``."""
        store = self._current()
        return () if store is None else store.find(prefix.lower())

    def newest(self, limit: int) -> Sequence[TraceId]:
        """Return the ids of the traces that started last."""
        store = self._current()
        return () if store is None else store.newest(limit)

    def trace(self, trace_id: TraceId) -> Trace:
        """Return the whole trace.

        Raises:
            NotRecordedError: neither the store nor a spool has it.
        """
        store = self._current()
        spans = () if store is None else store.trace(trace_id)
        if not spans:
            message = f"no trace {trace_id} in {self.name}; otelhook traces lists what is there"
            raise NotRecordedError(message)
        return Trace(trace_id, spans)

    def search(self, query: Query, limit: int) -> Sequence[TraceId]:
        """Return the ids of the newest traces with such a span."""
        store = self._current()
        return () if store is None else store.search(query, limit).traces

    def unwritten_since(self, moment: int) -> Sequence[TraceId]:
        """Return the ids of traces last written before a time (ns), the longest unwritten first."""
        store = self._current()
        return () if store is None else store.unwritten_since(moment)

    def delete(self, traces: Iterable[TraceId]) -> Sequence[Path]:
        """Delete traces wherever the folder has them, so that no byte of them stays.

        Spools go even while their writers live, who begin new ones; so do files that were set
        aside for damage, if a deleted trace is in them, and what services wrote of those traces
        beside the spools. A trace that is still being recorded comes back with its next spans.

        Returns:
            The files set aside that are gone: other traces may have been in them.

        Raises:
            StorageError: not all of it could be deleted.
        """
        from otelhook.collector.leftovers import remove_files

        store = self._current()
        if store is None:
            return ()
        wanted = frozenset(traces)
        for warning in take_in(self._spools, store, retire=True).warnings:
            _logger.warning("%s", warning)
        store.delete(wanted)
        return remove_files(self._path.parent, wanted)

    def close(self) -> None:
        """Close the store; the next question opens it again."""
        if self._store is not None:
            self._store.close()
            self._store = None

    def _current(self) -> Store | None:
        """Return the store with all spools ingested, or None if nothing was ever recorded."""
        if self._store is None:
            if not self._path.exists() and not self._spools.is_dir():
                return None
            self._store = Store.open(self._path, clock=self._clock)
            # A source has no end that anybody announces; SQLite wants its connections closed.
            weakref.finalize(self, _close, self._store)
        if os.access(self._path, os.W_OK) and os.access(self._path.parent, os.W_OK):
            self._take_in(self._store)
        elif not self._said and any(self._spools.glob(f"*{SPOOL_SUFFIX}")):
            self._said = True
            _logger.warning(
                "%s cannot be written: what its spools hold is not among its traces; copy it",
                self._path.parent,
            )
        return self._store

    def _take_in(self, store: Store) -> None:
        try:
            taken = take_in(self._spools, store)
            if taken.spans:
                store.retain(self._keep_seconds, self._keep_bytes, self._clock())
                store.compact(_COMPACT)
        except StorageError as error:
            _logger.warning("%s", error)
            return
        for warning in taken.warnings:
            _logger.warning("%s", warning)


def _close(store: Store) -> None:
    with suppress(sqlite3.ProgrammingError):  # collected in a thread that did not open it
        store.close()
