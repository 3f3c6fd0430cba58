"""The kind of a span, where it was recorded without one or with one that hides a message."""

from __future__ import annotations

from typing import Final

from otelhook.model import Span, SpanKind
from otelhook.sequence.protocols.facts import Facts, Part
from otelhook.sequence.spans.attribute_aliases import PEER, URL
from otelhook.sequence.spans.coercion import first_text
from otelhook.sequence.vocabulary import Protocol

__all__ = ["kind_by_content"]

_KINDS: Final = {
    "client": SpanKind.CLIENT,
    "server": SpanKind.SERVER,
    "producer": SpanKind.PRODUCER,
    "consumer": SpanKind.CONSUMER,
}
_OF_PART: Final = {
    Part.PUBLISH: SpanKind.PRODUCER,
    Part.RECEIVE: SpanKind.CONSUMER,
    Part.PROCESS: SpanKind.CONSUMER,
    Part.SETTLE: SpanKind.CONSUMER,
}
_WITHOUT: Final = (SpanKind.UNSPECIFIED, SpanKind.INTERNAL)
_OF_SERVER: Final = ("http.route", "http.server_name", "net.host.name", "http.client_ip")


def kind_by_content(span: Span, facts: Facts) -> tuple[SpanKind, bool]:
    """Return the kind that a span is of, and whether that is inferred from what it says.

    Current conventions allow CLIENT for sending and receiving messages; those are read as what
    they are. A span without a kind is an end of a call if what it says can only be said of one.
    """
    if facts.protocol is Protocol.MESSAGING:
        return _of_message(span, facts)
    if span.kind not in _WITHOUT:
        return span.kind, False
    told = first_text(span.attributes, ("span.kind",)).lower()
    if told in _KINDS:
        return _KINDS[told], False
    if facts.protocol in (Protocol.DATABASE, Protocol.MODEL, Protocol.TOOL):
        return SpanKind.CLIENT, True
    if span.kind is SpanKind.UNSPECIFIED and facts.protocol in (Protocol.HTTP, Protocol.RPC):
        return _of_request(span, facts)
    return span.kind, False


def _of_message(span: Span, facts: Facts) -> tuple[SpanKind, bool]:
    if facts.part is None or span.kind in (SpanKind.PRODUCER, SpanKind.CONSUMER):
        return span.kind, False
    if span.kind in _WITHOUT:
        return (_OF_PART[facts.part], True) if facts.destination else (span.kind, False)
    return _OF_PART[facts.part], False


def _of_request(span: Span, facts: Facts) -> tuple[SpanKind, bool]:
    attributes = span.attributes
    if any(name in attributes for name in _OF_SERVER):
        return SpanKind.SERVER, True
    if first_text(attributes, PEER) or first_text(attributes, URL).partition("://")[2]:
        return SpanKind.CLIENT, True
    if facts.protocol is Protocol.HTTP and facts.path:
        return SpanKind.SERVER, True
    return span.kind, False
