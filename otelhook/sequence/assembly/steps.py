"""Placed events to steps: whose headers and body are shown, what is marked, what was redacted."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from otelhook import attributes as key
from otelhook.attributes import Direction as Half
from otelhook.model import SpanId
from otelhook.sequence.assembly.participants import Cast
from otelhook.sequence.causality.exchanges import Exchange, Side
from otelhook.sequence.causality.order import PlacedEvent
from otelhook.sequence.causality.outcomes import Ending
from otelhook.sequence.document import Address, Body, Redaction, Step
from otelhook.sequence.protocols.facts import Facts, of_call
from otelhook.sequence.spans.messages import NOTHING, Message
from otelhook.sequence.vocabulary import Mark, Outcome, ParticipantKind, SeenBy, StepKind

__all__ = ["called", "number_steps", "redactions"]


def called(exchange: Exchange) -> Facts:
    """Return what is shown of a call: the caller's words, who knows the whole URL.

    Each fact that the caller does not know is the callee's: Envoy's and Node's callers know no
    path. A redirect's further hops are only in their servers' spans.
    """
    client, server = exchange.client, exchange.server
    if client is None or server is None or exchange.attempt:
        return (server or exchange.sender).facts if exchange.attempt else exchange.sender.facts
    return of_call(client.facts, server.facts)


def number_steps(
    placed: Sequence[PlacedEvent],
    exchanges: Sequence[Exchange],
    asked: Sequence[Facts],
    cast: Cast,
    ids: Callable[[Exchange], tuple[SpanId, ...]],
) -> tuple[list[Step], dict[int, int]]:
    """Number events 1..n and exchanges 1..m, both by appearance.

    Args:
        placed: in order.
        exchanges: that they are of.
        asked: by exchange, what `called` says.
        cast: the names of both ends.
        ids: of all spans that an exchange was read from.

    Returns:
        The steps, their labels still plain paths, and from the index of each exchange to its
        number.
    """
    numbers: dict[int, int] = {}
    began: dict[int, int] = {}
    read_from: dict[int, tuple[SpanId, ...]] = {}
    steps: list[Step] = []
    for number, place in enumerate(placed, 1):
        index = place.event.exchange
        exchange = exchanges[index]
        numbers.setdefault(index, len(numbers) + 1)
        began.setdefault(index, place.time)
        ends = (cast.sources[index], cast.targets[index])
        elapsed = place.time - began[index]
        if index not in read_from:
            read_from[index] = ids(exchange)
        view = _View(
            exchange, asked[index], place, number, numbers[index], elapsed, read_from[index]
        )
        steps.append(view.step(*ends))
    return steps, numbers


class _View(NamedTuple):
    """One placed event with what is needed to describe it."""

    exchange: Exchange
    asked: Facts
    place: PlacedEvent
    number: int
    exchange_number: int
    elapsed: int
    span_ids: tuple[SpanId, ...]

    @property
    def is_request(self) -> bool:
        return self.place.event.kind is StepKind.REQUEST

    def step(self, caller: str, callee: str) -> Step:
        """Describe the event as a step; responses and failures run from callee to caller."""
        exchange, event = self.exchange, self.place.event
        facts = self.asked
        ending = event.ending or Ending(event.kind, Outcome.UNKNOWN)
        message, other = self._messages()
        failure = event.kind is StepKind.FAILURE
        return Step(
            number=self.number,
            kind=event.kind,
            exchange=self.exchange_number,
            source=caller if self.is_request else callee,
            target=callee if self.is_request else caller,
            method=facts.method,
            path=facts.path,
            query=facts.query,
            label=facts.label or facts.path,
            status_code=ending.status,
            reason=ending.reason,
            error=ending.error if failure else "",
            headers=message.headers,
            body=message.body,
            other_body=other,
            seen_by=self._seen_by(),
            time=self.place.time,
            duration=None if self.is_request else self._duration(),
            trace_id=exchange.sender.span.trace_id,
            client_span_id=None if exchange.client is None else exchange.client.span.span_id,
            server_span_id=None if exchange.server is None else exchange.server.span.span_id,
            depth=exchange.depth,
            marks=tuple(self._marks(ending, message.body)),
            protocol=facts.protocol,
            operation=facts.operation,
            outcome=None if event.ending is None else ending.outcome,
            answer=ending.answer,
            message=ending.message,
            span_ids=self.span_ids,
            address=self._address() if self.is_request else None,
        )

    def _address(self) -> Address | None:
        """Return where the request went: as its caller says, else as its server does."""
        exchange = self.exchange
        sides = (None if exchange.attempt else exchange.client, exchange.server)
        found = [side.facts.address for side in sides if side and side.facts.address is not None]
        if not found:
            return None
        scheme = next((address.scheme for address in found if address.scheme), "")
        return replace(found[0], scheme=scheme)

    def _sides(self) -> tuple[Side | None, Side | None]:
        """Return who received this message and who sent it, as far as their spans are of it.

        Of several attempts the client's span has the first request and the last response.
        """
        exchange, event = self.exchange, self.place.event
        if self.is_request:
            return exchange.server, exchange.client if exchange.attempt == 0 else None
        receiver = exchange.client if exchange.last and not event.late else None
        return receiver, None if event.given_up else exchange.server

    def _messages(self) -> tuple[Message, Body | None]:
        half: Half = "request" if self.is_request else "response"
        receiver, sender = (_message(side, half) for side in self._sides())
        headers = receiver.headers or sender.headers
        if receiver.body is None or (receiver.body.content is None and sender.body is not None):
            return Message(headers, sender.body or receiver.body), None
        differs = sender.body is not None and _differ(receiver.body, sender.body)
        return Message(headers, receiver.body), sender.body if differs else None

    def _seen_by(self) -> SeenBy:
        receiver, sender = (_recorded(side) for side in self._sides())
        client, server = (sender, receiver) if self.is_request else (receiver, sender)
        if client is not None and server is not None:
            return SeenBy.BOTH
        return SeenBy.CLIENT if client is not None else SeenBy.SERVER

    def _duration(self) -> int:
        """Measure on one clock if one span saw both ends, else on the root's."""
        exchange, event = self.exchange, self.place.event
        client = exchange.client
        if client is not None and event.side is client and exchange.attempt == 0:
            return event.time - client.start
        if event.side is exchange.server and (client is None or exchange.attempt):
            return max(0, event.time - event.side.start)
        return self.elapsed

    def _marks(self, ending: Ending, body: Body | None) -> Iterator[Mark]:
        exchange, event = self.exchange, self.place.event
        client = exchange.client
        if self.place.moved:
            yield Mark.TIME_ADJUSTED
        if exchange.client is None and not exchange.broker:
            yield Mark.CLIENT_MISSING
        if exchange.server is None and not _records_nothing(exchange):
            yield Mark.SERVER_MISSING
        if event.kind is StepKind.FAILURE and ending.outcome is Outcome.UNANSWERED:
            yield Mark.NO_ANSWER
        if any(side is not None and side.facts.inferred for side in (client, exchange.server)):
            yield Mark.INFERRED
        if event.late:
            yield Mark.LATE
        resent = client is not None and client.facts.resent
        if self.is_request and (exchange.attempt or resent):
            yield Mark.RETRY
        if exchange.parent_missing:
            yield Mark.PARENT_MISSING
        if body is not None and body.truncated:
            yield Mark.LEFT_OUT if body.left_out else Mark.CUT


_NO_SPANS: Final = frozenset(ParticipantKind) - {
    ParticipantKind.SERVICE,
    ParticipantKind.CALLER,
    ParticipantKind.CALLEE,
}
"""Kinds of participants that never record spans, so that none of theirs is missing."""


def _records_nothing(exchange: Exchange) -> bool:
    return bool(exchange.broker) or exchange.sender.facts.callee_kind in _NO_SPANS


def _recorded(side: Side | None) -> Side | None:
    inferred = side is not None and side.span.attributes.get(key.OTELHOOK_INFERRED) is True
    return None if inferred else side


def _message(side: Side | None, half: Half) -> Message:
    if side is None:
        return NOTHING
    return side.facts.request if half == "request" else side.facts.response


def _differ(one: Body, other: Body) -> bool:
    """Return whether two records of a body contradict each other.

    Records that were cut are compared as far as both go, text and bytes as bytes.
    """
    if one.content is None or other.content is None or one.content == other.content:
        return False
    left, right = _bytes(one.content), _bytes(other.content)
    if one.truncated or other.truncated:
        shorter = min(len(left), len(right))
        left, right = left[:shorter], right[:shorter]
    return left != right


def _bytes(content: str | bytes) -> bytes:
    return content.encode("utf-8", "replace") if isinstance(content, str) else content


def redactions(
    steps: Sequence[Step], numbers: dict[int, int], exchanges: Sequence[Exchange]
) -> tuple[Redaction, ...]:
    """List what was hidden, each place once a step, from both sides' records."""
    indices = {number: index for index, number in numbers.items()}
    listed: dict[Redaction, None] = {}
    for step in steps:
        exchange = exchanges[indices[step.exchange]]
        of_request = step.kind is StepKind.REQUEST
        for side in (exchange.client, exchange.server):
            for place in side.facts.redacted if side is not None else ():
                if place.startswith("response.") is not of_request:
                    listed[Redaction(step.number, place)] = None
    return tuple(listed)
