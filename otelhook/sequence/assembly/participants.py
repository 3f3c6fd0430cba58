"""Who talks to whom: real names for callers and callees, recorded or not."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, NamedTuple

from otelhook.lazy_patterns import lazy
from otelhook.sequence.causality.entries import is_command
from otelhook.sequence.causality.exchanges import Exchange, Side
from otelhook.sequence.document import Participant
from otelhook.sequence.spans.addresses import shown_address
from otelhook.sequence.spans.services import instance_of, is_named, service_of
from otelhook.sequence.vocabulary import ParticipantKind, Protocol

__all__ = ["Cast", "cast_of", "described"]

_PRODUCT: Final = lazy(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
"""The first product of a User-Agent: a token (RFC 9110, 10.1.5)."""


class Cast(NamedTuple):
    """Names by exchange."""

    sources: tuple[str, ...]
    targets: tuple[str, ...]
    kinds: Mapping[str, ParticipantKind]


class _Learnt:
    """A fact that pairs have shown, unless they have shown different ones."""

    def __init__(self) -> None:
        self._seen: dict[tuple[object, ...], set[str]] = {}

    def learn(self, key: tuple[object, ...], name: str) -> None:
        self._seen.setdefault(key, set()).add(name)

    def get(self, key: tuple[object, ...]) -> str:
        names = self._seen.get(key, ())
        return next(iter(names)) if len(names) == 1 else ""


def cast_of(exchanges: Sequence[Exchange], given: Mapping[str, str]) -> Cast:
    """Name both ends of every exchange.

    Args:
        exchanges: all of them.
        given: names by address, for callees that recorded nothing: ``host``, ``host:port``,
            ``:port`` or ``/path``, or an address followed by a path; the longest match wins. For
            callers, by their address or their User-Agent's first product.
    """
    addresses, agents = _Learnt(), _Learnt()
    for exchange in exchanges:
        client, server = exchange.client, exchange.server
        if client is not None and server is not None and exchange.attempt == 0 and exchange.last:
            for key in _addresses(client):
                addresses.learn(key, server.service)
            agents.learn((server.facts.agent,), client.service)
    kinds: dict[str, ParticipantKind] = {}
    targets = [_target(exchange, addresses, given, kinds) for exchange in exchanges]
    crowds = _crowds(exchanges)
    sources = [
        _source(exchanges, exchange, agents, given, kinds)
        if (program := crowds.get(index)) is None
        else _named(program, ParticipantKind.SERVICE, kinds)
        for index, exchange in enumerate(exchanges)
    ]
    return Cast(tuple(sources), tuple(targets), kinds)


def described(
    names: Iterable[str], exchanges: Sequence[Exchange], cast: Cast
) -> tuple[Participant, ...]:
    """Describe participants in the given order, each with the instances that answered."""
    instances: dict[str, set[str]] = {}
    for exchange in exchanges:
        if exchange.server is not None:
            instance = instance_of(exchange.server.span.resource)
            instances.setdefault(exchange.server.service, set()).update({instance} - {""})
    return tuple(
        Participant(name, cast.kinds[name], tuple(sorted(instances.get(name, ()))))
        for name in dict.fromkeys(names)
    )


def _target(
    exchange: Exchange,
    addresses: _Learnt,
    given: Mapping[str, str],
    kinds: dict[str, ParticipantKind],
) -> str:
    if exchange.server is not None:
        kind = _of_store(exchange.server) or ParticipantKind.SERVICE
        return _named(exchange.server.service, kind, kinds)
    client = exchange.sender
    if exchange.broker or client.facts.callee_kind is ParticipantKind.QUEUE:
        return _named(exchange.broker or "queue", ParticipantKind.QUEUE, kinds)
    facts = client.facts
    if facts.callee_kind is not None:
        name = _given(client, given) or facts.callee or facts.peer or "unknown"
        return _named(name, facts.callee_kind, kinds)
    learnt = (addresses.get(key) for key in _addresses(client))
    name = (
        _given(client, given)
        or facts.peer
        or next((name for name in learnt if name), "")
        or facts.callee
        or _name_of_address(client)
        or facts.operation.rpartition("/")[0].rpartition(".")[2]
        or _address(client)
        or "unknown"
    )
    return _named(name, ParticipantKind.CALLEE, kinds)


def _crowds(exchanges: Sequence[Exchange]) -> Mapping[int, str]:
    """Return by exchange who called, where a command started several programs, such as a script.

    What one program calls is called by the command, whatever the program is named.
    """
    callers = {
        index: (exchange.top.span_id, exchange.client.service)
        for index, exchange in enumerate(exchanges)
        if exchange.client is not None
        and is_named(exchange.client.service)
        and exchange.parent is None
        and not exchange.parent_missing
        and is_command(exchange.top)
        and exchange.top is not exchange.sender.span
    }
    of_command: dict[str, set[str]] = {}
    for command, service in callers.values():
        of_command.setdefault(command, set()).add(service)
    return {i: service for i, (command, service) in callers.items() if len(of_command[command]) > 1}


def _source(
    exchanges: Sequence[Exchange],
    exchange: Exchange,
    agents: _Learnt,
    given: Mapping[str, str],
    kinds: dict[str, ParticipantKind],
) -> str:
    client = exchange.client
    if exchange.broker and client is None:
        return _named(exchange.broker, ParticipantKind.QUEUE, kinds)
    # What runs under a command's span speaks in the command's name, whatever its own is.
    under_root = not exchange.parent_missing and exchange.parent is None
    rooted = under_root and exchange.top is not exchange.sender.span
    own = exchange.sender.service
    if rooted and (is_command(exchange.top) or not is_named(own)):
        return _named(service_of(exchange.top.resource), ParticipantKind.SERVICE, kinds)
    answered = exchange.parent is not None and exchanges[exchange.parent].server is not None
    # A nameless caller within a call that a service answers is that service.
    if client is not None and (is_named(client.service) or not answered):
        return _named(client.service, ParticipantKind.SERVICE, kinds)
    facts = exchange.sender.facts
    if exchange.top is not exchange.sender.span and service_of(exchange.top.resource) != own:
        return _named(service_of(exchange.top.resource), ParticipantKind.SERVICE, kinds)
    if exchange.parent is not None:
        outer = exchanges[exchange.parent]
        holder = outer.server or outer.sender
        return _named(holder.service, _of_store(holder) or ParticipantKind.SERVICE, kinds)
    # A caller that left its span's id here records spans: it may be known by its User-Agent.
    recorded = agents.get((facts.agent,)) if exchange.parent_missing and facts.agent else ""
    if recorded == own:  # so names itself whatever uses the same library
        recorded = ""
    match = _PRODUCT.match(facts.agent)
    product = match.group() if match else ""
    told = given.get(product) or given.get(facts.caller_address)
    # On the span of who is called, a peer is who calls.
    name = told or recorded or facts.peer or product or facts.caller_address or "client"
    return _named(name, ParticipantKind.CALLER, kinds)


_WEIGHT: Final = (
    ParticipantKind.CALLER,
    ParticipantKind.CALLEE,
    ParticipantKind.TOOL,
    ParticipantKind.QUEUE,
    ParticipantKind.SERVICE,
    ParticipantKind.MODEL,
    ParticipantKind.CACHE,
    ParticipantKind.DATABASE,
)
"""Of two kinds that one name has, the later one tells more."""


def _of_store(side: Side) -> ParticipantKind | None:
    """Return what a service is that recorded a call of a database as its own work."""
    facts = side.facts
    return facts.callee_kind if facts.protocol is Protocol.DATABASE else None


def _named(name: str, kind: ParticipantKind, kinds: dict[str, ParticipantKind]) -> str:
    """Note what is known of a name; a service that also appears unrecorded stays a service."""
    known = kinds.get(name, kind)
    kinds[name] = max(known, kind, key=_WEIGHT.index)
    return name


def _addresses(client: Side) -> tuple[tuple[object, ...], ...]:
    """Return the keys under which a callee is learnt, the most telling first.

    Several services may share an address and differ by their path's first segment.
    """
    facts = client.facts
    if not facts.host:
        return ()
    first = facts.path.lstrip("/").partition("/")[0]
    return ((facts.host, facts.port), (facts.host, facts.port, first))


def _address(client: Side) -> str:
    return shown_address(client.facts.host, client.facts.port)


def _name_of_address(client: Side) -> str:
    """Return the address if it is a name, or if the call has no name of a service in it."""
    facts = client.facts
    bare = facts.host.replace(".", "").replace(":", "")
    is_ip = bare.isdecimal() or ":" in facts.host
    return "" if is_ip and facts.protocol is Protocol.RPC else _address(client)


def _given(client: Side, given: Mapping[str, str]) -> str:
    if not given:
        return ""
    facts = client.facts
    path = facts.path if facts.path.startswith("/") else "/"
    places = {_address(client), facts.host, f":{facts.port}", ""}
    matching = [
        key
        for key in given
        if (at := key.find("/")) < 0
        or path == key[at:]
        or path.startswith(key[at:].rstrip("/") + "/")
        if key[: at if at >= 0 else None] in places and key
    ]
    return given[max(matching, key=lambda key: (len(key), key))] if matching else ""
