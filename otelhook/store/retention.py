"""Letting whole traces go, by age and by size."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

from otelhook.errors import StorageError
from otelhook.model import TraceId
from otelhook.store.database import transaction
from otelhook.store.writing import forget_spans

__all__ = ["Retained", "erase", "retain", "unwritten_since"]

_SECOND = 1_000_000_000
_BATCH = 100
"""Traces deleted in one transaction: other writers get their turn in between."""


@dataclass(frozen=True, slots=True)
class Retained:
    """What a round of retention did."""

    traces: int
    """Traces deleted."""
    bytes: int
    """Bytes that the store's pages take afterwards."""


def retain(connection: sqlite3.Connection, *, max_age: float, max_bytes: int, now: int) -> Retained:
    """Delete traces last written more than ``max_age`` seconds before ``now`` (ns), then the
    longest unwritten ones until the store takes ``max_bytes``; 0 sets no limit. Free pages go
    back to the file system.
    """
    deleted = 0
    if max_age > 0:
        limit = now - int(max_age * _SECOND)
        while batch := _oldest(connection, limit):
            _delete(connection, batch)
            deleted += len(batch)
    while max_bytes > 0 and _used(connection) > max_bytes and (batch := _oldest(connection, now)):
        _delete(connection, batch)
        deleted += len(batch)
    if deleted:
        # Each step of this pragma frees one page, and `execute` takes only the first.
        connection.executescript("PRAGMA incremental_vacuum")
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    return Retained(deleted, _used(connection))


def erase(connection: sqlite3.Connection, traces: Iterable[TraceId]) -> None:
    """Delete traces so that no byte of them stays, in the file or in its log.

    Deleting only marks room as free, and rows that moved leave copies behind: the file is
    therefore written anew, and the log that holds the old pages emptied.

    Raises:
        StorageError: they are deleted, but somebody who reads keeps the log from being emptied.
    """
    waiting = iter(traces)
    while batch := [(trace_id,) for trace_id in islice(waiting, _BATCH)]:
        _delete(connection, batch)
    connection.execute("VACUUM")
    (busy, *_), *_ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    if busy:
        message = "deleted, but a process that reads the store keeps its log: try again"
        raise StorageError(message)


def unwritten_since(connection: sqlite3.Connection, time: int) -> tuple[TraceId, ...]:
    """Return the ids of traces last written before a time (ns), the longest unwritten first."""
    rows = connection.execute(
        "SELECT trace_id FROM traces WHERE received < ? ORDER BY received, trace_id", (time,)
    )
    return tuple(TraceId(trace_id) for (trace_id,) in rows)


def _used(connection: sqlite3.Connection) -> int:
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    (free,) = connection.execute("PRAGMA freelist_count").fetchone()
    (size,) = connection.execute("PRAGMA page_size").fetchone()
    return int((pages - free) * size)


def _oldest(connection: sqlite3.Connection, before: int) -> list[tuple[str]]:
    return connection.execute(
        "SELECT trace_id FROM traces WHERE received <= ? ORDER BY received LIMIT ?",
        (before, _BATCH),
    ).fetchall()


def _delete(connection: sqlite3.Connection, traces: Sequence[tuple[str]]) -> None:
    """Delete traces, and what nothing refers to any more."""
    with transaction(connection):
        for (trace_id,) in traces:
            spans = connection.execute(
                "SELECT id FROM spans WHERE trace_id = ?", (trace_id,)
            ).fetchall()
            forget_spans(connection, (span for (span,) in spans))
            connection.execute("DELETE FROM traces WHERE trace_id = ?", (trace_id,))
