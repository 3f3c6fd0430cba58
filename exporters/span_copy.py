"""A span with other values, for one exporter: other processors hold the span itself."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Event, ReadableSpan
from opentelemetry.trace import Link, Status

__all__ = ["SpanCopy"]


class SpanCopy(ReadableSpan):
    """A copy that still knows how much the SDK had dropped before."""

    def __init__(  # noqa: PLR0913 - what a span is made of, all by name
        self,
        span: ReadableSpan,
        *,
        attributes: dict[str, Any],
        name: str | None = None,
        resource: Resource | None = None,
        events: Sequence[Event] | None = None,
        links: Sequence[Link] | None = None,
        status: Status | None = None,
    ) -> None:
        """Make a copy; what is left out is the span's own."""
        super().__init__(
            name=span.name if name is None else name,
            context=span.get_span_context(),
            parent=span.parent,
            resource=span.resource if resource is None else resource,
            attributes=attributes,
            events=span.events if events is None else events,
            links=span.links if links is None else links,
            kind=span.kind,
            status=span.status if status is None else status,
            start_time=span.start_time,
            end_time=span.end_time,
            instrumentation_scope=span.instrumentation_scope,
        )
        self._gone = (span.dropped_attributes, span.dropped_events, span.dropped_links)

    @property
    def dropped_attributes(self) -> int:
        """How many the SDK had dropped."""
        return self._gone[0]

    @property
    def dropped_events(self) -> int:
        """How many the SDK had dropped."""
        return self._gone[1]

    @property
    def dropped_links(self) -> int:
        """How many the SDK had dropped."""
        return self._gone[2]
