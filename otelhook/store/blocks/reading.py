"""Spans out of blocks."""

from __future__ import annotations

import sqlite3
from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from typing import Final, TypeAlias

from opentelemetry.proto.trace.v1 import trace_pb2

from otelhook.errors import DamagedDataError
from otelhook.model import Resource, Span
from otelhook.otlp import decode_resource, model_span, read_message
from otelhook.store.blocks.compression import inflated
from otelhook.store.blocks.parts import PartSpan, read_part

__all__ = ["BlockReader", "Found", "messages_of", "without"]

Found: TypeAlias = tuple[trace_pb2.ResourceSpans, trace_pb2.ScopeSpans, trace_pb2.Span]
"""A span, and what it stands in."""

_KEPT: Final = 4
"""Segments that stay unpacked: the next span asked for is often beside the last."""


class BlockReader:
    """Reads spans of blocks through one connection, within one transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._segments: dict[int, tuple[list[int], list[int]]] = {}
        """Of each block that was asked for: places of first spans, and numbers."""
        self._unpacked: OrderedDict[int, list[Found]] = OrderedDict()

    def parts(self, trace_id: bytes) -> list[tuple[int, list[PartSpan]]]:
        """Return the spans of a trace by block, in the order of arrival."""
        rows = self._connection.execute(
            "SELECT block, spans FROM parts WHERE trace_id = ? ORDER BY block", (trace_id,)
        )
        return [(block, read_part(spans)) for block, spans in rows]

    def trace(self, trace_id: bytes) -> list[Span]:
        """Return the spans of a trace by start time.

        Raises:
            DamagedDataError: some of them cannot be read; it says where.
        """
        found: list[tuple[int, int, int, Span]] = []
        resources: dict[bytes, Resource] = {}
        for block, spans in self.parts(trace_id):
            read = self.spans(block, [span.place for span in spans])
            for held, (resource_spans, scope_spans, span) in zip(spans, read, strict=True):
                content = resource_spans.resource.SerializeToString()
                if content not in resources:
                    resources[content] = decode_resource(content)
                made = model_span(span, resources[content], scope_spans)
                found.append((held.start, block, held.place, made))
        found.sort(key=lambda row: row[:3])
        return [span for *_, span in found]

    def spans(self, block: int, places: Iterable[int]) -> Iterator[Found]:
        """Yield the spans at some places of a block.

        Raises:
            DamagedDataError: the block is damaged.
        """
        firsts, numbers = self._segments_of(block)
        for place in places:
            at = bisect_right(firsts, place) - 1
            held = self._segment(block, numbers[at]) if at >= 0 else []
            within = place - firsts[at]
            if within >= len(held):
                message = f"block {block}: span {place} is missing"
                raise DamagedDataError(message)
            yield held[within]

    def _segments_of(self, block: int) -> tuple[list[int], list[int]]:
        known = self._segments.get(block)
        if known is None:
            rows = self._connection.execute(
                "SELECT first_span, id FROM segments WHERE block = ? ORDER BY first_span", (block,)
            ).fetchall()
            known = self._segments[block] = ([row[0] for row in rows], [row[1] for row in rows])
        return known

    def _segment(self, block: int, number: int) -> list[Found]:
        held = self._unpacked.get(number)
        if held is None:
            (content,) = self._connection.execute(
                "SELECT content FROM segments WHERE id = ?", (number,)
            ).fetchone()
            try:
                held = list(spans_within(read_message(inflated(content))))
            except DamagedDataError as error:
                message = f"block {block}: {error}"
                raise DamagedDataError(message) from None
            self._unpacked[number] = held
            if len(self._unpacked) > _KEPT:
                self._unpacked.popitem(last=False)
        else:
            self._unpacked.move_to_end(number)
        return held


def spans_within(message: trace_pb2.TracesData) -> Iterator[Found]:
    """Yield the spans of a message in their order."""
    for resource_spans in message.resource_spans:
        for scope_spans in resource_spans.scope_spans:
            for span in scope_spans.spans:
                yield resource_spans, scope_spans, span


def messages_of(segments: Iterable[tuple[int, bytes]]) -> Iterator[tuple[int, bytes]]:
    """Yield the messages of segments, each after the place of its first span.

    Raises:
        DamagedDataError: one of them is damaged.
    """
    return ((first, inflated(content)) for first, content in segments)


def without(message: bytes, dropped: set[int]) -> bytes:
    """Return a message without the spans at some places; itself if it has none of them."""
    read = read_message(message)
    place, changed = 0, False
    for resource_spans in read.resource_spans:
        for scope_spans in resource_spans.scope_spans:
            held = range(place, place + len(scope_spans.spans))
            place = held.stop
            for dead in sorted(dropped.intersection(held), reverse=True):
                del scope_spans.spans[dead - held.start]
                changed = True
    return read.SerializeToString() if changed else message
