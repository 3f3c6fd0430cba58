"""Which spans are one call, recorded by several layers of one side, and which are its details.

A library and what it stands on, both instrumented, make two CLIENT spans of one call; so do a
framework and its server of one SERVER span's. They are merged with all that they know. An outer
span with several inner ones (redirects, retries, an SDK's pages) is no call of its own: each
request went over the wire and is kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from otelhook.attributes import SERVICE_NAME
from otelhook.model import Span, SpanKind
from otelhook.sequence.causality.same_call import same_delivery, same_request, same_served
from otelhook.sequence.causality.walking import nearest
from otelhook.sequence.protocols.facts import Facts, merged, with_rest
from otelhook.sequence.vocabulary import Protocol

__all__ = ["Layers", "find_layers"]

_ENDS: Final = frozenset({SpanKind.SERVER, SpanKind.CLIENT, SpanKind.PRODUCER, SpanKind.CONSUMER})
_CALLING: Final = frozenset({SpanKind.CLIENT, SpanKind.PRODUCER})


@dataclass(slots=True)
class Layers:
    """What became of the spans that could be ends of calls."""

    ends: dict[int, Facts] = field(default_factory=dict[int, Facts])
    """By span, one for each side of each call."""
    heads: dict[int, int] = field(default_factory=dict[int, int])
    """From a span that is one call with an end to that end."""
    details: set[int] = field(default_factory=set[int])
    """Spans that are layers below a call."""

    def head(self, index: int) -> int:
        """Return the end that stands for a span; the index itself if it stands for itself."""
        while index in self.heads:
            index = self.heads[index]
        return index

    def members(self) -> Mapping[int, list[int]]:
        """Return by end the other spans that are one call with it, in order."""
        found: dict[int, list[int]] = {}
        for index in sorted(self.heads):
            found.setdefault(self.head(index), []).append(index)
        return found


def find_layers(
    spans: Sequence[Span], parents: Sequence[int], order: Sequence[int], facts: Sequence[Facts]
) -> Layers:
    """Find the ends of calls, and what is one call with them or a detail of one.

    Args:
        spans: all of them.
        parents: by index.
        order: all indices, each after its parent.
        facts: what each span says.
    """
    layers = Layers()
    for index, fact in enumerate(facts):
        if fact.kind not in _ENDS:
            continue
        if fact.detail:
            layers.details.add(index)
        else:
            layers.ends[index] = fact
    near, _ = nearest(parents, order, layers.ends)
    inner: dict[int, list[int]] = {}
    for index in layers.ends:
        if near[index] >= 0:
            inner.setdefault(near[index], []).append(index)
    services = _Services(spans)
    for outer in reversed(order):  # what is innermost is merged first
        if outer in layers.ends and outer in inner:
            same = [i for i in inner[outer] if services[i] == services[outer]]
            _settle(layers, spans, outer, [layers.head(i) for i in same if i not in layers.details])
    return layers


class _Services:
    def __init__(self, spans: Sequence[Span]) -> None:
        self._spans = spans

    def __getitem__(self, index: int) -> object:
        return self._spans[index].resource.attributes.get(SERVICE_NAME)


def _settle(layers: Layers, spans: Sequence[Span], outer: int, inner: list[int]) -> None:
    """Merge what is one call with ``outer``."""
    facts = layers.ends[outer]
    inside = [index for index in dict.fromkeys(inner) if index in layers.ends]
    if facts.kind in _CALLING:
        calling = [i for i in inside if layers.ends[i].kind in _CALLING]
        same = [i for i in calling if same_request(facts, layers.ends[i])]
        if len(same) == 1 and len(calling) == 1:
            _merge_request(layers, outer, same[0])
        elif same and len(same) == len(calling):
            _keep_each(layers, spans, outer, same)
    elif facts.kind is SpanKind.SERVER:
        for index in inside:
            other = layers.ends[index]
            if other.kind is SpanKind.SERVER and same_served(facts, other):
                layers.ends[outer] = merged(layers.ends[outer], layers.ends.pop(index))
                layers.heads[index] = outer
    else:
        _settle_delivery(layers, outer, inside)


def _merge_request(layers: Layers, outer: int, inner: int) -> None:
    """Make one of two spans: the inner one stands for both, as the server's span is its child.

    Where the outer one speaks another protocol, its time is the call's.
    """
    mine, other = layers.ends.pop(outer), layers.ends.pop(inner)
    both = merged(mine, other)
    head, member = (inner, outer) if mine.protocol is other.protocol else (outer, inner)
    layers.ends[head] = both
    layers.heads[member] = head
    if mine.protocol is not other.protocol:
        layers.details.add(inner if mine.protocol is both.protocol else outer)


def _keep_each(layers: Layers, spans: Sequence[Span], outer: int, inner: list[int]) -> None:
    """Keep each of several requests, with what the outer span knows of the first and the last.

    The outer span is no call of its own then. Where it speaks another protocol it stays: a model
    was asked once, whatever its requests were answered with.
    """
    whole = layers.ends[outer]
    ordered = sorted(inner, key=lambda i: (spans[i].start_time, i))
    kinds = {layers.ends[index].protocol for index in ordered}
    if whole.protocol is not Protocol.CALL and kinds != {whole.protocol}:
        return
    del layers.ends[outer]
    first, last = layers.ends[ordered[0]], layers.ends[ordered[-1]]
    layers.ends[ordered[0]] = replace(first, request=with_rest(first.request, whole.request))
    last = layers.ends[ordered[-1]]
    layers.ends[ordered[-1]] = replace(last, response=with_rest(last.response, whole.response))
    if whole.protocol is Protocol.CALL:
        return
    layers.heads[outer] = ordered[-1]
    for index in ordered[1:]:
        again = layers.ends[index]
        if (again.method, again.path, again.label) == (first.method, first.path, first.label):
            layers.ends[index] = replace(again, resent=True)


def _settle_delivery(layers: Layers, outer: int, inside: list[int]) -> None:
    """Make one delivery of receiving and processing a message."""
    facts = layers.ends[outer]
    consuming = [
        i
        for i in inside
        if layers.ends[i].kind is SpanKind.CONSUMER and same_delivery(facts, layers.ends[i])
    ]
    if len(consuming) == 1:
        index = consuming[0]
        other = layers.ends.pop(outer)
        layers.ends[index] = merged(layers.ends[index], other)
        layers.heads[outer] = index
    elif consuming:  # a batch was taken, and each of its messages processed by itself
        del layers.ends[outer]
        layers.details.add(outer)
        layers.heads[outer] = consuming[0]
