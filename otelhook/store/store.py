"""The store: every trace that was recorded here, in one SQLite file."""

from __future__ import annotations

import math
import sqlite3
import time
from collections.abc import Callable, Generator, Iterable
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, final

from otelhook.errors import DamagedDataError, StorageError
from otelhook.model import Span, SpanKind, TraceId
from otelhook.store.blocks.parts import read_part
from otelhook.store.blocks.reading import BlockReader
from otelhook.store.database import clear_errors, file_at, reading, store_path, transaction
from otelhook.store.opening import connect

if TYPE_CHECKING:
    from otelhook.store.blocks.block import Block
    from otelhook.store.query import Found, Query
    from otelhook.store.retention import Retained
    from otelhook.store.summaries import ServiceCalls, TraceSummary
    from otelhook.store.written import Extent, SpoolKey, SpoolPosition, Written

__all__ = ["Store"]

BUSY_SECONDS = 15.0
"""How long a writer waits for another one before it gives up."""

_ID = 32
"""Hex digits of a trace's id."""

_PROGRESS = 20_000
"""Steps of SQLite's machine, a millisecond or so, between two looks at the clock."""


@final
class Store:
    """One connection to the store; a thread that wants one opens its own.

    Many processes may have the store open; one at a time writes, the others wait. What each
    question needs is loaded with it: a command that reads one trace needs the fewest.
    """

    def __init__(
        self, connection: sqlite3.Connection, path: Path, clock: Callable[[], int]
    ) -> None:
        self._connection = connection
        self._clock = clock
        self.path = path
        self._file = file_at(path)
        self._until = math.inf

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
        return self._file is not None and self._file == file_at(self.path)

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
        from otelhook.otlp import encode_traces
        from otelhook.store.blocks.block import block_of

        block, _ = block_of([encode_traces(spans)])
        return self.write_blocks([] if block is None else [block])

    def write_blocks(self, blocks: Iterable[Block]) -> Written:
        """Write spans that were taken in already, as `write` does.

        Raises:
            StorageError: they could not be written; none of them is then kept.
        """
        from otelhook.store.blocks.writing import Outcome, write_block
        from otelhook.store.written import Written

        total = Outcome()
        with self.transaction() as connection:
            for block in blocks:
                total.add(write_block(connection, block, self._clock()))
        return Written(total.added, total.replaced, total.repeated)

    def trace(self, trace_id: TraceId) -> tuple[Span, ...]:
        """Return all spans of a trace by start time; empty if there are none.

        Raises:
            DamagedDataError: some of it cannot be read.
        """
        with clear_errors(self.path), reading(self._connection):
            try:
                return tuple(BlockReader(self._connection).trace(_key(trace_id)))
            except DamagedDataError as error:
                message = f"{self.path}: trace {trace_id}: {error}"
                raise DamagedDataError(message) from None

    def find(self, prefix: str, limit: int = 10) -> tuple[TraceId, ...]:
        """Return the ids that begin with ``prefix`` (lower-case hex), in order."""
        with clear_errors(self.path):
            rows = self._connection.execute(
                "SELECT trace_id FROM traces WHERE trace_id BETWEEN ? AND ?"
                " ORDER BY trace_id LIMIT ?",
                (_key(prefix.ljust(_ID, "0")), _key(prefix.ljust(_ID, "f")), limit),
            ).fetchall()
        return _ids(rows)

    def newest(self, limit: int) -> tuple[TraceId, ...]:
        """Return the ids of the traces that started last, newest first."""
        with clear_errors(self.path):
            rows = self._connection.execute(
                "SELECT trace_id FROM traces ORDER BY start_time DESC, trace_id LIMIT ?", (limit,)
            ).fetchall()
        return _ids(rows)

    @contextmanager
    def bounded(self, seconds: float) -> Generator[None, None, None]:
        """Give what is read inside so many seconds together.

        Raises:
            StorageError: time was over; a search or a list instead ends with what it has.
        """
        from otelhook.store.search import interrupted

        until = self._until = time.monotonic() + seconds
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
            self._until = math.inf
            self._connection.set_progress_handler(None, 0)

    def _check(self) -> None:
        """End what takes too long between two statements, as SQLite does within one."""
        if time.monotonic() > self._until:
            message = "interrupted"
            raise sqlite3.OperationalError(message)

    def search(self, query: Query, limit: int) -> Found:
        """Return traces with such a span, newest first, at most ``limit``.

        A block that is damaged is left out, and named in the log.
        """
        from otelhook.store.search import search

        with clear_errors(self.path):
            return search(self._connection, query, limit, self._check)

    def summaries(self, traces: Iterable[TraceId]) -> tuple[TraceSummary, ...]:
        """Return what a list says of traces, in that order, without those that are not there."""
        from otelhook.store.summaries import summaries

        with clear_errors(self.path), reading(self._connection):
            return tuple(summaries(self._connection, traces, self._check))

    def services(self) -> tuple[str, ...]:
        """Return the names of all services, in order; the empty one if spans have none."""
        from otelhook.store.search import services

        with clear_errors(self.path):
            return services(self._connection)

    def operations(self, service: str) -> tuple[tuple[str, SpanKind], ...]:
        """Return the span names of a service with their kinds, in order, up to 2,000 names."""
        from otelhook.store.search import operations

        with clear_errors(self.path):
            return operations(self._connection, service)

    def calls(self, start: int, end: int) -> tuple[ServiceCalls, ...]:
        """Return who called whom in traces that began between two times in ns."""
        from otelhook.store.summaries import calls

        with clear_errors(self.path), reading(self._connection):
            return calls(self._connection, start, end, self._check)

    def version(self) -> str:
        """Return a text that is another one once spans have come or traces have gone."""
        with clear_errors(self.path):
            (revision,) = self._connection.execute("SELECT revision FROM revisions").fetchone()
        return str(revision)

    def extent(self, trace_id: TraceId) -> Extent:
        """Return how much of a trace there is, without reading it."""
        from otelhook.store.written import Extent

        with clear_errors(self.path):
            rows = self._connection.execute(
                "SELECT size, spans FROM parts WHERE trace_id = ?", (_key(trace_id),)
            ).fetchall()
        return Extent(
            sum(len(read_part(spans)) for _, spans in rows), sum(size for size, _ in rows)
        )

    def spool(self, key: SpoolKey) -> SpoolPosition:
        """Return how far a spool was ingested: at its beginning if never."""
        from otelhook.store.written import SpoolPosition

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
        from otelhook.store.retention import retain

        with clear_errors(self.path):
            return retain(self._connection, max_age=max_age, max_bytes=max_bytes, now=now)

    def delete(self, traces: Iterable[TraceId]) -> None:
        """Delete whole traces: no byte of them stays in the file or its log."""
        from otelhook.store.retention import erase

        with clear_errors(self.path):
            erase(self._connection, traces)

    def unwritten_since(self, time: int) -> tuple[TraceId, ...]:
        """Return the ids of traces last written before a time (ns), the longest unwritten first."""
        from otelhook.store.retention import unwritten_since

        with clear_errors(self.path):
            return unwritten_since(self._connection, time)

    def compact(self, seconds: float) -> bool:
        """Rewrite blocks, without what was deleted and small ones as large ones.

        Args:
            seconds: about how long.

        Returns:
            Whether there is more to do.

        Raises:
            StorageError: the store cannot be written.
        """
        from otelhook.store.retention import compact

        with clear_errors(self.path):
            return compact(self._connection, seconds)


def _key(trace_id: str) -> bytes:
    """Return an id as it is kept; what is no id is nobody's."""
    try:
        return bytes.fromhex(trace_id)
    except ValueError:
        return b""


def _ids(rows: Iterable[tuple[bytes]]) -> tuple[TraceId, ...]:
    return tuple(TraceId(trace_id.hex()) for (trace_id,) in rows)
