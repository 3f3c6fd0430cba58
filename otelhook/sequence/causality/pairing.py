"""Which spans are two sides of one call, and which call was made to serve which."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from otelhook.model import SpanKind
from otelhook.sequence.causality.attempts import attempts_of
from otelhook.sequence.causality.clocks import (
    UNBOUNDED,
    Bound,
    Window,
    domain_of,
    estimate,
    has_host,
)
from otelhook.sequence.causality.deliveries import Messages, find_messages, is_brokered
from otelhook.sequence.causality.exchanges import Exchange, Paired, Side
from otelhook.sequence.causality.span_tree import SpanTree
from otelhook.sequence.causality.walking import LOST, ROOT, parents_first
from otelhook.sequence.causality.written_parents import add_beside
from otelhook.sequence.spans.services import service_of

__all__ = ["pair"]


class _Call(NamedTuple):
    """An exchange by the indices of its spans, before its parent is known."""

    client: int | None
    server: int | None
    attempt: int = 0
    last: bool = True
    passed_on_by: int | None = None
    """The server span whose service handed its own caller's context on."""
    broker: str = ""
    made_by: tuple[int, ...] = ()
    """On a delivery, the spans that published what it takes."""


_CALLED: Final = frozenset({SpanKind.SERVER, SpanKind.CONSUMER})
_CALLING: Final = frozenset({SpanKind.CLIENT, SpanKind.PRODUCER})
_ONE_WAY: Final = frozenset({SpanKind.PRODUCER, SpanKind.CONSUMER})


def pair(tree: SpanTree) -> Paired:
    """Pair client and server spans, find retries, and find what each call was made for."""
    messages = find_messages(tree, _sides(tree))
    sides = messages.sides
    answers = _answers(tree, messages)
    hostless = {side.domain for side in sides.values() if not has_host(side.span.resource)}
    offsets = estimate(
        _bounds(sides, answers), _references(tree, sides), _windows(tree, sides), hostless
    )
    calls = list(_calls(messages, answers, offsets))
    nesting = _Nesting(tree, messages, calls)
    exchanges = tuple(
        _exchange(tree, sides, call, nesting, number) for number, call in enumerate(calls)
    )
    return Paired(exchanges, offsets, nesting.cycles, messages.absorbed)


def _sides(tree: SpanTree) -> dict[int, Side]:
    """Make a side of every end."""
    known: dict[int, tuple[str, str]] = {}
    sides: dict[int, Side] = {}
    for index, facts in sorted(tree.ends.items()):
        span = tree.spans[index]
        names = known.get(id(span.resource))  # one resource made most of the spans
        if names is None:
            names = (domain_of(span.resource), service_of(span.resource))
            known[id(span.resource)] = names
        sides[index] = Side(
            span=span,
            facts=facts,
            domain=names[0],
            service=names[1],
            start=span.start_time,
            end=max(span.start_time, span.end_time),
            index=index,
            made=index >= len(tree.spans) - tree.made,
        )
    return sides


def _answers(tree: SpanTree, messages: Messages) -> dict[int, list[int]]:
    """Return the callee's spans of each caller's span; a message through a broker has none."""
    sides = messages.sides
    answers: dict[int, list[int]] = {}
    for index, side in sides.items():
        if side.facts.kind is SpanKind.SERVER:
            near = messages.absorbed.get(tree.near[index], tree.near[index])
            if near >= 0 and _can_answer(sides[near], side):
                answers.setdefault(near, []).append(index)
        elif side.facts.kind is SpanKind.CONSUMER:
            sources = messages.sources.get(index, ())
            if len(sources) == 1 and not _through_broker(sides[sources[0]], side):
                answers.setdefault(sources[0], []).append(index)
    add_beside(sides, answers)
    return answers


def _can_answer(caller: Side, callee: Side) -> bool:
    """Return whether a SERVER may be what a caller called; a message leads to none by a guess."""
    kind = caller.facts.kind
    return kind is SpanKind.CLIENT or (kind is SpanKind.PRODUCER and not callee.facts.inferred)


def _through_broker(producer: Side, consumer: Side) -> bool:
    """Return whether a message is known to have gone through a broker on its way.

    A consumer that only a change of service implies says nothing of that: its producer does.
    """
    return (
        is_brokered(producer.facts)
        and (is_brokered(consumer.facts) or consumer.facts.inferred)
        and bool(producer.facts.callee or consumer.facts.callee)
    )


def _references(tree: SpanTree, sides: Mapping[int, Side]) -> list[str]:
    """Return all domains, those of the outermost calls first."""
    nested = {LOST: 1}
    ranked = sorted(sides, key=lambda i: (nested.get(tree.near[i], 2 * (tree.near[i] >= 0)), i))
    return list(dict.fromkeys(sides[index].domain for index in ranked))


def _windows(tree: SpanTree, sides: Mapping[int, Side]) -> dict[str, Window]:
    """Return when each host was at work, where all worked to answer one request.

    Only then must their work lie within that request's span. It need not where several requests
    stand beside each other, nor where messages are passed on to be worked on later.
    """
    roots = [side for index, side in sides.items() if tree.near[index] == ROOT]
    one_way = any(side.facts.kind in _ONE_WAY for side in sides.values())
    if len(roots) != 1 or one_way or roots[0].facts.status is None:
        return {}
    windows: dict[str, Window] = {}
    for side in sides.values():
        known = windows.get(side.domain, Window(side.start, side.end))
        windows[side.domain] = Window(min(known.first, side.start), max(known.last, side.end))
    windows[roots[0].domain] = Window(roots[0].start, roots[0].end)
    return windows


def _bounds(sides: Mapping[int, Side], answers: Mapping[int, Sequence[int]]) -> Iterator[Bound]:
    """Yield what each pair says: no request arrives before it is sent, and no response either."""
    for caller, servers in answers.items():
        client = sides[caller]
        answering = _answering(client, [sides[index] for index in servers])
        for index in servers:
            server = sides[index]
            low = server.end - client.end if server is answering else -UNBOUNDED
            yield Bound(client.domain, server.domain, low, server.start - client.start)


def _answering(client: Side, servers: Sequence[Side]) -> Side | None:
    """Return the server whose response the client is known to have seen."""
    if client.facts.kind in _ONE_WAY:
        return None
    if len(servers) == 1:
        # A caller that gave up may say no more than that it recorded no status.
        answered = client.facts.status is not None or not (client.facts.http or client.facts.failed)
        return servers[0] if answered else None
    alike = [s for s in servers if s.facts.status == client.facts.status is not None]
    return alike[0] if len(alike) == 1 else None


def _calls(
    messages: Messages, answers: Mapping[int, Sequence[int]], offsets: Mapping[str, int]
) -> Iterator[_Call]:
    """Yield every exchange once, in an order that does not depend on how spans arrived."""
    sides = messages.sides
    answered = {index for servers in answers.values() for index in servers}
    for index, side in sides.items():
        if side.facts.kind in _CALLED:
            if index not in answered:
                yield _delivery(messages, index) if _is_delivery(side) else _Call(None, index)
            continue
        servers = answers.get(index, ())
        if not servers:
            is_message = side.facts.kind is SpanKind.PRODUCER
            yield _Call(index, None, broker=side.facts.callee if is_message else "")
        elif side.facts.kind is SpanKind.PRODUCER:
            yield from (_Call(index, server) for server in servers)
        else:
            attempts, passed_on = attempts_of(sides, servers, offsets)
            for number, server in enumerate(attempts):
                yield _Call(index, server, number, last=number == len(attempts) - 1)
            for server, holder in passed_on.items():
                yield _Call(None, server, passed_on_by=holder)


def _is_delivery(side: Side) -> bool:
    return side.facts.kind is SpanKind.CONSUMER


def _delivery(messages: Messages, index: int) -> _Call:
    """Return a delivery out of the lifeline that its message was published to."""
    sources = messages.sources.get(index, ())
    published = (messages.sides[source].facts.callee for source in sources)
    broker = next((name for name in published if name), "") or messages.sides[index].facts.callee
    return _Call(None, index, broker=broker, made_by=sources)


class _Nesting:
    """What each call was made for."""

    def __init__(self, tree: SpanTree, messages: Messages, calls: Sequence[_Call]) -> None:
        self._tree, self._absorbed = tree, messages.absorbed
        self._made_for: dict[int, int] = {}
        for number, call in enumerate(calls):
            for index in (call.client, call.server):
                if index is not None:
                    self._made_for[index] = number  # of several attempts, the last
        self.near = [self._near(call) for call in calls]
        self.parents = [ROOT if near < 0 else self._made_for[near] for near in self.near]
        self.after = [tuple(self._made_for[index] for index in call.made_by[1:]) for call in calls]
        order, self.cycles = parents_first(self.parents)  # links may close cycles
        self.depths = [0] * len(calls)
        for number in order:
            if self.parents[number] >= 0:
                self.depths[number] = self.depths[self.parents[number]] + 1

    def _near(self, call: _Call) -> int:
        if call.passed_on_by is not None:
            return call.passed_on_by
        if call.made_by:
            return call.made_by[0]
        near = self._tree.near[_first(call)]
        return self._absorbed.get(near, near)


def _first(call: _Call) -> int:
    index = call.client if call.client is not None else call.server
    assert index is not None  # noqa: S101 - one of the two is there by construction
    return index


def _exchange(
    tree: SpanTree, sides: Mapping[int, Side], call: _Call, nesting: _Nesting, number: int
) -> Exchange:
    index, near = _first(call), nesting.near[number]
    parent = nesting.parents[number]
    top = tree.spans[tree.top[index]]
    issuer: Hashable = near
    if near == LOST:
        issuer = (top.trace_id, top.parent_span_id)
    elif near < 0:
        issuer = (tree.top[index],)
    return Exchange(
        client=None if call.client is None else sides[call.client],
        server=None if call.server is None else sides[call.server],
        attempt=call.attempt,
        last=call.last,
        one_way=sides[index].facts.kind in _ONE_WAY and not _is_answered(sides, call),
        parent=parent if parent >= 0 else None,
        depth=nesting.depths[number],
        issuer=issuer,
        top=top,
        parent_missing=near == LOST,
        broker=call.broker,
        after=nesting.after[number],
    )


def _is_answered(sides: Mapping[int, Side], call: _Call) -> bool:
    """Return whether what was sent as a message reached a SERVER, which answers."""
    return call.server is not None and sides[call.server].facts.kind is SpanKind.SERVER
