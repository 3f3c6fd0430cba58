"""Messages through a broker: where to, from where, and which part of that a span is.

Semantic conventions, "Messaging spans": current (``messaging.operation.type``), those before
(``messaging.operation``, ``messaging.destination``), and what Brave (``kafka.topic``,
``rabbit.queue``), Sleuth, Micrometer and OpenTracing write.
"""

from __future__ import annotations

from typing import Final

from otelhook.model import Attributes, Span, SpanKind
from otelhook.sequence.document import Body, Header
from otelhook.sequence.protocols.described import Described, outcome_of
from otelhook.sequence.protocols.facts import Part
from otelhook.sequence.protocols.systems import BROKERS
from otelhook.sequence.spans.addresses import place_of, shown_address
from otelhook.sequence.spans.attribute_aliases import PEER
from otelhook.sequence.spans.coercion import first_text, text, texts
from otelhook.sequence.spans.failures import Failure
from otelhook.sequence.spans.messages import Message, read_message
from otelhook.sequence.vocabulary import ParticipantKind

__all__ = ["describe_messaging", "is_triggered_by_message", "part_of"]

_SYSTEM: Final = ("messaging.system", "message_bus.system")
_STEMS: Final = {
    "kafka": "kafka",
    "rabbit": "rabbitmq",
    "rabbitmq": "rabbitmq",
    "celery": "celery",
    "jms": "jms",
    "rocketmq": "rocketmq",
    "nats": "nats",
}
"""First parts of keys that tell the broker where no system is named."""

_DESTINATION: Final = (
    "messaging.destination.name",
    "messaging.destination",
    "messaging.source.name",
    "messaging.source",
    "messaging.destination.template",
    "message_bus.destination",
    "kafka.topic",
    "rabbit.queue",
    "rabbit.routing_key",
    "jms.queue",
    "jms.topic",
    "nats.subject",
    "rocketmq.topic",
)
_ROUTING_KEY: Final = (
    "messaging.rabbitmq.destination.routing_key",
    "messaging.rabbitmq.routing_key",
    "rabbit.routing_key",
)
_OPERATION: Final = ("messaging.operation.type", "messaging.operation", "messaging.operation.name")
_PARTS: Final = {
    **dict.fromkeys(
        ("publish", "send", "create", "apply_async", "produce", "enqueue"), Part.PUBLISH
    ),
    **dict.fromkeys(("receive", "poll", "consume", "pull", "next-message"), Part.RECEIVE),
    **dict.fromkeys(("process", "deliver", "run", "on-message", "handle"), Part.PROCESS),
    **dict.fromkeys(("settle", "ack", "nack", "commit", "reject", "delete"), Part.SETTLE),
}
_BODY: Final = (
    "messaging.message.body",
    "messaging.message.payload",
    "messaging.payload",
    "messaging.body",
)
_HEADERS: Final = ("messaging.message.header.", "messaging.header.", "messaging.message.headers.")
_KEYS: Final = (
    "messaging.kafka.message.key",
    "messaging.kafka.message_key",
    "messaging.message.key",
    "kafka.key",
    "messaging.message.id",
    "messaging.message_id",
    "messaging.message.conversation_id",
    "messaging.batch.message_count",
)
_DEFAULT_EXCHANGE: Final = frozenset({"", "<default>", "(default)", "amq.default"})


def is_triggered_by_message(span: Span) -> bool:
    """Return whether a function was invoked with messages, whatever kind its span has.

    Semantic conventions, "FaaS spans": ``faas.trigger`` is ``pubsub`` then.
    """
    triggered = first_text(span.attributes, ("faas.trigger",)).lower() == "pubsub"
    return triggered and span.kind in (SpanKind.SERVER, SpanKind.CONSUMER)


def part_of(span: Span) -> Part | None:
    """Return which part of a message's way a span is; None if nothing tells it."""
    told = first_text(span.attributes, _OPERATION).lower()
    if told in _PARTS:
        found = _PARTS[told]
        # An old convention calls both ends "process"; the kind tells them apart.
        return (
            Part.PUBLISH if span.kind is SpanKind.PRODUCER and found is not Part.SETTLE else found
        )
    if span.kind is SpanKind.PRODUCER:
        return Part.PUBLISH
    words = span.name.lower().replace("/", " ").split()
    named = [_PARTS[word] for word in (*words[:1], *words[-1:]) if word in _PARTS]
    if span.kind is SpanKind.CONSUMER or is_triggered_by_message(span):
        return next((part for part in named if part is not Part.PUBLISH), Part.PROCESS)
    return named[0] if named else None


def describe_messaging(span: Span, failure: Failure) -> Described:
    """Describe a message by its destination, and what came of it."""
    attributes = span.attributes
    part = part_of(span)
    system = _system(attributes)
    destination = _destination(span)
    queue = " ".join(word for word in (system, destination) if word)
    if not queue and span.kind is not SpanKind.CONSUMER:  # on that a peer is who published
        place = place_of(attributes)
        queue = first_text(attributes, PEER) or shown_address(place.host, place.port)
    verb = "publish" if part is Part.PUBLISH else "deliver"
    if part is None:
        verb = ""
    named = [word for word in span.name.split() if word.lower() not in _PARTS]
    label = " ".join(word for word in (verb, destination or " ".join(named)) if word)
    if not destination and verb and span.name.strip().lower() in _PARTS:
        label = span.name.strip()
    return Described(
        label=label,
        operation=label,
        outcome=outcome_of(failed=failure.failed, unanswered=failure.unanswered),
        callee=queue,
        callee_kind=ParticipantKind.QUEUE,
        request=_message(attributes),
        part=part,
        destination=destination,
        detail=part is Part.SETTLE,
    )


def _system(attributes: Attributes) -> str:
    told = first_text(attributes, _SYSTEM)
    if told:
        return told
    stems = {name.partition(".")[0] for name in attributes}
    by_key = next((system for stem, system in _STEMS.items() if stem in stems), "")
    if by_key:
        return by_key
    peer = first_text(attributes, PEER).lower()
    named = [broker for broker in BROKERS if peer.startswith(broker)]
    return max(named, key=len, default="")


def _destination(span: Span) -> str:
    found = first_text(span.attributes, _DESTINATION)
    if found in _DEFAULT_EXCHANGE:
        found = first_text(span.attributes, _ROUTING_KEY)
    if found:
        return found
    if not any(name.startswith("messaging.") for name in span.attributes):
        return ""
    words = span.name.split()
    if len(words) == 2:  # noqa: PLR2004 - "orders publish", now "publish orders"
        at = [word.lower() in _PARTS for word in words]
        if any(at) and not all(at):
            return words[at.index(False)]
    return ""


def _message(attributes: Attributes) -> Message:
    """Return headers and body of a message, where some instrumentation recorded them."""
    headers: list[Header] = []
    for name, value in attributes.items():
        if name in _KEYS:
            headers += [Header(name.removeprefix("messaging."), item) for item in texts(value)]
        elif name.startswith(_HEADERS):
            prefix = next(prefix for prefix in _HEADERS if name.startswith(prefix))
            headers += [Header(name[len(prefix) :].lower(), item) for item in texts(value)]
    content = next((attributes[name] for name in _BODY if attributes.get(name) is not None), None)
    if content is None:
        http = read_message(attributes, "request")
        return Message(tuple(headers) + http.headers, http.body)
    kept = content if isinstance(content, bytes) else text(content)
    media = (
        "application/json" if isinstance(kept, str) and kept.lstrip()[:1] in "{[" else "text/plain"
    )
    return Message(tuple(headers), Body(kept, None, content_type=media))
