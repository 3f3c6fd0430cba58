"""A span without its bodies: what remains when a span as a whole cannot be delivered."""

from __future__ import annotations

from typing import Any

from opentelemetry.sdk.trace import ReadableSpan

from otelhook.attributes import OTELHOOK_COMMAND_OUTPUT, Direction, body_content, body_left_out
from otelhook.attributes import body_truncated as truncated
from otelhook.exporters.span_copy import SpanCopy
from otelhook.exporters.tally import Reason

__all__ = ["strip"]

_SIDES: tuple[Direction, ...] = ("request", "response")


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
    return SpanCopy(span, attributes=attributes) if found else None
