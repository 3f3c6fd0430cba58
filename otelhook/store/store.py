"""The store: every trace that was recorded here, in one SQLite file."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import final

from otelhook.errors import DamagedDataError, StorageError
from otelhook.model import Resource, Span, SpanKind, TraceId
from otelhook.otlp import decode_resource, encode_traces
from otelhook.store.database import clear_errors, connect, store_path, transaction
from otelhook.store.retention import Retained, erase, retain, unwritten_since
from otelhook.store.rows import SpanRows, StoredBody, read_span, rows_of
from otelhook.store.search import Found, Query, interrupted, operations, search, services
from otelhook.store.summaries import ServiceCalls, TraceSummary, calls, summaries
from otelhook.store.writing import Writer

__all__ = ["Extent", "SpoolKey", "SpoolPosition", "Store", "Written"]

BUSY_SECONDS = 15.0
"""How long a writer waits for another one before it gives up."""

_PROGRESS = 20_000
"""Steps of SQLite's machine, a millisecond or so, between two looks at the clock."""

_TRACE = (
    "SELECT spans.content, spans.resource, resources.content, request.is_text, request.content,"
    " response.is_text, response.content FROM spans"
    " JOIN resources ON resources.id = spans.resource"
    " LEFT JOIN bodies AS request ON request.id = spans.request_body"
    " LEFT JOIN bodies AS response ON response.id = spans.response_body"
    " WHERE spans.trace_id = ? ORDER BY spans.start_time, spans.id"
)


@dataclass(frozen=True, slots=True)
class Written:
    """What became of the spans given to `Store.write`."""

    added: int
    replaced: int
    """Held before with an earlier end."""
    repeated: int
    """Held already: nothing was written."""


_EXTENT = (
    "SELECT count(*), ifnull(sum(length(spans.content) + ifnull(length(request.content), 0)"
    " + ifnull(length(response.content), 0)), 0) FROM spans"
    " LEFT JOIN bodies AS request ON request.id = spans.request_body"
    " LEFT JOIN bodies AS response ON response.id = spans.response_body"
    " WHERE spans.trace_id = ?"
)


@dataclass(frozen=True, slots=True)
class Extent:
    """How much of a trace there is; no spans if there is no such trace."""

    spans: int
    bytes: int


@dataclass(frozen=True, slots=True)
class SpoolKey:
    """Which spool: a name may come again, with its inode it does not."""

    name: str
    inode: int


@dataclass(frozen=True, slots=True)
class SpoolPosition:
    """How far a spool was ingested, in bytes, and whether some of it could not be read."""

    offset: int
    damaged: bool = False


@final
class Store:
    """One connection to the store; a thread that wants one opens its own.

    Many processes may have the store open; one at a time writes, the others wait.
    """

    def __init__(
        self, connection: sqlite3.Connection, path: Path, clock: Callable[[], int]
    ) -> None:
        self._connection = connection
        self._clock = clock
        self.path = path
        self._file = _file_at(path)

    @classmethod
    def open(
        cls,
        place: Path,
        *,
        clock: Callable[[], int],
        busy_seconds: float = BUSY_SECONDS,
        durable: bool = False,
    ) -> Store:
        """Open the store in a folder, or the store file itself; both are made where missing.

        Args:
            place: a folder, or a file that exists or ends in ``.sqlite3``.
            clock: the time in nanoseconds since the epoch, such as `time.time_ns`.
            busy_seconds: how long to wait for another writer.
            durable: whether a commit waits for the disk, so that a power cut loses nothing of
                it. Without that only the last moment can be lost, and nothing by a kill.

        Raises:
            DamagedDataError: a damaged file, another program's, or one of a newer version.
            StorageError: it cannot be opened or written, or stays locked.
        """
        path = store_path(place)
        return cls(connect(path, busy_seconds=busy_seconds, durable=durable), path, clock)

    def __enter__(self) -> Store:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection; closing twice is not an error."""
        self._connection.close()

    @property
    def in_place(self) -> bool:
        """Whether this is still the file at the store's path: what is written to a file that was
        removed is lost.
        """
        return self._file is not None and self._file == _file_at(self.path)

    @contextmanager
    def transaction(self) -> Generator[sqlite3.Connection, None, None]:
        """Hold the write lock: all that is written inside is kept together, or not at all.

        Raises:
            StorageError: another writer held the lock too long, or the disk is full.
        """
        with clear_errors(self.path), transaction(self._connection):
            yield self._connection

    def write(self, spans: Iterable[Span]) -> Written:
        """Write spans in one transaction; what is held already is left alone.

        Raises:
            StorageError: they could not be written; none of them is then kept.
        """
        return self.write_rows(rows_of(encode_traces(spans))[0])

    def write_rows(self, rows: Iterable[SpanRows]) -> Written:
        """Write spans that were taken apart already, as `write` does.

        Raises:
            StorageError: they could not be written; none of them is then kept.
        """
        with self.transaction() as connection:
            writer = Writer(connection, self._clock())
            for row in rows:
                writer.write(row)
            writer.finish()
        done = writer.outcome
        return Written(done.added, done.replaced, done.repeated)

    def trace(self, trace_id: TraceId) -> tuple[Span, ...]:
        """Return all spans of a trace by start time; empty if there are none.

        Raises:
            DamagedDataError: a row cannot be read.
        """
        resources: dict[int, Resource] = {}
        spans: list[Span] = []
        with clear_errors(self.path):
            for row in self._connection.execute(_TRACE, (trace_id,)):
                content, number, resource, *bodies = row
                try:
                    if number not in resources:
                        resources[number] = decode_resource(resource)
                    request, response = _kept(*bodies[:2]), _kept(*bodies[2:])
                    spans.append(read_span(content, resources[number], request, response))
                except DamagedDataError as error:
                    message = f"{self.path}: trace {trace_id}: {error}"
                    raise DamagedDataError(message) from None
        return tuple(spans)

    def find(self, prefix: str, limit: int = 10) -> tuple[TraceId, ...]:
        """Return the ids that begin with ``prefix`` (lower-case hex), in order."""
        with clear_errors(self.path):
            rows = self._connection.execute(
                # 'g' comes right after the last hex digit.
                "SELECT trace_id FROM traces WHERE trace_id >= ? AND trace_id < ?"
                " ORDER BY trace_id LIMIT ?",
                (prefix, f"{prefix}g", limit),
            ).fetchall()
        return tuple(TraceId(trace_id) for (trace_id,) in rows)

    def newest(self, limit: int) -> tuple[TraceId, ...]:
        """Return the ids of the traces that started last, newest first."""
        with clear_errors(self.path):
            rows = self._connection.execute(
                "SELECT trace_id FROM traces ORDER BY start_time DESC, trace_id LIMIT ?", (limit,)
            ).fetchall()
        return tuple(TraceId(trace_id) for (trace_id,) in rows)

    @contextmanager
    def bounded(self, seconds: float) -> Generator[None, None, None]:
        """Give what is read inside so many seconds together.

        Raises:
            StorageError: time was over; a search or a list instead ends with what it has.
        """
        until = time.monotonic() + seconds
        self._connection.set_progress_handler(lambda: time.monotonic() > until, _PROGRESS)
        try:
            with clear_errors(self.path):
                yield
        except StorageError as error:
            if isinstance(error.__cause__, sqlite3.Error) and interrupted(error.__cause__):
                message = f"{self.path}: not answered within {seconds:g} s; ask for less"
                raise StorageError(message) from None
            raise
        finally:
            self._connection.set_progress_handler(None, 0)

    def search(self, query: Query, limit: int) -> Found:
        """Return traces with such a span, newest first, at most ``limit``.

        Raises:
            DamagedDataError: a row cannot be read.
        """
        with clear_errors(self.path):
            return search(self._connection, query, limit)

    def summaries(self, traces: Iterable[TraceId]) -> tuple[TraceSummary, ...]:
        """Return what a list says of traces, in that order, without those that are not there."""
        with clear_errors(self.path):
            return tuple(summaries(self._connection, traces))

    def services(self) -> tuple[str, ...]:
        """Return the names of all services, in order; the empty one if spans have none."""
        with clear_errors(self.path):
            return services(self._connection)

    def operations(self, service: str) -> tuple[tuple[str, SpanKind], ...]:
        """Return the span names of a service with their kinds, in order, up to 2,000 names."""
        with clear_errors(self.path):
            return operations(self._connection, service)

    def calls(self, start: int, end: int) -> tuple[ServiceCalls, ...]:
        """Return who called whom in traces that began between two times in ns."""
        with clear_errors(self.path):
            return calls(self._connection, start, end)

    def version(self) -> str:
        """Return a text that is another one once spans have come or traces have gone."""
        with clear_errors(self.path):
            row = self._connection.execute(
                "SELECT (SELECT max(received) FROM traces), (SELECT min(received) FROM traces),"
                " (SELECT max(id) FROM spans)"
            ).fetchone()
        return "-".join(str(value or 0) for value in row)

    def extent(self, trace_id: TraceId) -> Extent:
        """Return how much of a trace there is, without reading it."""
        with clear_errors(self.path):
            row = self._connection.execute(_EXTENT, (trace_id,)).fetchone()
        return Extent(*row)

    def spool(self, key: SpoolKey) -> SpoolPosition:
        """Return how far a spool was ingested: at its beginning if never."""
        with clear_errors(self.path):
            row = self._connection.execute(
                "SELECT offset, damaged FROM spools WHERE name = ? AND inode = ?",
                (key.name, key.inode),
            ).fetchone()
        return SpoolPosition(0) if row is None else SpoolPosition(row[0], damaged=bool(row[1]))

    def move_spool(self, key: SpoolKey, position: SpoolPosition) -> None:
        """Note how far a spool was ingested, in the transaction that writes its spans."""
        with self.transaction() as connection:
            connection.execute(
                "INSERT INTO spools (name, inode, offset, damaged) VALUES (?, ?, ?, ?)"
                " ON CONFLICT (name, inode) DO UPDATE SET"
                " offset = excluded.offset, damaged = excluded.damaged",
                (key.name, key.inode, position.offset, position.damaged),
            )

    def forget_spool(self, key: SpoolKey) -> None:
        """Forget a spool that was removed."""
        with self.transaction() as connection:
            connection.execute(
                "DELETE FROM spools WHERE name = ? AND inode = ?", (key.name, key.inode)
            )

    def retain(self, max_age: float, max_bytes: int, now: int) -> Retained:
        """Delete whole traces by age and size; 0 sets no limit.

        Args:
            max_age: seconds since a trace was last written.
            max_bytes: bytes that the store may take; the longest unwritten traces go first.
            now: nanoseconds since the epoch.

        Raises:
            StorageError: the store cannot be written.
        """
        with clear_errors(self.path):
            return retain(self._connection, max_age=max_age, max_bytes=max_bytes, now=now)

    def delete(self, traces: Iterable[TraceId]) -> None:
        """Delete whole traces: no byte of them stays in the file or its log."""
        with clear_errors(self.path):
            erase(self._connection, traces)

    def unwritten_since(self, time: int) -> tuple[TraceId, ...]:
        """Return the ids of traces last written before a time (ns), the longest unwritten first."""
        with clear_errors(self.path):
            return unwritten_since(self._connection, time)


def _kept(is_text: int | None, content: bytes | None) -> StoredBody | None:
    return None if content is None else StoredBody(bool(is_text), content)


def _file_at(path: Path) -> tuple[int, int] | None:
    """Return what tells a file from every other, None if there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
