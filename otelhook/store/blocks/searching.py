"""Searching blocks: which traces have a span such as this, newest first.

Blocks are looked at by their latest span, newest first. Most are passed by without reading more of
them than a row of bounds or, where something is asked that has a term, their group's terms, or
their own. In one that
may have matches the spans with all terms are those whose bits are set in all masks; columns say
the rest, and an attribute is looked at in the span itself, since a term is only its checksum.
"""

from __future__ import annotations

import heapq
import logging
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from otelhook.errors import DamagedDataError
from otelhook.store.blocks.arrays import UINT32, unpacked
from otelhook.store.blocks.columns import Columns
from otelhook.store.blocks.parts import Operation, read_operations
from otelhook.store.blocks.postings import Terms
from otelhook.store.blocks.reading import BlockReader
from otelhook.store.blocks.span_lists import TRACE_ID
from otelhook.store.blocks.term_groups import Groups
from otelhook.store.blocks.terms import (
    FAILED,
    WENT_WRONG,
    has_text,
    kind_term,
    name_term,
    operation_term,
    service_term,
    text_term,
)
from otelhook.store.query import EVERYTHING, Query

__all__ = ["matches"]

_logger = logging.getLogger(__name__)

_ANY_TRACE: Final = (
    "SELECT trace_id FROM traces WHERE start_time BETWEEN ? AND ?"
    " AND end_time - start_time BETWEEN ? AND ? ORDER BY start_time DESC, trace_id"
)
_BLOCKS: Final = (
    "SELECT id, spans, to_time FROM blocks WHERE to_time >= ? AND from_time <= ?"
    " AND max_took >= ? AND min_took <= ? AND max_status >= ? AND min_status <= ?"
    " ORDER BY to_time DESC, id DESC"
)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A query as a block is asked it."""

    query: Query
    terms: tuple[int, ...]
    """Of which a span has to have all."""

    @classmethod
    def of(cls, query: Query) -> _Wanted:
        """Return the terms of what is asked."""
        terms = [text_term(key, text) for key, text in query.attributes]
        if query.service is not None and query.name:
            terms.append(operation_term(query.service, query.name))
        elif query.service is not None:
            terms.append(service_term(query.service))
        elif query.name:
            terms.append(name_term(query.name))
        if query.kind is not None:
            terms.append(kind_term(query.kind))
        if query.failed:
            terms.append(FAILED)
        if query.went_wrong:
            terms.append(WENT_WRONG)
        return cls(query, tuple(terms))


def matches(
    connection: sqlite3.Connection, query: Query, check: Callable[[], None]
) -> Iterator[bytes]:
    """Yield the traces that have a match, each once, by their newest one, newest first.

    A block that is damaged is left out, and named in the log.

    Args:
        connection: within one transaction, so that nothing moves meanwhile.
        query: what to look for.
        check: called now and then; what it raises ends the search.
    """
    if query.of_any_span:
        values = (*query.started, *_or_any(query.trace_took))
        yield from (trace for (trace,) in connection.execute(_ANY_TRACE, values))
        return
    wanted = _Wanted.of(query)
    reader, groups = BlockReader(connection), Groups(connection, wanted.terms)
    waiting: list[tuple[int, int, int, _Block]] = []
    seen: set[bytes] = set()
    for number, spans, to_time in connection.execute(_BLOCKS, _limits(query)):
        check()
        while waiting and -waiting[0][0] > to_time:
            yield from _verified(waiting, seen, check)
        if not groups.may_have(number):
            continue
        block = _Block(connection, reader, number, spans, wanted)
        try:
            found = [(-start, -number, place, block) for start, place in block.candidates()]
        except DamagedDataError as error:
            _complain(number, error)
            continue
        if found:
            waiting += found
            heapq.heapify(waiting)
    while waiting:
        yield from _verified(waiting, seen, check)


def _limits(query: Query) -> tuple[int, ...]:
    """Return what the bounds of a block are compared with."""
    return (*query.started, *_or_any(query.took), *(query.http_status or _or_any(EVERYTHING)))


def _or_any(limits: tuple[int, int]) -> tuple[int, int]:
    """Return the limits of a duration; a span may end before it starts, by its clock, and who
    asks nothing wants it as well.
    """
    return limits if limits != EVERYTHING else (-(2**63), EVERYTHING[1])


def _verified(
    waiting: list[tuple[int, int, int, _Block]], seen: set[bytes], check: Callable[[], None]
) -> Iterator[bytes]:
    """Take the newest candidate, and yield its trace if it is a match and no other was before."""
    _, _, place, block = heapq.heappop(waiting)
    check()
    try:
        trace = block.trace(place)
        if trace in seen or not block.matches(place, trace):
            return
    except DamagedDataError as error:
        _complain(block.number, error)
        return
    seen.add(trace)
    yield trace


def _complain(number: int, error: DamagedDataError) -> None:
    _logger.warning("block %d of the store is damaged and was not searched: %s", number, error)


class _Block:
    """One block, of which no more is read than has to be."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        reader: BlockReader,
        number: int,
        spans: int,
        wanted: _Wanted,
    ) -> None:
        self.number = number
        self._connection = connection
        self._reader = reader
        self._spans = spans
        self._wanted = wanted

    def candidates(self) -> list[tuple[int, int]]:
        """Return start and place of each span that may be a match.

        Raises:
            DamagedDataError: the block is damaged.
        """
        mask = self._mask()
        if not mask:
            return []
        gone = unpacked(UINT32, self._column("gone"))
        for place in gone:
            mask &= ~(1 << place)
        starts = self._columns.starts
        fits = self._fits
        return [(starts[place], place) for place in _places(mask) if fits(place)]

    def trace(self, place: int) -> bytes:
        """Return the trace that a candidate belongs to."""
        at = TRACE_ID * self._columns.traces[place]
        return self._traces[at : at + TRACE_ID]

    def matches(self, place: int, trace: bytes) -> bool:
        """Return whether a candidate is a match.

        Raises:
            DamagedDataError: the block is damaged.
        """
        # A part that is not there any more was deleted, whatever the block still holds.
        held = self._connection.execute(
            "SELECT end_time - start_time FROM parts JOIN traces USING (trace_id)"
            " WHERE trace_id = ? AND block = ?",
            (trace, self.number),
        ).fetchone()
        shortest, longest = _or_any(self._wanted.query.trace_took)
        return held is not None and shortest <= held[0] <= longest and self._has_attributes(place)

    def _mask(self) -> int:
        wanted = self._wanted.terms
        everything = (1 << self._spans) - 1
        if not wanted:
            return everything
        terms = Terms(self._spans, self._column("terms"))
        places = [terms.place(term) for term in wanted]
        if None in places:
            return 0
        terms.load(self._column("postings"))
        mask = everything
        for place in places:
            if place is not None:
                mask &= terms.mask(place)
        return mask

    def _fits(self, place: int) -> bool:
        """Return whether what columns say of a span is as it is asked."""
        query, columns = self._wanted.query, self._columns
        if not query.started[0] <= columns.starts[place] <= query.started[1]:
            return False
        shortest, longest = _or_any(query.took)
        if not shortest <= columns.took[place] <= longest:
            return False
        if query.http_status is not None:
            first, last = query.http_status
            if not first <= columns.statuses[place] <= last:
                return False
        return self._operations[columns.operations[place]] and self._outcome_fits(place)

    def _outcome_fits(self, place: int) -> bool:
        return self._wanted.query.failed is not False or not self._failures >> place & 1

    def _has_attributes(self, place: int) -> bool:
        wanted = self._wanted.query.attributes
        if not wanted:
            return True
        ((resource_spans, _, span),) = self._reader.spans(self.number, [place])
        resource = resource_spans.resource.attributes
        return all(has_text(key, text, span.attributes, resource) for key, text in wanted)

    def _column(self, name: str) -> bytes:
        (value,) = self._connection.execute(
            f"SELECT {name} FROM indexes WHERE block = ?",  # noqa: S608 - own text
            (self.number,),
        ).fetchone()
        return bytes(value)

    @cached_property
    def _columns(self) -> Columns:
        return Columns.unpacked(self._column("columns"), self._spans)

    @cached_property
    def _traces(self) -> bytes:
        return self._column("traces")

    @cached_property
    def _operations(self) -> Sequence[bool]:
        """Whether each operation is as it is asked: terms are checksums here as well."""
        return [self._is_wanted(one) for one in read_operations(self._column("operations"))]

    def _is_wanted(self, operation: Operation) -> bool:
        query = self._wanted.query
        return (
            (query.service is None or operation.service == query.service)
            and (not query.name or operation.name == query.name)
            and (query.kind is None or operation.kind == query.kind)
        )

    @cached_property
    def _failures(self) -> int:
        """The spans whose status is an error, a bit each."""
        terms = Terms(self._spans, self._column("terms"))
        place = terms.place(FAILED)
        if place is None:
            return 0
        terms.load(self._column("postings"))
        return terms.mask(place)


def _places(mask: int) -> Iterator[int]:
    """Yield the places of the bits that are set, from the lowest."""
    bits = bin(mask)[:1:-1]
    place = bits.find("1")
    while place >= 0:
        yield place
        place = bits.find("1", place + 1)
