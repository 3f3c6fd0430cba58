"""Spans that were reported in pieces, put together.

Zipkin's reporters may send what they know of a span before it ends ("partial spans"): Brave
flushes what a crashed or forgotten span had, some proxies add tags later. Zipkin joins records of
one id and one service on reading (``zipkin2.internal.Trace.merge``); files, and Collectors that
they went through, keep the pieces. A piece that says no start is no call of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from otelhook.attributes import SERVICE_NAME
from otelhook.model import Resource, Span, SpanId, SpanKind, StatusCode, TraceId
from otelhook.sequence.spans.coercion import text

__all__ = ["joined"]

_Id = tuple[TraceId, SpanId]

_ABSENT_START: Final = "otel.zipkin.absentField.startTime"
"""What the Collector's Zipkin receiver writes when it makes a start up."""

_KINDLESS: Final = (SpanKind.INTERNAL, SpanKind.UNSPECIFIED)


def joined(spans: Iterable[Span]) -> Iterator[Span]:
    """Yield the spans, each piece that has no start put to the span that it belongs to.

    A piece whose span is not there stays as it is: then it is all that is known of the span.
    """
    found = dict(enumerate(spans))
    pieces = [index for index, span in found.items() if _has_no_start(span)]
    if pieces:
        wholes = _wholes(found, {_id(found[index]) for index in pieces})
        # In an order that does not depend on how they arrived.
        for index in sorted(pieces, key=lambda index: repr(found[index])):
            of = _whole_of(found[index], wholes, found)
            if of is not None:
                found[of] = _with(found[of], found.pop(index))
    yield from found.values()


def _whole_of(
    piece: Span, wholes: Mapping[_Id, Sequence[int]], found: Mapping[int, Span]
) -> int | None:
    """Return the span that a piece fits best; None if there is none that it fits."""
    fitting = [whole for whole in wholes.get(_id(piece), ()) if _fit(piece, found[whole])]
    rank = {whole: (_fit(piece, found[whole]), repr(found[whole])) for whole in fitting}
    return max(fitting, key=lambda whole: rank[whole], default=None)


def _id(span: Span) -> _Id:
    return span.trace_id, span.span_id


def _wholes(found: Mapping[int, Span], ids: set[_Id]) -> dict[_Id, list[int]]:
    """Return by id the spans that have a start, of the ids that there are pieces of."""
    wholes: dict[_Id, list[int]] = {}
    for index, span in found.items():
        if _id(span) in ids and not _has_no_start(span):
            wholes.setdefault(_id(span), []).append(index)
    return wholes


def _has_no_start(span: Span) -> bool:
    return span.start_time <= 0 or _ABSENT_START in span.attributes


def _fit(piece: Span, whole: Span) -> int:
    """Return how well a piece fits a span of its id; 0 if it is another side's."""
    ours, theirs = _service(piece.resource), _service(whole.resource)
    if ours and theirs and ours != theirs:
        return 0
    if piece.kind not in (*_KINDLESS, whole.kind):
        return 0
    return 1 + (ours == theirs) + (piece.kind is whole.kind)


def _service(resource: Resource) -> str:
    return text(resource.attributes.get(SERVICE_NAME) or "").lower()


def _with(whole: Span, piece: Span) -> Span:
    """Return a span with what a piece knows besides; where both say something, the span's holds."""
    said = {name: value for name, value in piece.attributes.items() if name != _ABSENT_START}
    return replace(
        whole,
        name=whole.name or piece.name,
        parent_span_id=whole.parent_span_id or piece.parent_span_id,
        attributes={**said, **whole.attributes},
        status=piece.status if whole.status.code is StatusCode.UNSET else whole.status,
        events=(*whole.events, *(event for event in piece.events if event not in whole.events)),
        links=(*whole.links, *(link for link in piece.links if link not in whole.links)),
    )
