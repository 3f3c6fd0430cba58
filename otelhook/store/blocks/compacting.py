"""Rewriting blocks: small ones become large ones, and what is dead in them goes.

A block takes the number of the first of those that it is made of, which stood beside each other:
the order of arrival stays. Readers in other processes see the old blocks or the new one, since
both change in one transaction.
"""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Iterator, Sequence
from typing import Final

from otelhook.errors import DamagedDataError
from otelhook.store.blocks.block import BlockBuilder
from otelhook.store.blocks.parts import read_part
from otelhook.store.blocks.reading import messages_of, without
from otelhook.store.blocks.rows import delete_block, insert_block, traces_of

__all__ = ["block_with_dead", "blocks_to_rewrite", "rewrite"]

_logger = logging.getLogger(__name__)

_SPAN_BYTES: Final = 5_000
"""Bytes of messages that count as a span: large bodies make a block as large as many spans."""

_TERM_BYTES: Final = 64
"""Bytes of an index that count as a span: each term takes a hundred times its 4 bytes meanwhile."""

_TIERS: Final = (256, 2_048)
"""Spans, about, of a block that is made of smaller ones: a span is rewritten twice in its life."""


def block_with_dead(connection: sqlite3.Connection) -> list[int]:
    """Return the first block with something dead in it that can be written anew, if any."""
    return [
        number
        for (number,) in connection.execute(
            "SELECT id FROM blocks WHERE dead > 0 AND NOT damaged ORDER BY id LIMIT 1"
        )
    ]


def blocks_to_rewrite(connection: sqlite3.Connection) -> list[int]:
    """Return blocks that are to become one: one with something dead in it, small ones, or a
    large one that is to be compressed.
    """
    dead = block_with_dead(connection)
    if dead:
        return dead
    sizes = connection.execute(
        "SELECT id, max(spans, size / ?, length(terms) / ?), damaged"
        " FROM blocks JOIN indexes ON block = id ORDER BY id",
        (_SPAN_BYTES, _TERM_BYTES),
    ).fetchall()
    run = next(_small_runs(sizes), None)
    if run is not None:
        return run
    uncompressed = connection.execute(
        "SELECT id FROM blocks WHERE uncompressed AND NOT damaged AND max(spans, size / ?) >= ?"
        " ORDER BY id LIMIT 1",
        (_SPAN_BYTES, _TIERS[0]),
    ).fetchone()
    return [uncompressed[0]] if uncompressed else []


def _small_runs(sizes: Sequence[tuple[int, int, int]]) -> Iterator[list[int]]:
    """Yield numbers of blocks beside each other that make one of a tier together."""
    for tier in _TIERS:
        run: list[int] = []
        total = 0
        for number, size, damaged in sizes:
            if size >= tier or damaged:
                run, total = [], 0
                continue
            run.append(number)
            total += size
            if total >= tier:
                yield run
                run, total = [], 0


def rewrite(connection: sqlite3.Connection, numbers: Sequence[int]) -> None:
    """Write blocks beside each other as one, without what is dead in them.

    One that is damaged is marked and left as it is: what can be read of it still is.

    Args:
        connection: within a transaction.
        numbers: of the blocks, in order.
    """
    builder = BlockBuilder()
    for number in numbers:
        try:
            messages = list(_live_messages(connection, number))
        except DamagedDataError as error:
            _logger.warning("block %d of the store is damaged and stays: %s", number, error)
            connection.execute("UPDATE blocks SET damaged = 1 WHERE id = ?", (number,))
            return
        for message in messages:
            builder.add(message)
    for number in numbers:
        delete_block(connection, number)
    block = builder.finish()
    if block is not None:
        insert_block(connection, block, numbers[0])


def _live_messages(connection: sqlite3.Connection, number: int) -> Iterator[bytes]:
    """Yield what a block holds that is to be seen.

    Raises:
        DamagedDataError: it cannot be read.
    """
    spans, dead = connection.execute(
        "SELECT spans, dead FROM blocks WHERE id = ?", (number,)
    ).fetchone()
    segments = connection.execute(
        "SELECT first_span, content FROM segments WHERE block = ? ORDER BY first_span", (number,)
    ).fetchall()
    if not dead:
        yield from (message for _, message in messages_of(segments))
        return
    gone = set(range(spans)).difference(_live_places(connection, number))
    ends = [first for first, _ in segments[1:]] + [spans]
    for (first, message), end in zip(messages_of(segments), ends, strict=True):
        within = {place - first for place in gone if first <= place < end}
        if len(within) < end - first:
            yield without(message, within)


def _live_places(connection: sqlite3.Connection, number: int) -> Iterator[int]:
    (traces,) = connection.execute(
        "SELECT traces FROM indexes WHERE block = ?", (number,)
    ).fetchone()
    for trace in traces_of(traces):
        row = connection.execute(
            "SELECT spans FROM parts WHERE trace_id = ? AND block = ?", (trace, number)
        ).fetchone()
        if row is not None:
            yield from (span.place for span in read_part(row[0]))
