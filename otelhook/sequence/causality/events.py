"""What happened in an exchange: its request, then a response, a failure, or both in that order."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from otelhook.sequence.causality.exchanges import Exchange, Paired, Side
from otelhook.sequence.causality.outcomes import Ending, ending_of
from otelhook.sequence.protocols.facts import Facts
from otelhook.sequence.vocabulary import Outcome, StepKind

__all__ = ["Event", "events_of"]


class Event(NamedTuple):
    """One message, before it has a place among the others."""

    exchange: int
    kind: StepKind
    side: Side
    """Whose clock the time is on."""
    time: int
    """Nanoseconds as recorded."""
    ending: Ending | None = None
    """None on a request, unless it is a message of which it is known what came of it."""
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
    of_message = _of_message(exchange) if exchange.one_way else None
    if client is not None and exchange.attempt == 0:
        yield Event(number, StepKind.REQUEST, client, client.start, of_message)
    else:
        side = server or exchange.sender
        yield Event(number, StepKind.REQUEST, side, side.start, of_message)
    if exchange.one_way:
        return
    if not exchange.last and server is not None:
        yield from _left_behind(paired, number, server)
        return
    ending = ending_of(_facts(client), _facts(server))
    side = client if client is not None else exchange.sender
    if ending.kind is StepKind.RESPONSE:
        yield Event(number, StepKind.RESPONSE, side, side.end, ending, served=True)
    elif client is None:
        yield Event(number, StepKind.FAILURE, side, side.end, ending, served=True)
    else:
        yield from _given_up(number, client, server, ending)


def _facts(side: Side | None) -> Facts | None:
    return None if side is None else side.facts


def _of_message(exchange: Exchange) -> Ending | None:
    """Return what came of a message: only that it failed is worth saying."""
    client, server = exchange.client, exchange.server
    ending = ending_of(_facts(client), _facts(server))
    return ending if ending.outcome in (Outcome.ERROR, Outcome.UNANSWERED) else None


def _given_up(number: int, client: Side, server: Side | None, ending: Ending) -> Iterator[Event]:
    """End a call whose caller knows that no answer came, with what the server sent all the same."""
    if server is None or server.facts.status is None:
        yield Event(number, StepKind.FAILURE, client, client.end, ending)
        return
    yield Event(number, StepKind.FAILURE, client, client.end, ending, given_up=True)
    late = ending_of(None, server.facts)
    yield Event(number, StepKind.RESPONSE, server, server.end, late, served=True, late=True)


def _left_behind(paired: Paired, number: int, server: Side) -> Iterator[Event]:
    """End an attempt that another one followed, perhaps before it was answered.

    That the next one began earlier does not tell whether the caller had given up: an answer is
    drawn, marked as late where the clocks say so.
    """
    successor = paired.exchanges[number + 1].server
    assert successor is not None  # noqa: S101 - attempts are servers of one client, in order
    next_start = paired.adjusted(successor, successor.start)
    ended = paired.adjusted(server, server.end)
    ending = ending_of(None, server.facts)
    late = ended > next_start and not _redirects(server)
    yield Event(number, ending.kind, server, server.end, ending, served=True, late=late)


def _redirects(server: Side) -> bool:
    """Return whether the caller must have seen the answer, as it went where that sent it."""
    status = server.facts.status
    return status is not None and 300 <= status < 400  # noqa: PLR2004 - RFC 9110, 15.4
