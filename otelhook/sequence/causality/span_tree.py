"""Spans in any order, with repeats, gaps and cycles, to a forest that can be walked.

Nothing here recurses: a chain of a million spans is as good as any other forest.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from otelhook.model import Span, SpanId, SpanKind, TraceId
from otelhook.sequence.causality.beside import put_inside
from otelhook.sequence.causality.entries import with_entries
from otelhook.sequence.causality.layers import Layers, find_layers
from otelhook.sequence.causality.resends import side_by_side
from otelhook.sequence.causality.walking import LOST, ROOT, nearest, parents_first
from otelhook.sequence.protocols.facts import Facts
from otelhook.sequence.protocols.reading import read
from otelhook.sequence.spans.attribute_aliases import LATE_BODY_SPAN
from otelhook.sequence.spans.fragments import joined

__all__ = ["LOST", "ROOT", "SpanTree", "build_tree"]


class SpanTree(NamedTuple):
    """Unique spans in an order that does not depend on how they arrived.

    The tuples run parallel to ``spans``. A span is *at an end* of a call if it is one side of it;
    all others only pass parentage on.
    """

    spans: tuple[Span, ...]
    """The last `made` of them were recorded by nobody: a change of service implies them."""
    parents: tuple[int, ...]
    """Index of the parent, else `ROOT` or `LOST`."""
    near: tuple[int, ...]
    """Index of the nearest ancestor at an end of a call, else `ROOT` or `LOST`."""
    top: tuple[int, ...]
    """Index of the highest ancestor below that one; the span itself if there is none between."""
    ends: Mapping[int, Facts]
    """What each end of a call says, together with what is one call with it."""
    layers: Layers
    """Which spans belong to an end: the same call, or a detail of it."""
    late_bodies: Mapping[int, int]
    """From a CLIENT span to its child that carries the rest of the response's body."""
    cycles: int
    """How many cycles of parents were cut."""
    made: int = 0

    @property
    def recorded(self) -> tuple[Span, ...]:
        """The spans that somebody recorded."""
        return self.spans[: len(self.spans) - self.made]

    def is_end(self, index: int) -> bool:
        """Return whether a span is at an end of a call."""
        return index in self.ends


def build_tree(spans: Iterable[Span]) -> SpanTree:
    """Drop repeats, find parents, cut cycles, and find which spans are ends of calls."""
    unique = side_by_side(_unique(joined(spans)))
    parents = _parents(unique)
    late = _late_bodies(unique, parents)
    facts = [
        read(span, unique[late[index]] if index in late else None)
        for index, span in enumerate(unique)
    ]
    _, cycles = parents_first(parents)
    parents = put_inside(unique, parents, facts)
    entered = with_entries(unique, parents, facts)
    order, _ = parents_first(entered.parents)
    layers = find_layers(entered.spans, entered.parents, order, entered.facts)
    near, top = nearest(entered.parents, order, layers.ends)
    return SpanTree(
        entered.spans,
        tuple(entered.parents),
        tuple(layers.head(index) for index in near),
        tuple(top),
        layers.ends,
        layers,
        late,
        cycles,
        entered.made,
    )


def _late_bodies(spans: tuple[Span, ...], parents: list[int]) -> dict[int, int]:
    return {
        parents[index]: index
        for index in range(len(spans) - 1, -1, -1)
        if spans[index].name == LATE_BODY_SPAN
        and spans[index].kind is SpanKind.INTERNAL
        and parents[index] >= 0
        and spans[parents[index]].kind is SpanKind.CLIENT
    }


def _unique(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Keep one record of each span: the one that ended last."""
    best: dict[object, Span] = {}
    for span in spans:
        key = span.identity
        other = best.get(key)
        if other is None or (other is not span and _rank(span, other)):
            best[key] = span
    return tuple(sorted(best.values(), key=_in_time))


def _in_time(span: Span) -> tuple[object, ...]:
    return span.trace_id, span.start_time, *span.identity[1:]


def _rank(span: Span, other: Span) -> bool:
    """Return whether ``span`` is to be kept rather than ``other``, whichever came first."""
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
