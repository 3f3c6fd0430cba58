"""Messages through a broker: what a delivery takes, and which spans are one delivery."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Final, NamedTuple

from otelhook.model import SpanId, SpanKind, TraceId
from otelhook.sequence.causality.exchanges import Side
from otelhook.sequence.causality.span_tree import SpanTree
from otelhook.sequence.protocols.facts import Facts, Part, merged
from otelhook.sequence.vocabulary import Protocol

__all__ = ["Messages", "find_messages", "is_brokered"]

_MESSAGING: Final = frozenset({SpanKind.PRODUCER, SpanKind.CONSUMER})


class Messages(NamedTuple):
    """Who published what each CONSUMER span took."""

    sources: dict[int, tuple[int, ...]]
    """From a CONSUMER to its PRODUCERs, its parent first; empty if they are not known."""
    sides: dict[int, Side]
    """All sides, those gone that are one delivery with another."""
    absorbed: dict[int, int]
    """From a span that was received to the one that processed it."""


def is_brokered(facts: Facts) -> bool:
    """Return whether a message is known to go through a broker, and not straight to a service."""
    return facts.protocol is Protocol.MESSAGING


def find_messages(tree: SpanTree, sides: dict[int, Side]) -> Messages:
    """Find the publications of each delivery by parents and by all links.

    Receiving and processing one message, beside each other, are one delivery.
    """
    linked = _Linked(tree, sides)
    messages = Messages({}, dict(sides), {})
    for index, side in sides.items():
        if _publishes(side):
            _take_created(messages, linked, index)
    first: dict[tuple[str, int], int] = {}
    for index, side in sides.items():
        if side.facts.kind is not SpanKind.CONSUMER:
            continue
        found = linked.of(index)
        messages.sources[index] = tuple(i for i in found if _publishes(sides[i]))
        for other in found:
            # A link leads to who published the message, or to the span that received it.
            twin = (
                first.setdefault((side.service, other), index)
                if _publishes(sides[other])
                else other
            )
            if twin != index and twin in messages.sides and index in messages.sides:
                _absorb(messages, twin, index)
    return messages


def _take_created(messages: Messages, linked: _Linked, index: int) -> None:
    """Make one publication of a span that sends messages and those that created them for it."""
    sides = messages.sides
    for other in linked.by_link(index):
        created, sent = sides.get(other), sides.get(index)
        if created is None or sent is None or other == index or not _publishes(created):
            continue
        if created.service != sent.service or created.facts.destination != sent.facts.destination:
            continue
        sides[index] = replace(sent, facts=merged(sent.facts, created.facts))
        del sides[other]
        messages.absorbed[other] = index
        linked.sent[other] = index


def _publishes(side: Side) -> bool:
    return side.facts.kind is SpanKind.PRODUCER


class _Linked:
    """Which ends of messages a span leads to, by its parent and its links."""

    def __init__(self, tree: SpanTree, sides: Mapping[int, Side]) -> None:
        self._tree, self._sides = tree, sides
        self._members = tree.layers.members()
        self._ids: dict[tuple[TraceId, SpanId], int] = {}
        self.sent: dict[int, int] = {}
        """From a span that created a message to the one that sent it."""
        for index, span in enumerate(tree.recorded):
            head = tree.layers.head(index)
            if head in sides and sides[head].facts.kind in _MESSAGING:
                self._ids.setdefault((span.trace_id, span.span_id), head)

    def of(self, index: int) -> list[int]:
        """Return the ends that a CONSUMER leads to: its parent first, then its links in order."""
        found: list[int] = []
        for member in (index, *self._members.get(index, ())):
            outer = self._tree.near[member]
            if outer >= 0 and outer != index and _publishes(self._sides[outer]):
                found.append(outer)
            found += self.by_link(member)
        sent = (self.sent.get(other, other) for other in found)
        return [other for other in dict.fromkeys(sent) if other != index]

    def by_link(self, member: int) -> Iterator[int]:
        """Yield the ends that a span's links lead to."""
        for link in self._tree.spans[member].links:
            linked = self._ids.get((link.trace_id, link.span_id))
            if linked is not None:
                yield linked


def _is_one(one: Side, other: Side) -> bool:
    return (
        one.facts.kind is SpanKind.CONSUMER
        and one.service == other.service
        and {one.facts.part, other.facts.part} == {Part.RECEIVE, Part.PROCESS}
    )


def _absorb(messages: Messages, first: int, second: int) -> None:
    """Make one delivery of two spans if one received what the other processed."""
    sides, sources = messages.sides, messages.sources
    if not _is_one(sides[first], sides[second]):
        return
    received = sides[first].facts.part is Part.RECEIVE
    taken, left = (first, second) if received else (second, first)
    sides[left] = replace(sides[left], facts=merged(sides[left].facts, sides[taken].facts))
    sources[left] = tuple(dict.fromkeys((*sources.get(left, ()), *sources.get(taken, ()))))
    del sides[taken]
    messages.absorbed[taken] = left
