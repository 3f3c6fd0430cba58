"""Which spans are two sides of one call, and which call was made to serve which."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from otelhook.model import SpanId, SpanKind, TraceId
from otelhook.sequence.causality.clocks import UNBOUNDED, Bound, Window, domain_of, estimate
from otelhook.sequence.causality.exchanges import Exchange, Paired, Side
from otelhook.sequence.causality.span_tree import LOST, ROOT, SpanTree, parents_first
from otelhook.sequence.spans.reading import read
from otelhook.sequence.spans.services import service_of

__all__ = ["pair"]


@dataclass(frozen=True, slots=True)
class _Call:
    """An exchange by the indices of its spans, before its parent is known."""

    client: int | None
    server: int | None
    attempt: int = 0
    last: bool = True
    passed_on_by: int | None = None
    """The server span whose service handed its own caller's context on."""


_CALLER_OF: Final = {SpanKind.SERVER: SpanKind.CLIENT, SpanKind.CONSUMER: SpanKind.PRODUCER}
_ONE_WAY: Final = frozenset({SpanKind.PRODUCER, SpanKind.CONSUMER})


def pair(tree: SpanTree) -> Paired:
    """Pair client and server spans, find retries, and find what each call was made for."""
    sides = _sides(tree)
    answers = _answers(tree, sides)
    offsets = estimate(_bounds(sides, answers), _references(tree, sides), _windows(tree, sides))
    calls = list(_calls(sides, answers, offsets))
    parents, depths, cycles = _nesting(tree, calls)
    exchanges = tuple(
        _exchange(tree, sides, call, parent, depth)
        for call, parent, depth in zip(calls, parents, depths, strict=True)
    )
    return Paired(exchanges, offsets, cycles)


def _sides(tree: SpanTree) -> dict[int, Side]:
    """Read all spans that are at an end of a call."""
    known: dict[int, tuple[str, str]] = {}
    sides: dict[int, Side] = {}
    for index, span in enumerate(tree.spans):
        if not tree.is_end(index):
            continue
        names = known.get(id(span.resource))  # one resource made most of the spans
        if names is None:
            names = (domain_of(span.resource), service_of(span.resource))
            known[id(span.resource)] = names
        late = tree.late_bodies.get(index)
        sides[index] = Side(
            span=span,
            facts=read(span, None if late is None else tree.spans[late]),
            domain=names[0],
            service=names[1],
            start=span.start_time,
            end=max(span.start_time, span.end_time),
        )
    return sides


def _answers(tree: SpanTree, sides: Mapping[int, Side]) -> dict[int, list[int]]:
    """Return the server spans of each client span; a CONSUMER may be linked to its PRODUCER."""
    by_id: dict[tuple[TraceId, SpanId], int] = {
        (side.span.trace_id, side.span.span_id): index
        for index, side in sides.items()
        if side.span.kind is SpanKind.PRODUCER
    }
    answers: dict[int, list[int]] = {}
    for index, side in sides.items():
        wanted = _CALLER_OF.get(side.span.kind)
        if wanted is None:
            continue
        near = tree.near[index]
        if near >= 0 and sides[near].span.kind is wanted:
            answers.setdefault(near, []).append(index)
        elif wanted is SpanKind.PRODUCER:
            linked = (by_id.get((link.trace_id, link.span_id)) for link in side.span.links)
            producer = next((found for found in linked if found is not None), None)
            if producer is not None:
                answers.setdefault(producer, []).append(index)
    return answers


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
    one_way = any(side.span.kind in _ONE_WAY for side in sides.values())
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
    if client.span.kind in _ONE_WAY:
        return None
    if len(servers) == 1:
        answered = client.facts.status is not None or not (client.facts.http or client.facts.failed)
        return servers[0] if answered else None
    alike = [s for s in servers if s.facts.status == client.facts.status is not None]
    return alike[0] if len(alike) == 1 else None


def _calls(
    sides: Mapping[int, Side],
    answers: Mapping[int, Sequence[int]],
    offsets: Mapping[str, int],
) -> Iterator[_Call]:
    """Yield every exchange once, in an order that does not depend on how spans arrived."""
    answered = {index for servers in answers.values() for index in servers}
    for index, side in sides.items():
        if side.span.kind in _CALLER_OF:
            if index not in answered:
                yield _Call(None, index)
            continue
        servers = answers.get(index, ())
        if not servers:
            yield _Call(index, None)
        elif side.span.kind is SpanKind.PRODUCER:
            yield from (_Call(index, server) for server in servers)
        else:
            attempts, passed_on = _attempts(sides, servers, offsets)
            for number, server in enumerate(attempts):
                yield _Call(index, server, number, last=number == len(attempts) - 1)
            for server, holder in passed_on.items():
                yield _Call(None, server, passed_on_by=holder)


def _attempts(
    sides: Mapping[int, Side], servers: Sequence[int], offsets: Mapping[str, int]
) -> tuple[list[int], dict[int, int]]:
    """Tell the attempts of one client span from calls that hang under it by mistake.

    Retries and redirects of one client span follow each other (stock instrumentation of requests
    makes one span of them). But a proxy that records no client spans and hands its caller's
    context on (swift does) puts its back ends' spans there too: these lie within the proxy's own
    span and are of another service.

    Returns:
        The attempts in order of time, and from each of the others to the span it lies within.
    """
    if len(servers) == 1:
        return list(servers), {}

    def adjusted(index: int) -> tuple[int, int]:
        side = sides[index]
        offset = offsets.get(side.domain, 0)
        return side.start - offset, side.end - offset

    attempts: list[int] = []
    passed_on: dict[int, int] = {}
    open_spans: list[int] = []
    for index in sorted(servers, key=lambda i: (adjusted(i)[0], -adjusted(i)[1], i)):
        while open_spans and adjusted(open_spans[-1])[1] < adjusted(index)[1]:
            open_spans.pop()
        holder = open_spans[-1] if open_spans else None
        if holder is not None and sides[holder].service == sides[index].service:
            holder = passed_on.get(holder)  # a replica beside it, or a retry while it still runs
        if holder is None:
            attempts.append(index)
        else:
            passed_on[index] = holder
        open_spans.append(index)
    return attempts, passed_on


def _nesting(tree: SpanTree, calls: Sequence[_Call]) -> tuple[list[int], list[int], int]:
    """Return each call's parent (`ROOT` if it has none) and depth, and how many cycles were cut."""
    made_for: dict[int, int] = {}
    for number, call in enumerate(calls):
        for index in (call.client, call.server):
            if index is not None:
                made_for[index] = number  # of several attempts, the last
    parents = [made_for[near] if (near := _near(tree, call)) >= 0 else ROOT for call in calls]
    order, cycles = parents_first(parents)  # links may close cycles that parent ids do not
    depths = [0] * len(calls)
    for number in order:
        if parents[number] >= 0:
            depths[number] = depths[parents[number]] + 1
    return parents, depths, cycles


def _near(tree: SpanTree, call: _Call) -> int:
    return tree.near[_first(call)] if call.passed_on_by is None else call.passed_on_by


def _first(call: _Call) -> int:
    index = call.client if call.client is not None else call.server
    assert index is not None  # noqa: S101 - one of the two is there by construction
    return index


def _exchange(
    tree: SpanTree, sides: Mapping[int, Side], call: _Call, parent: int, depth: int
) -> Exchange:
    index, near = _first(call), _near(tree, call)
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
        one_way=sides[index].span.kind in _ONE_WAY,
        parent=parent if parent >= 0 else None,
        depth=depth,
        issuer=issuer,
        top=top,
        parent_missing=near == LOST,
    )
