"""The causal order of events: what must come first does, clocks decide only the rest.

Causal edges, then a topological sort (Kahn) whose ready events stand in a heap by adjusted time.
In a forest of exchanges the edges cannot form a cycle: put each exchange's descendants directly
after its request, each issuer's events in the order of its own clock, and every edge points
forward.
"""

from __future__ import annotations

import heapq
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from otelhook.sequence.causality.clocks import NOISE
from otelhook.sequence.causality.events import Event, events_of
from otelhook.sequence.causality.exchanges import Exchange, Paired
from otelhook.sequence.causality.slack import Slack
from otelhook.sequence.document import StepKind

__all__ = ["PlacedEvent", "in_order"]


@dataclass(frozen=True, slots=True)
class PlacedEvent:
    """An event in its place; ``time`` is on the root's clock and never runs backwards."""

    event: Event
    time: int
    moved: bool
    """Whether ``time`` differs from what was recorded by more than noise."""


def in_order(paired: Paired) -> list[PlacedEvent]:
    """Return the events of all exchanges in causal order."""
    graph = _Graph(paired)
    for number, exchange in enumerate(paired.exchanges):
        graph.tie_own(number)
        if exchange.attempt:
            graph.tie_attempt(number)
        if exchange.parent is not None:
            graph.tie_within(number, exchange.parent)
        for earlier in exchange.after:
            graph.edge(graph.own[earlier][0], graph.own[number][0])
    for chain in _chains(paired.exchanges, graph.own, graph.events, graph.slack):
        for event, following in pairwise(chain):
            graph.edge(event, following)
    return _sorted(graph, paired)


class _Graph:
    """All events, and which must come before which."""

    def __init__(self, paired: Paired) -> None:
        self.exchanges = paired.exchanges
        self.slack = Slack(paired.exchanges)
        self.events: list[Event] = []
        self.own: list[range] = []
        """By exchange, the indices of its events."""
        for number in range(len(paired.exchanges)):
            first = len(self.events)
            self.events.extend(events_of(paired, number))
            self.own.append(range(first, len(self.events)))
        self.after: list[list[int]] = [[] for _ in self.events]
        self.waiting = [0] * len(self.events)
        """How many events must come before each."""

    def edge(self, before: int, after: int) -> None:
        self.after[before].append(after)
        self.waiting[after] += 1

    def tie_own(self, number: int) -> None:
        """Set a request before its response."""
        for before, after in pairwise(self.own[number]):
            self.edge(before, after)

    def tie_attempt(self, number: int) -> None:
        """Set an attempt after the one before, which is that of the exchange before.

        It waits for the end that the caller knew of, not for a late response.
        """
        before = self.own[number - 1]
        ended = before[1] if len(before) > 1 and not self.events[before[1]].late else before[0]
        self.edge(ended, self.own[number][0])

    def tie_within(self, number: int, parent: int) -> None:
        """Set an exchange within its parent, as far as one raw clock shows that it was."""
        own, around = self.own[number], self.own[parent]
        self.edge(around[0], own[0])
        exchange, client = self.exchanges[number], self.exchanges[number].client
        server = self.exchanges[parent].server
        served = next((event for event in around if self.events[event].served), None)
        if served is None or server is None or client is None or client.domain != server.domain:
            return
        in_time = client.end <= server.end + self.slack.of(server)
        if in_time and len(own) > 1 and exchange.last:
            self.edge(own[1], served)
        elif len(own) > 1 and self.events[own[1]].side is client and exchange.last:
            # It had not waited for this answer: its own was on its way already.
            self.edge(served, own[1])
            if client.start <= server.end and exchange.attempt == 0:
                self.edge(own[0], served)
        elif client.start <= server.end and exchange.attempt == 0:
            self.edge(own[0], served)


def _chains(
    exchanges: Sequence[Exchange], own: Sequence[range], events: Sequence[Event], slack: Slack
) -> list[list[int]]:
    """Return what each issuer did, by its own clock: exact, so never to be reordered."""
    moments: dict[tuple[Hashable, str], list[tuple[int, int, int, int]]] = {}
    for number, exchange in enumerate(exchanges):
        client = exchange.client
        if client is None:
            continue
        chain = moments.setdefault((exchange.issuer, client.domain), [])
        # At one instant what ends comes before what begins, unless it is the same exchange.
        start = client.start + slack.of(client)
        if exchange.attempt == 0:
            chain.append((start, 1, number, own[number][0]))
        if len(own[number]) > 1 and exchange.last and events[own[number][1]].side is client:
            instant = int(client.end <= start)
            chain.append((max(client.end, start), instant, number, own[number][1]))
    return [[event for *_, event in sorted(chain)] for chain in moments.values()]


def _sorted(graph: _Graph, paired: Paired) -> list[PlacedEvent]:
    events = graph.events
    times = [paired.adjusted(event.side, event.time) for event in events]

    def rank(index: int) -> tuple[int, bool, int]:
        # The numbers of exchanges and of events do not depend on how spans arrived.
        is_request = events[index].kind is StepKind.REQUEST
        slack = graph.slack.of(events[index].side) if is_request else 0
        return times[index] + slack, is_request, index

    ready = [rank(index) for index, count in enumerate(graph.waiting) if count == 0]
    heapq.heapify(ready)
    placed: list[PlacedEvent] = []
    latest = min(times, default=0)
    while ready:
        _, _, index = heapq.heappop(ready)
        latest = max(latest, times[index])
        placed.append(_placed(events[index], latest))
        for following in graph.after[index]:
            times[following] = max(times[following], times[index])
            graph.waiting[following] -= 1
            if not graph.waiting[following]:
                heapq.heappush(ready, rank(following))
    return placed


def _placed(event: Event, time: int) -> PlacedEvent:
    side = event.side
    backwards = event.time == side.end > side.span.end_time
    moved = abs(time - event.time) > NOISE or event.guessed or backwards
    return PlacedEvent(event, time, moved)
