"""Spans in any order, with repeats, gaps and cycles, to a forest that can be walked.

Nothing here recurses: a chain of a million spans is as good as any other tree.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Final

from otelhook.attributes import SERVICE_NAME
from otelhook.model import Span, SpanId, SpanKind, TraceId
from otelhook.sequence.causality.resends import side_by_side
from otelhook.sequence.spans.attribute_aliases import LATE_BODY_SPAN
from otelhook.sequence.spans.reading import read

__all__ = ["LOST", "ROOT", "SpanTree", "build_tree", "parents_first"]

ROOT: Final = -1
"""In place of a parent: the span names none."""
LOST: Final = -2
"""In place of a parent: the span names one that is not here."""

_ENDS: Final = frozenset({SpanKind.SERVER, SpanKind.CLIENT, SpanKind.PRODUCER, SpanKind.CONSUMER})


@dataclass(frozen=True, slots=True)
class SpanTree:
    """Unique spans in an order that does not depend on how they arrived.

    The tuples run parallel to ``spans``. A span is *at an end* of a call if its kind is CLIENT,
    SERVER, PRODUCER or CONSUMER; all others only pass parentage on.
    """

    spans: tuple[Span, ...]
    parents: tuple[int, ...]
    """Index of the parent, else `ROOT` or `LOST`."""
    near: tuple[int, ...]
    """Index of the nearest ancestor at an end of a call, else `ROOT` or `LOST`."""
    top: tuple[int, ...]
    """Index of the highest ancestor below that one; the span itself if there is none between."""
    late_bodies: dict[int, int]
    """From a CLIENT span to its child that carries the rest of the response's body."""
    cycles: int
    """How many cycles of parents were cut."""

    def is_end(self, index: int) -> bool:
        """Tell whether a span is at an end of a call."""
        return self.spans[index].kind in _ENDS


def build_tree(spans: Iterable[Span]) -> SpanTree:
    """Make a tree: drop repeats, find parents, cut cycles, see through INTERNAL spans."""
    unique = side_by_side(_unique(spans))
    parents = _parents(unique)
    order, cycles = parents_first(parents)
    near, top = _nearest(unique, parents, order, frozenset())
    doubled = _doubled(unique, near)
    if doubled:
        near, top = _nearest(unique, parents, order, doubled)
        unique = tuple(
            replace(span, kind=SpanKind.INTERNAL) if index in doubled else span
            for index, span in enumerate(unique)
        )
    late = {
        parents[index]: index
        for index in range(len(unique) - 1, -1, -1)
        if unique[index].name == LATE_BODY_SPAN
        and unique[index].kind is SpanKind.INTERNAL
        and parents[index] >= 0
        and unique[parents[index]].kind is SpanKind.CLIENT
    }
    return SpanTree(unique, tuple(parents), tuple(near), tuple(top), late, cycles)


def _unique(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Keep one span per (trace, id, kind): the one that ended last.

    The kind belongs to the key because Zipkin lets a client and its server share an id.
    """
    best: dict[tuple[TraceId, SpanId, SpanKind], Span] = {}
    for span in spans:
        key = (span.trace_id, span.span_id, span.kind)
        other = best.get(key)
        if other is None or (other is not span and _rank(span, other)):
            best[key] = span
    return tuple(sorted(best.values(), key=lambda s: (s.trace_id, s.start_time, s.span_id, s.kind)))


def _rank(span: Span, other: Span) -> bool:
    """Tell whether ``span`` is to be kept rather than ``other``, whichever came first."""
    mine = (span.end_time, len(span.attributes), len(span.events))
    theirs = (other.end_time, len(other.attributes), len(other.events))
    # The text decides between records that differ although they should not.
    return mine > theirs or (mine == theirs and repr(span) > repr(other))


def _parents(spans: tuple[Span, ...]) -> list[int]:
    by_id: dict[tuple[TraceId, SpanId], list[int]] = {}
    for index, span in enumerate(spans):
        by_id.setdefault((span.trace_id, span.span_id), []).append(index)
    return [_parent(spans, index, by_id) for index in range(len(spans))]


def _parent(
    spans: tuple[Span, ...], index: int, by_id: dict[tuple[TraceId, SpanId], list[int]]
) -> int:
    span = spans[index]
    if span.kind is SpanKind.SERVER:
        for twin in by_id[span.trace_id, span.span_id]:
            if spans[twin].kind is SpanKind.CLIENT:  # Zipkin's shared id
                return twin
    if not span.parent_span_id:
        return ROOT
    found = by_id.get((span.trace_id, span.parent_span_id), ())
    # Of a shared id, the server is the parent of what was called, the client of a server.
    wanted = SpanKind.CLIENT if span.kind is SpanKind.SERVER else SpanKind.SERVER
    return min(
        (twin for twin in found if twin != index),
        key=lambda twin: (spans[twin].kind is not wanted, twin),
        default=LOST,
    )


def parents_first(parents: list[int]) -> tuple[list[int], int]:
    """Return all indices, each after its parent; cycles are cut in ``parents`` itself.

    A cycle is cut above its member that comes first in canonical order, which becomes a root.
    """
    order: list[int] = []
    placed = [False] * len(parents)
    cycles = 0
    for start in range(len(parents)):
        path: list[int] = []
        on_path: set[int] = set()
        index = start
        while index >= 0 and not placed[index]:
            if index in on_path:
                ring = path[path.index(index) :]
                first = min(ring)
                parents[first] = ROOT
                cycles += 1
                path = _unrolled(path, ring, first)
                break
            path.append(index)
            on_path.add(index)
            index = parents[index]
        for index in reversed(path):
            placed[index] = True
            order.append(index)
    return order, cycles


def _unrolled(path: list[int], ring: list[int], first: int) -> list[int]:
    """Return ``path`` from child to parent once the ring at its end is cut above ``first``."""
    at = ring.index(first)
    return path[: len(path) - len(ring)] + ring[at + 1 :] + ring[: at + 1]


def _nearest(
    spans: tuple[Span, ...], parents: list[int], order: list[int], seen_through: frozenset[int]
) -> tuple[list[int], list[int]]:
    near, top = [ROOT] * len(spans), list(range(len(spans)))
    for index in order:
        parent = parents[index]
        if parent < 0 or (spans[parent].kind in _ENDS and parent not in seen_through):
            near[index] = parent
        else:
            near[index], top[index] = near[parent], top[parent]
    return near, top


def _doubled(spans: tuple[Span, ...], near: list[int]) -> frozenset[int]:
    """Find spans of one call that was recorded twice on one side, by two instrumentations.

    Of two CLIENT spans inside each other the outer one is dropped (requests around urllib3: the
    inner one is the server's parent), of two SERVER spans the inner one (a middleware within a
    middleware).
    """
    answered = {near[i] for i, span in enumerate(spans) if span.kind is SpanKind.SERVER}
    doubled: set[int] = set()
    for index, span in enumerate(spans):
        outer = near[index]
        if outer < 0 or spans[outer].kind is not span.kind or not _same_call(span, spans[outer]):
            continue
        if span.kind is SpanKind.CLIENT and outer not in answered:
            doubled.add(outer)
        elif span.kind is SpanKind.SERVER:
            doubled.add(index)
    return frozenset(doubled)


def _same_call(inner: Span, outer: Span) -> bool:
    service = inner.resource.attributes.get(SERVICE_NAME)
    if service != outer.resource.attributes.get(SERVICE_NAME):
        return False
    one, other = read(inner), read(outer)
    if not one.http or one.method != other.method:
        return False
    # An outer CLIENT span may have followed redirects, each an inner one with a path of its own.
    return inner.kind is SpanKind.CLIENT or one.path == other.path
