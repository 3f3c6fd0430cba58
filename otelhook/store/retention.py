"""Letting whole traces go, by age and by size, and their bytes with them."""

from __future__ import annotations

import sqlite3
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from otelhook.errors import StorageError
from otelhook.model import TraceId
from otelhook.store.blocks.compacting import block_with_dead, blocks_to_rewrite, rewrite
from otelhook.store.blocks.parts import read_part
from otelhook.store.blocks.rows import delete_block
from otelhook.store.database import transaction

__all__ = ["Retained", "compact", "erase", "retain", "unwritten_since"]

_SECOND: Final = 1_000_000_000
_BATCH: Final = 100
"""Traces deleted in one transaction: other writers get their turn in between."""


@dataclass(frozen=True, slots=True)
class Retained:
    """What a round of retention did."""

    traces: int
    """Traces deleted."""
    bytes: int
    """Bytes that the store's pages take for what is left."""


def retain(connection: sqlite3.Connection, *, max_age: float, max_bytes: int, now: int) -> Retained:
    """Delete traces last written more than ``max_age`` seconds before ``now`` (ns), then the
    longest unwritten ones until the store takes ``max_bytes``; 0 sets no limit. Free pages go
    back to the file system.

    A block that other traces are in stays, with nothing of the deleted ones to be seen, until it
    is rewritten (`compact`).
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
        _give_back(connection)
    return Retained(deleted, _used(connection))


def compact(connection: sqlite3.Connection, seconds: float) -> bool:
    """Rewrite blocks: without what is dead in them, and small ones as large ones.

    Args:
        connection: outside of a transaction.
        seconds: after which no other block is begun.

    Returns:
        Whether there is more to do.
    """
    until = time.monotonic() + seconds
    changed = False
    while numbers := blocks_to_rewrite(connection):
        with transaction(connection):
            # Only under the lock are they ours to write.
            numbers = blocks_to_rewrite(connection)
            if numbers:
                rewrite(connection, numbers)
                changed = True
        if time.monotonic() > until:
            break
    if changed:
        _give_back(connection)
    return bool(numbers)


def _give_back(connection: sqlite3.Connection) -> None:
    """Give free pages to the file system, so that nothing of what they held is left."""
    # Each step of this pragma frees one page, and `execute` takes only the first.
    connection.executescript("PRAGMA incremental_vacuum")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()


def erase(connection: sqlite3.Connection, traces: Iterable[TraceId]) -> None:
    """Delete traces so that no byte of them stays, in the file or in its log.

    Blocks that other traces are in are written anew without them; then the file is, since rows
    that moved leave copies behind, and the log that holds the old pages is emptied.

    Raises:
        StorageError: they are deleted, but a damaged block keeps their bytes, or somebody who
            reads keeps the log from being emptied.
    """
    waiting = iter(traces)
    while batch := [(bytes.fromhex(trace_id),) for trace_id in islice(waiting, _BATCH)]:
        _delete(connection, batch)
    while dead := block_with_dead(connection):
        with transaction(connection):
            rewrite(connection, dead)
    connection.execute("VACUUM")
    (busy, *_), *_ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    if busy:
        message = "deleted, but a process that reads the store keeps its log: try again"
        raise StorageError(message)
    if connection.execute("SELECT 1 FROM blocks WHERE dead > 0").fetchone():
        message = "deleted, but a damaged block of the store keeps their bytes: delete the store"
        raise StorageError(message)


def unwritten_since(connection: sqlite3.Connection, time: int) -> tuple[TraceId, ...]:
    """Return the ids of traces last written before a time (ns), the longest unwritten first."""
    rows = connection.execute(
        "SELECT trace_id FROM traces WHERE received < ? ORDER BY received, trace_id", (time,)
    )
    return tuple(TraceId(trace_id.hex()) for (trace_id,) in rows)


def _used(connection: sqlite3.Connection) -> int:
    (pages,) = connection.execute("PRAGMA page_count").fetchone()
    (free,) = connection.execute("PRAGMA freelist_count").fetchone()
    (size,) = connection.execute("PRAGMA page_size").fetchone()
    (dead,) = connection.execute(
        "SELECT ifnull(sum(stored * dead / spans), 0) FROM blocks WHERE dead > 0"
    ).fetchone()
    return int((pages - free) * size - dead)


def _oldest(connection: sqlite3.Connection, before: int) -> list[tuple[bytes]]:
    return connection.execute(
        "SELECT trace_id FROM traces WHERE received <= ? ORDER BY received LIMIT ?",
        (before, _BATCH),
    ).fetchall()


def _delete(connection: sqlite3.Connection, traces: Sequence[tuple[bytes]]) -> None:
    """Delete traces, and the blocks in which there is no other."""
    with transaction(connection):
        dead: Counter[int] = Counter()
        for (trace_id,) in traces:
            for block, spans in connection.execute(
                "SELECT block, spans FROM parts WHERE trace_id = ?", (trace_id,)
            ):
                dead[block] += len(read_part(spans))
        connection.executemany("DELETE FROM parts WHERE trace_id = ?", traces)
        connection.executemany("DELETE FROM traces WHERE trace_id = ?", traces)
        for block, count in dead.items():
            connection.execute("UPDATE blocks SET dead = dead + ? WHERE id = ?", (count, block))
            (left,) = connection.execute(
                "SELECT spans - dead FROM blocks WHERE id = ?", (block,)
            ).fetchone()
            if left <= 0:
                delete_block(connection, block)
        connection.execute("UPDATE revisions SET revision = revision + 1")
