"""The rows of a block: written, and deleted with all that is said of it."""

from __future__ import annotations

import sqlite3

from otelhook.errors import DamagedDataError
from otelhook.store.blocks.block import Block
from otelhook.store.blocks.parts import packed_operations, read_operations
from otelhook.store.blocks.span_lists import TRACE_ID
from otelhook.store.blocks.term_groups import delete_group

__all__ = ["delete_block", "insert_block", "traces_of"]


def insert_block(connection: sqlite3.Connection, block: Block, number: int | None = None) -> int:
    """Write a block, not its traces; return its number, the next one if none is given."""
    cursor = connection.execute(
        "INSERT INTO blocks (id, spans, size, stored, uncompressed, from_time, to_time, min_took,"
        " max_took, min_status, max_status) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (number, block.spans, block.size, block.stored, block.uncompressed, *block.bounds),
    )
    number = int(cursor.lastrowid or 0)
    connection.execute(
        "INSERT INTO indexes (block, terms, postings, operations, traces, columns)"
        " VALUES (?, ?, ?, ?, ?, ?)",
        (
            *(number, block.index.terms, block.index.postings),
            *(packed_operations(block.operations), b"".join(block.parts), block.columns),
        ),
    )
    connection.executemany(
        "INSERT INTO segments (block, first_span, content) VALUES (?, ?, ?)",
        [(number, first, content) for first, content in block.segments],
    )
    connection.executemany(
        "INSERT INTO parts (trace_id, block, size, spans) VALUES (?, ?, ?, ?)",
        [(trace, number, part.size, part.spans) for trace, part in sorted(block.parts.items())],
    )
    connection.executemany(
        "INSERT INTO operations (service, name, kind, block) VALUES (?, ?, ?, ?)",
        [(*operation, number) for operation in sorted(set(block.operations))],
    )
    return number


def delete_block(connection: sqlite3.Connection, number: int) -> None:
    """Delete a block, and its parts of traces."""
    traces, operations = connection.execute(
        "SELECT traces, operations FROM indexes WHERE block = ?", (number,)
    ).fetchone()
    connection.executemany(
        "DELETE FROM parts WHERE trace_id = ? AND block = ?",
        [(trace, number) for trace in traces_of(traces)],
    )
    try:
        connection.executemany(
            "DELETE FROM operations WHERE service = ? AND name = ? AND kind = ? AND block = ?",
            [(*operation, number) for operation in set(read_operations(operations))],
        )
    except DamagedDataError:  # the names are nowhere else: look through all of them
        connection.execute("DELETE FROM operations WHERE block = ?", (number,))
    connection.execute("DELETE FROM segments WHERE block = ?", (number,))
    connection.execute("DELETE FROM indexes WHERE block = ?", (number,))
    connection.execute("DELETE FROM blocks WHERE id = ?", (number,))
    delete_group(connection, number)


def traces_of(packed: bytes) -> list[bytes]:
    """Return the ids of a block's traces, which stand one after another."""
    return [packed[at : at + TRACE_ID] for at in range(0, len(packed), TRACE_ID)]
