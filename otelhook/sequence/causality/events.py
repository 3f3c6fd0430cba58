"""What happened in an exchange: its request, then a response, a failure, or both in that order."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from otelhook.sequence.causality.exchanges import Paired, Side
from otelhook.sequence.document import StepKind

__all__ = ["Event", "events_of"]


@dataclass(frozen=True, slots=True)
class Event:
    """One message, before it has a place among the others."""

    exchange: int
    kind: StepKind
    side: Side
    """Whose clock the time is on."""
    time: int
    """Nanoseconds as recorded."""
    served: bool = False
    """Whether the server had ended its work by then."""
    late: bool = False
    """On a response, whether the caller had given up before it."""
    given_up: bool = False
    """On a failure, whether the server's own end comes later, if at all."""
    guessed: bool = False
    """Whether no span recorded this moment."""


def events_of(paired: Paired, number: int) -> Iterator[Event]:
    """Yield one to three events in causal order.

    A caller that gave up while the server went on yields a failure, and the late response.
    """
    exchange = paired.exchanges[number]
    client, server = exchange.client, exchange.server
    if client is not None and exchange.attempt == 0:
        yield Event(number, StepKind.REQUEST, client, client.start)
    else:
        side = server or exchange.sender
        yield Event(number, StepKind.REQUEST, side, side.start)
    if exchange.one_way:
        return
    if not exchange.last and server is not None:
        yield from _left_behind(paired, number, server)
    elif client is None:
        yield _ending(number, exchange.sender)
    elif client.facts.status is not None:
        yield Event(number, StepKind.RESPONSE, client, client.end, served=True)
    else:
        yield from _unseen(paired, number, client, server)


def _ending(number: int, side: Side) -> Event:
    """End with what this side alone knows: HTTP ends in a status, all else unless it failed."""
    facts = side.facts
    answered = facts.status is not None if facts.http else not facts.failed
    kind = StepKind.RESPONSE if answered else StepKind.FAILURE
    return Event(number, kind, side, side.end, served=True)


def _left_behind(paired: Paired, number: int, server: Side) -> Iterator[Event]:
    """End an attempt that another one followed, perhaps before it was answered."""
    successor = paired.exchanges[number + 1].server
    assert successor is not None  # noqa: S101 - attempts are servers of one client, in order
    next_start = paired.adjusted(successor, successor.start)
    ended = paired.adjusted(server, server.end)
    if ended <= next_start or _redirects(server):
        yield _ending(number, server)
        return
    latest = max(server.start, successor.start - _apart(paired, successor, server))
    yield Event(number, StepKind.FAILURE, server, latest, given_up=True, guessed=True)
    if server.facts.status is not None:
        yield Event(number, StepKind.RESPONSE, server, server.end, served=True, late=True)


def _apart(paired: Paired, one: Side, other: Side) -> int:
    """Return the clock of ``one`` minus that of ``other``, in nanoseconds."""
    return paired.adjusted(other, 0) - paired.adjusted(one, 0)


def _redirects(server: Side) -> bool:
    """Tell whether the caller must have seen the answer, as it went where that sent it."""
    status = server.facts.status
    return status is not None and 300 <= status < 400  # noqa: PLR2004 - RFC 9110, 15.4


def _unseen(paired: Paired, number: int, client: Side, server: Side | None) -> Iterator[Event]:
    """End an exchange whose client recorded no status."""
    if not client.facts.http and not client.facts.failed:
        yield Event(number, StepKind.RESPONSE, client, client.end, served=True)
        return
    if server is None or server.facts.status is None:
        yield Event(number, StepKind.FAILURE, client, client.end)
        return
    # An offset that is only half bounded can be wrong by a lot; a server that worked for longer
    # than its client waited is late on any clock.
    late = server.end - server.start > client.end - client.start or (
        paired.adjusted(server, server.end) > paired.adjusted(client, client.end)
    )
    if late:
        yield Event(number, StepKind.FAILURE, client, client.end, given_up=True)
        yield Event(number, StepKind.RESPONSE, server, server.end, served=True, late=True)
    elif client.facts.failed:
        yield Event(number, StepKind.FAILURE, client, client.end)
    else:
        yield Event(number, StepKind.RESPONSE, client, client.end, served=True)
