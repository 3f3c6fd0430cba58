"""What is not a step: internal spans, layers of calls, and events. Nothing vanishes silently."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from otelhook.model import Attributes, AttributeValue, Span, SpanId
from otelhook.sequence.causality.clocks import domain_of
from otelhook.sequence.causality.exchanges import Exchange, Paired
from otelhook.sequence.causality.span_tree import SpanTree
from otelhook.sequence.document import InnerSpan, SpanCounts, SpanEvent, Step
from otelhook.sequence.spans.coercion import text
from otelhook.sequence.spans.failures import failed
from otelhook.sequence.spans.services import service_of
from otelhook.sequence.vocabulary import StepKind

__all__ = ["Membership", "inner_spans"]


class Membership:
    """Which spans each end stands for."""

    def __init__(self, tree: SpanTree, absorbed: Mapping[int, int]) -> None:
        self._tree = tree
        self._absorbed = absorbed
        layers = tree.layers.members()
        self._members = {head: list(members) for head, members in layers.items()}
        for taken in absorbed:
            self._members.setdefault(self._drawn(taken), []).extend((taken, *layers.get(taken, ())))

    def _drawn(self, end: int) -> int:
        """Return the end that is drawn for one, which may be another that is one with it."""
        while end in self._absorbed:
            end = self._absorbed[end]
        return end

    def ids_of(self, exchange: Exchange) -> tuple[SpanId, ...]:
        """Return the ids of all spans that an exchange was read from, each once."""
        found: dict[SpanId, None] = {}
        for side in (exchange.client, exchange.server):
            if side is None or side.made:
                continue
            found[side.span.span_id] = None
            for index in self._members.get(side.index, ()):
                found[self._tree.spans[index].span_id] = None
        return tuple(found)

    def is_detail(self, index: int) -> bool:
        """Return whether a span is a layer of a call."""
        return index in self._tree.layers.details

    def is_drawn(self, index: int) -> bool:
        """Return whether steps were read from a span."""
        tree = self._tree
        if index in tree.ends:
            return True
        return index in tree.layers.heads and index not in tree.layers.details

    def owner(self, index: int) -> int:
        """Return the end in whose work a span lies, or whose detail it is; negative if none."""
        tree = self._tree
        head = tree.layers.head(index)
        return self._drawn(head if head in tree.ends else tree.near[index])

    def counts(self) -> SpanCounts:
        """Count what became of the recorded spans."""
        tree = self._tree
        drawn = details = events = 0
        for index, span in enumerate(tree.recorded):
            events += len(span.events)
            if self.is_drawn(index):
                drawn += 1
            elif self.is_detail(index):
                details += 1
        return SpanCounts(drawn, len(tree.recorded) - drawn - details, details, events)


def inner_spans(
    tree: SpanTree, paired: Paired, membership: Membership, steps: Sequence[Step]
) -> tuple[InnerSpan, ...]:
    """List the spans that are not steps, and steps' spans that have events, by step and time."""
    requests = _requests(paired, steps)
    found: list[InnerSpan] = []
    for index, span in enumerate(tree.recorded):
        drawn = membership.is_drawn(index)
        if drawn and not span.events:
            continue
        inner = _inner(span, paired.offsets.get(domain_of(span.resource), 0))
        found.append(
            replace(
                inner,
                step=requests.get(membership.owner(index), 0),
                is_detail=membership.is_detail(index),
                drawn=drawn,
                attributes=() if drawn else inner.attributes,
            )
        )
    return tuple(sorted(found, key=lambda inner: (inner.step, inner.time, inner.span_id)))


def _requests(paired: Paired, steps: Sequence[Step]) -> dict[int, int]:
    """Return by end the number of the first request that it is a side of."""
    by_ids = {
        (step.client_span_id, step.server_span_id, step.trace_id): step.number
        for step in reversed(steps)
        if step.kind is StepKind.REQUEST
    }
    found: dict[int, int] = {}
    for exchange in paired.exchanges:
        client, server = exchange.client, exchange.server
        key = (
            None if client is None else client.span.span_id,
            None if server is None else server.span.span_id,
            exchange.sender.span.trace_id,
        )
        for side in (client, server):
            if side is not None and key in by_ids:
                found.setdefault(side.index, by_ids[key])
    return found


def _inner(span: Span, offset: int) -> InnerSpan:
    """Describe a span by itself; ``offset`` is what its clock is ahead of the root's."""
    return InnerSpan(
        step=0,
        span_id=span.span_id,
        name=span.name,
        service=service_of(span.resource),
        time=span.start_time - offset,
        duration=max(0, span.end_time - span.start_time),
        failed=failed(span),
        message=span.status.message,
        events=tuple(
            SpanEvent(event.time - offset, event.name, _spelled(event.attributes))
            for event in span.events
        ),
        attributes=_spelled(span.attributes),
    )


def _spelled(attributes: Attributes) -> tuple[tuple[str, str], ...]:
    # By name: attributes have no order, and storages give them back in another one.
    return tuple((name, _text(value)) for name, value in sorted(attributes.items()))


_SCALARS: Final = (str, bytes, bool, int, float)


def _text(value: AttributeValue) -> str:
    if value is None or isinstance(value, _SCALARS):
        return text(value)
    try:
        # Without blanks, as Jaeger writes an array where its storage keeps only texts.
        return json.dumps(value, ensure_ascii=False, default=str, separators=(",", ":"))
    except (TypeError, ValueError, RecursionError):
        return str(value)
