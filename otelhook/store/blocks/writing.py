"""Blocks into the store: each span once, whatever arrives twice."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from dataclasses import dataclass, field

from otelhook.store.blocks.arrays import UINT32, packed
from otelhook.store.blocks.block import Block, BlockBuilder
from otelhook.store.blocks.parts import packed_part, read_part
from otelhook.store.blocks.reading import messages_of, without
from otelhook.store.blocks.rows import insert_block
from otelhook.store.blocks.term_groups import add_group

__all__ = ["Outcome", "write_block"]

_TRACE = (
    "INSERT INTO traces (trace_id, start_time, end_time, received)"
    " VALUES (?, ?, ?, ?) ON CONFLICT (trace_id) DO UPDATE SET"
    " start_time = min(start_time, excluded.start_time),"
    " end_time = max(end_time, excluded.end_time),"
    " received = max(received, excluded.received)"
)


@dataclass(slots=True)
class Outcome:
    """What became of the spans that were given, in spans."""

    added: int = 0
    replaced: int = 0
    repeated: int = 0

    def add(self, other: Outcome) -> None:
        """Count what another says as well."""
        self.added += other.added
        self.replaced += other.replaced
        self.repeated += other.repeated


@dataclass(slots=True)
class _Repeats:
    """Which spans come again."""

    dropped: set[int] = field(default_factory=set[int])
    """Places in the new block."""
    gone: defaultdict[tuple[bytes, int], set[int]] = field(default_factory=lambda: defaultdict(set))
    """Places in blocks that are held, by trace and block."""
    outcome: Outcome = field(default_factory=Outcome)


def write_block(
    connection: sqlite3.Connection, block: Block, received: int, *, grouped: bool = True
) -> Outcome:
    """Write a block; of two spans with one trace, id and kind the later end wins.

    Args:
        connection: within a transaction.
        block: the new spans.
        received: when, ns since the epoch.
        grouped: whether it may complete a group, for which older stores have no table.
    """
    held = {
        trace: rows
        for trace in block.parts
        if (
            rows := connection.execute(
                "SELECT block, spans FROM parts WHERE trace_id = ? ORDER BY block", (trace,)
            ).fetchall()
        )
    }
    outcome = Outcome(added=block.spans)
    left: Block | None = block
    if held or block.has_repeats:
        repeats = _repeats(block, held)
        outcome = repeats.outcome
        for (trace, number), places in repeats.gone.items():
            _let_go(connection, trace, number, places)
        left = _without(block, repeats.dropped) if repeats.dropped else block
    if left is not None:
        number = insert_block(connection, left)
        if grouped:
            add_group(connection, number)
        connection.executemany(
            _TRACE,
            [(trace, part.start, part.end, received) for trace, part in sorted(left.parts.items())],
        )
        connection.execute("UPDATE revisions SET revision = revision + 1")
    return outcome


def _repeats(block: Block, held: dict[bytes, list[tuple[int, bytes]]]) -> _Repeats:
    """Compare new spans with those that are held, and with each other."""
    found = _Repeats()
    for trace, part in block.parts.items():
        known: dict[tuple[bytes, int], tuple[int, int | None, int]] = {}
        for number, spans in held.get(trace, ()):
            for span in read_part(spans):
                known[span.span_id, span.kind] = (span.end, number, span.place)
        for span in read_part(part.spans):
            key = (span.span_id, span.kind)
            before = known.get(key)
            if before is not None and before[0] >= span.end:
                found.outcome.repeated += 1
                found.dropped.add(span.place)
                continue
            known[key] = (span.end, None, span.place)
            if before is None:
                found.outcome.added += 1
                continue
            found.outcome.replaced += 1
            _, number_before, place = before
            if number_before is None:
                found.dropped.add(place)
            else:
                found.gone[trace, number_before].add(place)
    return found


def _let_go(connection: sqlite3.Connection, trace: bytes, number: int, places: set[int]) -> None:
    """Note that spans of a held block were replaced; they go when it is next rewritten."""
    (spans,) = connection.execute(
        "SELECT spans FROM parts WHERE trace_id = ? AND block = ?", (trace, number)
    ).fetchone()
    left = packed_part(span for span in read_part(spans) if span.place not in places)
    connection.execute(
        "UPDATE parts SET spans = ? WHERE trace_id = ? AND block = ?", (left, trace, number)
    )
    (gone,) = connection.execute("SELECT gone FROM indexes WHERE block = ?", (number,)).fetchone()
    connection.execute(
        "UPDATE indexes SET gone = ? WHERE block = ?",
        (gone + packed(UINT32, sorted(places)), number),
    )
    connection.execute("UPDATE blocks SET dead = dead + ? WHERE id = ?", (len(places), number))


def _without(block: Block, dropped: set[int]) -> Block | None:
    """Return a block without some of its spans; None if none is left."""
    builder = BlockBuilder()
    for first, message in messages_of(block.segments):
        builder.add(without(message, {place - first for place in dropped}))
    return builder.finish()
