"""What one span says of a call: the form that every protocol fills, and how two are made one."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from enum import Enum
from typing import Final

from otelhook.model import SpanKind
from otelhook.sequence.document import Address
from otelhook.sequence.spans.messages import NOTHING, Message
from otelhook.sequence.vocabulary import Outcome, ParticipantKind, Protocol

__all__ = ["Facts", "Part", "merged", "of_call", "with_rest"]


class Part(str, Enum):
    """What a span of messaging is part of, which its kind alone does not tell."""

    PUBLISH = "publish"
    RECEIVE = "receive"
    """Messages are taken from the broker, perhaps none."""
    PROCESS = "process"
    """What a message makes its consumer do."""
    SETTLE = "settle"
    """An acknowledgement: a detail of the delivery."""


@dataclass(frozen=True, slots=True)
class Facts:
    """One span's record of a call. Text is empty and numbers are None where it says nothing."""

    protocol: Protocol
    kind: SpanKind
    """As recorded, else as what the span says shows it; INTERNAL if it is not an end of a call."""
    label: str
    """What the arrow says: short; over HTTP empty unless there is an operation within it."""
    operation: str
    """In full."""
    method: str
    path: str
    query: str
    route: str
    status: int | None
    reason: str
    failed: bool
    error: str
    """In a word or two."""
    message: str
    """What was said of the failure, in full."""
    outcome: Outcome
    """As far as this span alone shows it."""
    answer: str
    """The protocol's own words for the outcome; empty over HTTP."""
    host: str
    port: int | None
    address: Address | None
    """Where the request went, as its URL says; `host` and `port` name the callee."""
    peer: str
    """What the caller calls the callee, on a server's span what it calls its caller."""
    callee: str
    """What stands for a callee that recorded nothing, by the protocol: a database, a queue."""
    callee_kind: ParticipantKind | None
    """None: whatever answers over HTTP or RPC."""
    agent: str
    """User-Agent."""
    caller_address: str
    resent: bool
    request: Message
    response: Message
    redacted: tuple[str, ...]
    part: Part | None = None
    destination: str = ""
    """Of a message: its queue or topic."""
    inferred: bool = False
    """Whether the span's kind is inferred from what it says."""
    detail: bool = False
    """Whether it is a layer below a call, such as a name lookup."""

    @property
    def http(self) -> bool:
        """Whether the call is known to be HTTP's and nothing above it."""
        return self.protocol is Protocol.HTTP

    @property
    def never_answered(self) -> bool:
        """Whether this side knows that no answer came."""
        return self.outcome is Outcome.UNANSWERED


_RANK: Final = (
    Protocol.CALL,
    Protocol.HTTP,
    Protocol.RPC,
    Protocol.DATABASE,
    Protocol.MESSAGING,
    Protocol.TOOL,
    Protocol.MODEL,
)
"""Of two protocols on one call the later one is the more telling: a model is called over HTTP."""

_OF_PROTOCOL: Final = frozenset(
    {"protocol", "label", "operation", "answer", "outcome", "callee", "callee_kind", "part"}
    | {"destination", "inferred", "kind", "failed", "detail", "resent"}
)
"""Fields that belong together, and are not filled from the other span one by one."""


def merged(outer: Facts, inner: Facts) -> Facts:
    """Return what two spans of one call on one side know together.

    The more telling protocol decides what the call is; of equal ones the outer span, which is
    nearer to who calls. All else is taken from whichever span has it.
    """
    winner, other = outer, inner
    if _RANK.index(inner.protocol) > _RANK.index(outer.protocol):
        winner, other = inner, outer
    filled: dict[str, object] = {}
    for field in fields(Facts):
        if field.name in _OF_PROTOCOL:
            continue
        mine = getattr(winner, field.name)
        if mine in ("", None, (), NOTHING):
            filled[field.name] = getattr(other, field.name)
    if winner.path and winner.path == winner.route and other.path not in ("", other.route):
        filled["path"] = other.path  # one side knew the route alone
    if winner.protocol is not Protocol.HTTP:
        filled |= dict.fromkeys(("method", "path", "query", "route"), "")
        if winner.outcome is Outcome.ERROR and not winner.answer and other.status is not None:
            filled["answer"] = f"{other.status} {other.reason}".strip()
    if winner.outcome is Outcome.UNKNOWN:
        filled |= {"outcome": other.outcome, "answer": winner.answer or other.answer}
    filled["request"] = with_rest(winner.request, other.request)
    filled["response"] = with_rest(winner.response, other.response)
    filled["redacted"] = tuple(dict.fromkeys(winner.redacted + other.redacted))
    filled["failed"] = winner.failed or (other.failed and winner.outcome is not Outcome.OK)
    filled["resent"] = winner.resent or other.resent
    # An ORM knows its system alone, its driver also where that is.
    more = other.callee.startswith(f"{winner.callee} ")
    filled["callee"] = other.callee if more else winner.callee or other.callee
    filled["callee_kind"] = winner.callee_kind or other.callee_kind
    return replace(winner, **filled)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


_OF_HTTP: Final = ("path", "query", "route")


def of_call(client: Facts, server: Facts) -> Facts:
    """Return what both sides say of what was asked, each fact from the side that has it.

    The more telling protocol decides, and the caller's words where both know equally much.
    """
    named = client.protocol is Protocol.CALL and client.operation
    if _RANK.index(server.protocol) > _RANK.index(client.protocol) and not (
        named and server.protocol is Protocol.HTTP
    ):
        client, server = server, client
    if client.protocol is not server.protocol:
        return client
    if client.protocol is not Protocol.HTTP:
        return client if client.operation or not server.operation else _named_as(client, server)
    path = client if client.path else server
    method = client.method if client.method not in ("", "HTTP") else server.method
    teller = next((side for side in (client, server) if side.operation), None)
    query = client.query or server.query if path is client else server.query
    # Without an operation a label is but a span's name, for want of anything better.
    label = teller.label if teller else "" if method or path.path else client.label
    asked = (method, path.path, query, label, server.route or client.route)
    if asked == (client.method, client.path, client.query, client.label, client.route):
        return client
    return replace(
        client,
        method=method,
        path=path.path,
        query=query,
        label=label,
        operation=teller.operation if teller else "",
        route=server.route or client.route,
    )


def _named_as(facts: Facts, other: Facts) -> Facts:
    return replace(facts, label=other.label, operation=other.operation)


def with_rest(message: Message, other: Message) -> Message:
    """Return a message with the headers and the body that only another record of it has."""
    body = message.body
    if body is None or (body.content is None and other.body is not None):
        body = other.body if other.body is not None else body
    if not message.headers:
        return Message(other.headers, body)
    known = {header.name for header in message.headers}
    more = tuple(header for header in other.headers if header.name not in known)
    return Message(message.headers + more, body)
