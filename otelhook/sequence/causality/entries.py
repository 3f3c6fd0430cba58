"""Where a trace enters another service and no span says so: a change of service is a call.

Two cases. A span that was made on behalf of the callee, though its kind is CLIENT (HotROD's mysql
and redis record spans under their own names for calls that their caller made), is the callee's
side. Any other span that is no end by itself, or an end of a further call, gets an entry before
it: a span that nobody recorded, marked as inferred.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final, NamedTuple

from otelhook.attributes import PROCESS_COMMAND_ARGS, SERVICE_NAME
from otelhook.model import Span, SpanKind, Status
from otelhook.sequence.protocols.facts import Facts, Part
from otelhook.sequence.protocols.reading import read
from otelhook.sequence.protocols.systems import store_within
from otelhook.sequence.spans.coercion import first_text
from otelhook.sequence.spans.services import is_named
from otelhook.sequence.vocabulary import ParticipantKind, Protocol

__all__ = ["Entered", "is_command", "with_entries"]

_CALLED: Final = frozenset({SpanKind.SERVER, SpanKind.CONSUMER})
_STORES: Final = frozenset({ParticipantKind.DATABASE, ParticipantKind.CACHE})


class Entered(NamedTuple):
    """Spans, parents and facts run parallel; the last ``made`` spans are the added ones."""

    spans: tuple[Span, ...]
    parents: list[int]
    facts: list[Facts]
    made: int


def is_command(span: Span) -> bool:
    """Return whether a span is the one that ``otelhook run`` puts around a command."""
    return span.kind is SpanKind.INTERNAL and PROCESS_COMMAND_ARGS in span.attributes


def with_entries(spans: tuple[Span, ...], parents: list[int], facts: list[Facts]) -> Entered:
    """Return the spans with each change of service made visible as an end of a call."""
    services = [first_text(span.resource.attributes, (SERVICE_NAME,)) for span in spans]
    leading = _leading(parents, services)
    added: list[Span] = []
    entered, told = list(parents), list(facts)
    for index, span in enumerate(spans):
        parent, fact = parents[index], facts[index]
        if parent < 0 or fact.kind in _CALLED or fact.detail:
            continue
        if _is_handler(span, facts[parent], fact) and services[index] == services[parent]:
            if fact.failed:
                told[parent] = _failed_at(told[parent], fact)
            continue
        if services[index] == services[parent] or not (
            is_named(services[index]) and is_named(services[parent])
        ):
            continue
        if is_command(spans[parent]):  # what it starts speaks in its name
            continue
        if facts[parent].kind is SpanKind.PRODUCER:
            # Its message was delivered; what a consumer calls for it is a call of its own.
            if fact.kind in (SpanKind.INTERNAL, SpanKind.UNSPECIFIED):
                told[index] = replace(fact, kind=SpanKind.CONSUMER, inferred=True)
        elif fact.kind in (SpanKind.INTERNAL, SpanKind.UNSPECIFIED) or _is_of_callee(
            fact, services[index], leads=leading[index]
        ):
            told[index] = replace(fact, kind=SpanKind.SERVER, inferred=True)
        else:
            entry = _entry(span)
            entered[index] = len(spans) + len(added)
            entered.append(parent)
            told.append(replace(read(entry), inferred=True))
            added.append(entry)
    return Entered((*spans, *added), entered, told, len(added))


_HANDLERS: Final = frozenset({"on-message", "onmessage", "process", "handle", "listener"})


def _is_handler(span: Span, parent: Facts, fact: Facts) -> bool:
    """Return whether a span without a kind is what a received message made its consumer do."""
    return (
        parent.part is Part.RECEIVE
        and fact.protocol is Protocol.CALL
        and span.name.strip().lower().rpartition(" ")[2] in _HANDLERS
    )


def _failed_at(received: Facts, fact: Facts) -> Facts:
    """Return a delivery whose message could not be processed: what was said of that is its end."""
    return replace(
        received,
        outcome=fact.outcome,
        answer=fact.answer,
        failed=fact.failed,
        error=fact.error,
        message=fact.message,
    )


def _leading(parents: Sequence[int], services: Sequence[str]) -> list[bool]:
    """Return by span whether some child of it is of another service."""
    leading = [False] * len(services)
    for index, parent in enumerate(parents):
        if parent >= 0 and services[index] != services[parent]:
            leading[parent] = True
    return leading


def _is_of_callee(facts: Facts, service: str, *, leads: bool) -> bool:
    """Return whether a CLIENT span carries the name of whom it calls."""
    if facts.kind is not SpanKind.CLIENT or leads:
        return False
    if facts.peer and facts.peer.partition(":")[0] != service:
        return False
    if facts.callee_kind in _STORES:
        named_after = store_within(service)
        system = facts.callee.partition(" ")[0]
        return facts.peer != "" or system in service or (named_after or ("",))[0] == system
    return not facts.host and not facts.callee


def _entry(span: Span) -> Span:
    """Return what the callee would have recorded: the span's own time and name, and no more."""
    return replace(span, kind=SpanKind.SERVER, attributes={}, events=(), links=(), status=Status())
