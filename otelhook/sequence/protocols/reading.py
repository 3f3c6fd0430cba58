"""What one span says of a call, whatever it speaks: recognised in one look at its keys."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

from otelhook import attributes as key
from otelhook.model import Attributes, Span, SpanKind
from otelhook.sequence.protocols.database import describe_database
from otelhook.sequence.protocols.described import Described, outcome_of
from otelhook.sequence.protocols.facts import Facts
from otelhook.sequence.protocols.generative import describe_generative, generative_protocol
from otelhook.sequence.protocols.http import HttpFacts, read_http, verb_of
from otelhook.sequence.protocols.http_operations import operation_within
from otelhook.sequence.protocols.kinds import kind_by_content
from otelhook.sequence.protocols.layers import is_layer
from otelhook.sequence.protocols.messaging import describe_messaging, is_triggered_by_message
from otelhook.sequence.protocols.plain import cluster_host, describe_plain
from otelhook.sequence.protocols.rpc import describe_rpc, is_grpc
from otelhook.sequence.protocols.systems import BROKERS, store_named
from otelhook.sequence.spans import attribute_aliases as names
from otelhook.sequence.spans.addresses import Place, place_of, read_address
from otelhook.sequence.spans.coercion import first_integer, first_text, texts
from otelhook.sequence.spans.failures import Failure, read_failure
from otelhook.sequence.spans.messages import NOTHING, Message, header_value, read_message
from otelhook.sequence.vocabulary import Outcome, Protocol

__all__ = ["read"]

_STEMS: Final = {
    **dict.fromkeys(("gen_ai", "llm", "openinference", "traceloop", "ai", "mcp", "tool"), "model"),
    **dict.fromkeys(("embedding",), "model"),
    **dict.fromkeys(("messaging", "message_bus", "kafka", "rabbit", "celery", "jms"), "messaging"),
    **dict.fromkeys(("db", "sql", "jdbc", "cassandra", "mongodb", "redis"), "database"),
    **dict.fromkeys(("rpc", "grpc"), "rpc"),
    **dict.fromkeys(("http", "url"), "http"),
    **dict.fromkeys(("graphql", "faas", "aws"), "other"),
}
"""Families of attributes by the first part of their keys."""

_WHOLE_KEYS: Final = {
    "sql": "database",
    "upstream_cluster": "http",
    "uri": "http",
    "client_status_code": "http",
    "response_status_code": "http",
    "input.value": "model",
}


@lru_cache(maxsize=4096)
def _families(keys: tuple[str, ...]) -> frozenset[str]:
    found: set[str] = set()
    for name in keys:
        family = _WHOLE_KEYS.get(name) or _STEMS.get(name.partition(".")[0])
        if family is not None and ("." in name or name in _WHOLE_KEYS):
            found.add(family)
    return frozenset(found)


def read(span: Span, late: Span | None = None) -> Facts:
    """Read a span.

    Args:
        span: of any kind.
        late: its child that carries the response body which was read after the span had ended.
    """
    attributes = span.attributes
    families = _families(tuple(attributes))
    http = read_http(span) if "http" in families or verb_of(span.name) else None
    protocol = _protocol(span, families, http)
    failure = read_failure(span)
    described = _described(span, protocol, http, failure)
    of_http = http if protocol is Protocol.HTTP else None
    facts = _facts(span, protocol, described, of_http, failure)
    if late is not None:
        facts = _with_rest(facts, late)
    kind, inferred = kind_by_content(span, facts)
    layer = facts.detail or is_layer(span, facts)
    if kind is facts.kind and not inferred and layer is facts.detail:
        return facts
    return replace(facts, kind=kind, inferred=inferred, detail=layer)


def _protocol(span: Span, families: frozenset[str], http: HttpFacts | None) -> Protocol:
    """Return the most telling protocol that a span's keys, else its name, speak of."""
    if "model" in families:
        found = generative_protocol(span)
        if found is not Protocol.CALL or not families & _OTHERS:
            return found
    if _is_message(span, families):
        return Protocol.MESSAGING
    if "database" in families:
        return Protocol.DATABASE
    if "rpc" in families:
        return Protocol.RPC
    if (http or "response_flags" in span.attributes) and (
        "http" in families or _is_named_after_http(span, families)
    ):
        return Protocol.RPC if http and _is_grpc_over_http(span, http) else Protocol.HTTP
    return _by_name(span)


_OTHERS: Final = frozenset({"http", "rpc", "database", "messaging"})


def _is_message(span: Span, families: frozenset[str]) -> bool:
    """Return whether a span is of a message, and not of a call that a queue only carries."""
    if is_triggered_by_message(span) and "http" not in families:
        return True
    if "rpc" not in families:
        return "messaging" in families or span.kind in (SpanKind.PRODUCER, SpanKind.CONSUMER)
    told = ("messaging.operation.type", "messaging.operation", "messaging.operation.name")
    return "messaging" in families and any(name in span.attributes for name in told)


def _is_named_after_http(span: Span, families: frozenset[str]) -> bool:
    """Return whether a span that has nothing but a name is HTTP's: Brave's ``get``."""
    words = span.name.split()
    return (
        not families
        and span.kind in (SpanKind.CLIENT, SpanKind.SERVER)
        and (len(words) == 1 or words[0].upper() == "HTTP" or words[1].startswith("/"))
    )


def _is_grpc_over_http(span: Span, http: HttpFacts) -> bool:
    return is_grpc(span) and span.name.strip().strip("/") in http.path


def _by_name(span: Span) -> Protocol:
    """Recognise what has no key of any protocol: by its component, its name, or its peer."""
    if span.kind in (SpanKind.CLIENT, SpanKind.SERVER, SpanKind.UNSPECIFIED) and is_grpc(span):
        return Protocol.RPC
    if span.kind is SpanKind.CLIENT:
        peer = first_text(span.attributes, names.PEER)
        component = first_text(span.attributes, ("component",))
        if store_named(peer) is not None or store_named(component) is not None:
            return Protocol.DATABASE
    elif span.kind is SpanKind.UNSPECIFIED:
        component = first_text(span.attributes, ("component",)).lower()
        if component in BROKERS:
            return Protocol.MESSAGING
    return Protocol.CALL


def _described(
    span: Span, protocol: Protocol, http: HttpFacts | None, failure: Failure
) -> Described:
    if protocol is Protocol.HTTP:
        return Described("", callee="" if span.kind is SpanKind.SERVER else cluster_host(span))
    if protocol is Protocol.RPC:
        return describe_rpc(span, http or read_http(span), failure)
    if protocol is Protocol.DATABASE:
        return describe_database(span, failure)
    if protocol is Protocol.MESSAGING:
        return describe_messaging(span, failure)
    if "model" in _families(tuple(span.attributes)):
        return describe_generative(span, protocol, failure)
    return describe_plain(span, failure)


def _facts(
    span: Span,
    protocol: Protocol,
    described: Described,
    http: HttpFacts | None,
    failure: Failure,
) -> Facts:
    attributes = span.attributes
    is_called = span.kind in (SpanKind.SERVER, SpanKind.CONSUMER)
    place = _NOWHERE if is_called else place_of(attributes)
    request, response = described.request, described.response
    if request is NOTHING:
        request = read_message(attributes, "request")
    if response is NOTHING:
        response = read_message(attributes, "response")
    told = _of_http(span, http, request, failure)
    agent = first_text(attributes, names.USER_AGENT)
    return Facts(
        protocol=protocol,
        kind=span.kind,
        label=told.operation or described.label or told.name,
        operation=told.operation or described.operation,
        method=told.method,
        path=told.path,
        query=told.query,
        route=told.route,
        status=told.status,
        reason=told.reason,
        failed=failure.failed,
        error=failure.word,
        message=described.message or failure.text or told.unanswered,
        outcome=described.outcome if http is None else told.outcome,
        answer=described.answer,
        host=place.host,
        port=place.port,
        address=read_address(attributes, request.headers, by_caller=not is_called),
        peer=first_text(attributes, names.PEER),
        callee=described.callee,
        callee_kind=described.callee_kind,
        agent=agent or header_value(request.headers, "user-agent"),
        caller_address=first_text(attributes, names.CALLER_ADDRESS) if is_called else "",
        resent=(first_integer(attributes, names.RESEND) or 0) > 0,
        request=request,
        response=response,
        redacted=_redacted(attributes),
        part=described.part,
        destination=described.destination,
        detail=described.detail,
    )


_NOWHERE: Final = Place("", None)


@dataclass(slots=True)  # not frozen, which takes three times as long: one is made for each span
class _OfHttp:
    """What only HTTP's facts have; all empty over other protocols."""

    method: str = ""
    path: str = ""
    query: str = ""
    route: str = ""
    status: int | None = None
    reason: str = ""
    operation: str = ""
    name: str = ""
    """The span's, where HTTP tells neither method nor path: Envoy's, mostly."""
    unanswered: str = ""
    outcome: Outcome = Outcome.UNKNOWN


_NO_HTTP: Final = _OfHttp()


def _of_http(span: Span, http: HttpFacts | None, request: Message, failure: Failure) -> _OfHttp:
    if http is None:
        return _NO_HTTP
    return _OfHttp(
        http.method or ("HTTP" if http.path else ""),
        http.path,
        http.query,
        http.route,
        http.status,
        http.reason,
        operation_within(span.attributes, http.method, http.path, http.query, request),
        "" if http.method or http.path else span.name.strip(),
        http.unanswered,
        _http_outcome(http, failure),
    )


def _http_outcome(http: HttpFacts, failure: Failure) -> Outcome:
    """Return the outcome of HTTP; without a status only a failure of the connection is certain."""
    if http.status is not None:
        return Outcome.ERROR if http.status >= 400 or failure.failed else Outcome.OK  # noqa: PLR2004
    if http.unanswered:
        return Outcome.UNANSWERED
    return outcome_of(failed=failure.failed, unanswered=failure.unanswered)


def _with_rest(facts: Facts, late: Span) -> Facts:
    """Return the facts with a response's body that was read after its span had ended."""
    message = facts.response
    redacted = facts.redacted + _redacted(late.attributes)
    later = read_message(late.attributes, "response")
    if later.body is None or (message.body is not None and message.body.content is not None):
        return replace(facts, redacted=redacted)
    # The content type stands in the headers, which the CLIENT span has.
    content_type = header_value(message.headers, "content-type") or later.body.content_type
    body = replace(later.body, content_type=content_type)
    response = Message(message.headers or later.headers, body)
    return replace(facts, redacted=redacted, response=response)


def _redacted(attributes: Attributes) -> tuple[str, ...]:
    return tuple(place for place in texts(attributes.get(key.OTELHOOK_REDACTED)) if place)
