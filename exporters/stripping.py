"""A span without its bodies: what remains when a span as a whole cannot be delivered."""

from __future__ import annotations

from typing import Any

from opentelemetry.sdk.trace import ReadableSpan

from otelhook.attributes import OTELHOOK_COMMAND_OUTPUT, Direction, body_content, body_left_out
from otelhook.attributes import body_truncated as truncated
from otelhook.exporters.tally import Reason

__all__ = ["strip"]

_SIDES: tuple[Direction, ...] = ("request", "response")


class _StrippedSpan(ReadableSpan):
    """A copy with other attributes that still knows what the SDK had dropped before."""

    def __init__(self, span: ReadableSpan, attributes: dict[str, Any]) -> None:
        super().__init__(
            name=span.name,
            context=span.get_span_context(),
            parent=span.parent,
            resource=span.resource,
            attributes=attributes,
            events=span.events,
            links=span.links,
            kind=span.kind,
            status=span.status,
            start_time=span.start_time,
            end_time=span.end_time,
            instrumentation_scope=span.instrumentation_scope,
        )
        self._gone = (span.dropped_attributes, span.dropped_events, span.dropped_links)

    @property
    def dropped_attributes(self) -> int:
        return self._gone[0]

    @property
    def dropped_events(self) -> int:
        return self._gone[1]

    @property
    def dropped_links(self) -> int:
        return self._gone[2]


def strip(span: ReadableSpan, reason: Reason) -> ReadableSpan | None:
    """Return a copy of the span without its bodies, each marked; None if it has none.

    Names, times, headers, sizes and all else stay. The span itself is not touched: other
    processors may hold it.
    """
    attributes: dict[str, Any] = dict(span.attributes or {})
    found = False
    for side in _SIDES:
        if attributes.pop(body_content(side), None):
            attributes[truncated(side)] = True
            attributes[body_left_out(side)] = reason.value
            found = True
    if attributes.pop(OTELHOOK_COMMAND_OUTPUT, None):
        found = True
    return _StrippedSpan(span, attributes) if found else None
