"""A block as it is kept: some messages, compressed, and what is asked of their spans, packed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from otelhook.store.blocks.columns import Columns
from otelhook.store.blocks.compression import compressed, is_worth_it
from otelhook.store.blocks.messages import add_message
from otelhook.store.blocks.parts import FAILURE, WRONG, Operation, Part, flags_of, packed_part
from otelhook.store.blocks.postings import PackedTerms, packed_terms
from otelhook.store.blocks.span_lists import SpanLists
from otelhook.store.blocks.terms import (
    FAILED,
    WENT_WRONG,
    kind_term,
    name_term,
    operation_term,
    pair_facts,
    plain_term,
    resource_facts,
    service_term,
)

__all__ = [
    "MAX_BLOCK",
    "MAX_INTEGER",
    "NO_STATUS",
    "Block",
    "BlockBuilder",
    "Bounds",
    "block_of",
]

MAX_INTEGER: Final = 2**63 - 1
"""The largest number that SQLite, and a column, holds."""

NO_STATUS: Final = -(2**63)
"""In place of an HTTP status where there is none."""

MAX_BLOCK: Final = 1_000
"""Spans from which on a block that comes in is ended: a request of more is several commits."""

_MAX_PAIRS: Final = 8_000
"""Distinct attributes from which on it is: each takes some 500 bytes until it is packed."""

_MAX_BYTES: Final = 4 * 1024**2

_SEGMENT: Final = 256 * 1024
"""Bytes of messages that are compressed together, about: what one trace's reader unpacks."""

_ROW: Final = 100
"""Bytes that the rows of a trace take beside its spans, about."""

_ERROR: Final = 2
_REFUSED: Final = 400


class Bounds(NamedTuple):
    """Between which values the spans of a block are; times in ns."""

    from_time: int
    to_time: int
    min_took: int
    max_took: int
    min_status: int
    max_status: int


@dataclass(frozen=True, slots=True)
class Block:
    """Some spans, ready to be written."""

    spans: int
    size: int
    """Bytes of its messages, before they were compressed."""
    bounds: Bounds
    operations: tuple[Operation, ...]
    parts: dict[bytes, Part]
    """By trace, in the order of the columns' traces."""
    columns: bytes
    index: PackedTerms
    segments: tuple[tuple[int, bytes], ...]
    """Messages, compressed, each after the place of its first span."""
    uncompressed: bool
    """Whether some of it was not compressed, for the time that it would have taken."""
    has_repeats: bool
    """Whether one span (of a trace, an id and a kind) is in it more than once."""

    @property
    def stored(self) -> int:
        """Bytes that it takes, about."""
        packed_bytes = len(self.columns) + len(self.index.terms) + len(self.index.postings)
        parts = sum(len(part.spans) + _ROW for part in self.parts.values())
        return packed_bytes + parts + sum(len(content) for _, content in self.segments)


def block_of(messages: Iterable[bytes]) -> tuple[Block | None, tuple[str, ...]]:
    """Take messages in; returns also a sentence on each span that had to be left out.

    Args:
        messages: OTLP ``TracesData`` or ``ExportTraceServiceRequest`` each; none without spans
            that can be kept makes a block.

    Raises:
        DamagedDataError: the bytes are no OTLP protobuf.
    """
    builder = BlockBuilder(quick=True)
    skipped: list[str] = []
    for message in messages:
        skipped += builder.add(message)
    return builder.finish(), tuple(skipped)


class BlockBuilder:
    """Makes a block of messages.

    Args:
        quick: whether somebody waits for it, so that what hardly compresses is left as it is.
    """

    def __init__(self, *, quick: bool = False) -> None:
        self._may_be_quick = quick
        self._uncompressed = False
        self._lists = SpanLists()
        self._segments: list[tuple[int, bytes]] = []
        self._waiting: list[bytes] = []
        """Messages of the next segment: the fields of one after another are one message."""
        self._size = 0
        self._first = 0

    def add(self, message: bytes) -> tuple[str, ...]:
        """Add a message; return a sentence on each span that was left out.

        Raises:
            DamagedDataError: the bytes are no OTLP protobuf; nothing was added.
        """
        before = len(self._lists)
        kept, skipped = add_message(message, self._lists)
        if len(self._lists) > before:
            self._waiting.append(kept)
            self._size += len(kept)
            if sum(map(len, self._waiting)) >= _SEGMENT:
                self._end_segment()
        return skipped

    @property
    def is_full(self) -> bool:
        """Whether what is added should rather begin another block."""
        lists = self._lists
        return len(lists) >= MAX_BLOCK or len(lists.pairs) >= _MAX_PAIRS or self._size >= _MAX_BYTES

    def finish(self) -> Block | None:
        """Return the block; None if there are no spans."""
        self._end_segment()
        lists = self._lists
        if not lists:
            return None
        statuses, places = _read_pairs(lists)
        numbers, operations = _operations(lists)
        starts = [min(time, MAX_INTEGER) for time in lists.starts]
        ends = [min(time, MAX_INTEGER) for time in lists.ends]
        took = [end - start for start, end in zip(starts, ends, strict=True)]
        flags = _flags(lists, statuses)
        _add_operations(places, numbers, operations)
        _add_outcomes(places, flags)
        known: dict[bytes, int] = {}
        traces = [known.setdefault(trace, len(known)) for trace in lists.traces]
        return Block(
            spans=len(lists),
            size=self._size,
            bounds=Bounds(
                *(min(starts), max(starts), min(took), max(took), min(statuses), max(statuses))
            ),
            operations=operations,
            parts=_parts(lists, starts, ends, numbers, flags),
            columns=Columns(starts, took, statuses, numbers, traces).packed(),
            index=packed_terms(len(lists), places),
            segments=tuple(self._segments),
            uncompressed=self._uncompressed,
            has_repeats=len(set(zip(lists.traces, lists.ids, lists.kinds, strict=True)))
            < len(lists),
        )

    def _end_segment(self) -> None:
        if self._waiting:
            content = b"".join(self._waiting)
            quick = self._may_be_quick and not is_worth_it(content)
            self._uncompressed |= quick
            self._segments.append((self._first, compressed(content, quick=quick)))
            self._waiting.clear()
            self._first = len(self._lists)


def _read_pairs(lists: SpanLists) -> tuple[list[int], dict[int, list[int]]]:
    """Return the HTTP status of each span, and the places of each term."""
    statuses = [NO_STATUS] * len(lists)
    places: dict[int, list[int]] = {}
    ranked: list[tuple[int, int, list[int]]] = []
    for pair, held in lists.pairs.items():
        term = plain_term(pair)
        if term is not None:
            _add(places, term, held)
            continue
        facts = pair_facts(pair)
        for one in facts.terms:
            _add(places, one, held)
        if facts.rank:
            status = NO_STATUS if facts.status is None else facts.status
            ranked.append((facts.rank, status, held))
    for _, status, held in sorted(ranked, key=lambda entry: entry[0]):
        for place in held:
            statuses[place] = status
    of_resources: dict[bytes, list[int]] = defaultdict(list)
    for place, resource in enumerate(lists.resources):
        of_resources[resource].append(place)
    for resource, held in of_resources.items():
        for term in resource_facts(resource).terms:
            _add(places, term, held)
    return statuses, places


def _add(places: dict[int, list[int]], term: int, more: list[int]) -> None:
    held = places.get(term)
    places[term] = more if held is None else sorted({*held, *more})


def _operations(lists: SpanLists) -> tuple[list[int], tuple[Operation, ...]]:
    """Return the operation of each span, and all of them."""
    known: dict[tuple[bytes, bytes, int], int] = {}
    numbers = [
        known.setdefault(key, len(known))
        for key in zip(lists.resources, lists.names, lists.kinds, strict=True)
    ]
    return numbers, tuple(
        Operation(resource_facts(resource).service, name.decode(), kind)
        for resource, name, kind in known
    )


def _flags(lists: SpanLists, statuses: Sequence[int]) -> list[int]:
    return [
        flags_of(kind, failed=code == _ERROR, refused=status >= _REFUSED)
        for kind, code, status in zip(lists.kinds, lists.statuses, statuses, strict=True)
    ]


def _add_operations(
    places: dict[int, list[int]], numbers: Sequence[int], operations: Sequence[Operation]
) -> None:
    held: list[list[int]] = [[] for _ in operations]
    for place, number in enumerate(numbers):
        held[number].append(place)
    for operation, those in zip(operations, held, strict=True):
        service, name, kind = operation
        for term in (
            *(service_term(service), name_term(name)),
            *(operation_term(service, name), kind_term(kind)),
        ):
            _add(places, term, those)


def _add_outcomes(places: dict[int, list[int]], flags: Sequence[int]) -> None:
    wrong = [place for place, flag in enumerate(flags) if flag & WRONG]
    failed = [place for place in wrong if flags[place] & FAILURE]
    of_outcomes = {WENT_WRONG: wrong, FAILED: failed}
    places.update({term: held for term, held in of_outcomes.items() if held})


def _parts(
    lists: SpanLists,
    starts: Sequence[int],
    ends: Sequence[int],
    operations: Sequence[int],
    flags: Sequence[int],
) -> dict[bytes, Part]:
    rows = zip(
        range(len(lists)), lists.ids, lists.parents, starts, ends, operations, flags, strict=True
    )
    grouped: dict[bytes, list[tuple[int, bytes, bytes, int, int, int, int]]] = {}
    for trace, row in zip(lists.traces, rows, strict=True):
        grouped.setdefault(trace, []).append(row)
    return {
        trace: Part(
            sum(lists.sizes[row[0]] for row in held),
            packed_part(held),
            min(row[3] for row in held),
            max(row[4] for row in held),
        )
        for trace, held in grouped.items()
    }
