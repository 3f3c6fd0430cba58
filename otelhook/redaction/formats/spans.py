"""Redaction of whole spans: what another tool recorded, before we hand it on.

The keys are those of the semantic conventions, old and new; see `otelhook.redaction.rules.policy`
for what becomes of a secret. A second time changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Final, cast

from otelhook import attributes as key
from otelhook.attributes import Direction
from otelhook.model import Attributes, AttributeValue, Span
from otelhook.redaction.formats.bodies import redact_body, redact_bytes
from otelhook.redaction.formats.command import redact_command
from otelhook.redaction.formats.headers import redact_header
from otelhook.redaction.formats.mixed import redact_text
from otelhook.redaction.formats.urls import redact_path, redact_query, redact_url
from otelhook.redaction.rules.policy import Redactor

__all__ = ["ADDRESS_RULES", "redact_attributes", "redact_span"]

_SIDES: Final[tuple[Direction, ...]] = ("request", "response")
ADDRESS_RULES: Final[Mapping[str, Callable[[Redactor, str], str]]] = {
    key.URL_FULL: lambda redactor, text: redact_url(redactor, text).value,
    key.HTTP_URL_OLD: lambda redactor, text: redact_url(redactor, text).value,
    key.HTTP_TARGET_OLD: lambda redactor, text: redact_url(redactor, text).value,
    key.URL_PATH: lambda redactor, text: redact_path(redactor, text).value,
    key.URL_QUERY: lambda redactor, text: redact_query(redactor, text).value,
}
"""How the attributes are redacted that hold an address or a part of one, by their keys."""


def redact_span(span: Span, redactor: Redactor) -> Span:
    """Return the span without secrets in its name, attributes, events, links and status.

    Args:
        span: as it was read; one without secrets is returned as it is.
        redactor: the rules. Unless it has a key of its own, pseudonyms are keyed by the trace.
    """
    if not redactor.enabled:
        return span
    redactor = redactor.for_trace(span.trace_id)
    clean = replace(
        span,
        name=redact_text(redactor, span.name).value,
        attributes=redact_attributes(span.attributes, redactor),
        status=replace(span.status, message=redact_text(redactor, span.status.message).value),
        events=tuple(
            replace(event, attributes=redact_attributes(event.attributes, redactor))
            for event in span.events
        ),
        links=tuple(
            replace(link, attributes=redact_attributes(link.attributes, redactor))
            for link in span.links
        ),
    )
    return span if clean == span else clean


def redact_attributes(attributes: Attributes, redactor: Redactor) -> Attributes:
    """Return attributes, of a span, an event, a link or a resource, without their secrets."""
    return {name: _value(name, value, attributes, redactor) for name, value in attributes.items()}


def _value(
    name: str, value: AttributeValue, beside: Attributes, redactor: Redactor
) -> AttributeValue:
    for side in _SIDES:
        if name.startswith(key.header_prefix(side)):
            header = name[len(key.header_prefix(side)) :].replace("_", "-")
            return _each(value, partial(redact_header, redactor, header))
        if name.startswith(f"http.{side}.body") and name != key.body_size(side):
            return _body(value, _content_type(beside, side), redactor)
    if name == key.PROCESS_COMMAND_ARGS and isinstance(value, list | tuple):
        words = [str(word) for word in cast("Sequence[AttributeValue]", value)]
        return tuple(redact_command(redactor, words).value)
    if isinstance(value, bytes):
        return redact_bytes(redactor, value, "").value
    rule = ADDRESS_RULES.get(name)
    if rule is not None:
        return _each(value, lambda text: rule(redactor, text))
    return _each(value, lambda text: redact_text(redactor, text).value)


def _body(value: AttributeValue, content_type: str, redactor: Redactor) -> AttributeValue:
    if isinstance(value, bytes):
        return redact_bytes(redactor, value, content_type).value
    return _each(value, lambda text: redact_body(redactor, text, content_type).value)


def _content_type(attributes: Attributes, side: Direction) -> str:
    for name in ("content-type", "content_type"):
        value = attributes.get(key.header_prefix(side) + name)
        if isinstance(value, list | tuple) and value:
            value = cast("Sequence[AttributeValue]", value)[0]
        if isinstance(value, str):
            return value
    return ""


def _each(value: AttributeValue, rule: Callable[[str], str]) -> AttributeValue:
    """Apply a rule to each text, however deep it is."""
    if isinstance(value, str):
        return rule(value)
    if isinstance(value, Mapping):
        return {name: _each(item, rule) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return tuple(_each(item, rule) for item in value)
    return value
