"""Spans that others recorded, without their secrets: what an exporter of ours writes of them.

Inside a program that otelhook records, secrets are hidden while a span ends
(`otelhook.capture.coexistence.redacting`). Here nothing of ours runs in the program but an
exporter, so the spans it is given are redacted before it sees them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from opentelemetry.attributes import BoundedAttributes
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Event, ReadableSpan
from opentelemetry.trace import Link, Status

from otelhook.exporters.span_copy import SpanCopy
from otelhook.redaction import Redactor, redact_attributes, redact_text

__all__ = ["Redacting"]


class Redacting:
    """Redacts SDK spans by one set of rules; the spans themselves are not touched."""

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self._resources: dict[int, tuple[Resource, Resource]] = {}

    def span(self, span: ReadableSpan) -> ReadableSpan:
        """Return a copy without secrets, or the span itself where redaction is switched off."""
        if not self._redactor.enabled:
            return span
        context = span.get_span_context()
        redactor = self._redactor.for_trace(f"{context.trace_id:032x}" if context else "")
        return SpanCopy(
            span,
            name=redact_text(redactor, span.name).value,
            attributes=_attributes(span.attributes, redactor),
            resource=self._resource(span.resource),
            events=[
                Event(event.name, _bounded(event.attributes, redactor), event.timestamp)
                for event in span.events
            ],
            links=[Link(link.context, _bounded(link.attributes, redactor)) for link in span.links],
            status=_status(span.status, redactor),
        )

    def _resource(self, resource: Resource) -> Resource:
        """Redact a resource once: nearly all spans of a process have the same one.

        Pseudonyms would have to be keyed by a trace, and a resource is of none.
        """
        known = self._resources.get(id(resource))
        if known is None or known[0] is not resource:
            redacted = _attributes(resource.attributes, self._redactor)
            self._resources.clear()
            known = (resource, Resource(redacted, resource.schema_url))
            self._resources[id(resource)] = known
        return known[1]


def _attributes(attributes: Mapping[str, Any] | None, redactor: Redactor) -> dict[str, Any]:
    return dict(redact_attributes(attributes or {}, redactor))


def _bounded(attributes: Mapping[str, Any] | None, redactor: Redactor) -> BoundedAttributes:
    """Return attributes as events and links have them: they ask theirs what was dropped."""
    bounded = BoundedAttributes(attributes=_attributes(attributes, redactor))
    bounded.dropped = getattr(attributes, "dropped", 0)
    return bounded


def _status(status: Status, redactor: Redactor) -> Status:
    if not status.description:
        return status
    return Status(status.status_code, redact_text(redactor, status.description).value)
