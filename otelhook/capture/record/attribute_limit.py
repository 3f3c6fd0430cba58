"""Keeps a span's attributes within its limit.

A span of the SDK keeps 128 attributes unless told otherwise, and drops the oldest for each one
more: the method first. What there is no room for must not be written at all, therefore; headers
are what can be done without.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from opentelemetry.sdk.trace import SpanLimits

from otelhook.attributes import header_prefix

if TYPE_CHECKING:
    from opentelemetry.trace import Span

__all__ = ["SPARE", "Attributes", "make_room"]

Attributes = dict[str, "str | bool | int | bytes | tuple[str, ...]"]

SPARE = 12
"""Attributes that whoever ends the span may still write: stock writes status and version."""
_HEADERS = (header_prefix("request"), header_prefix("response"))


def make_room(attributes: Attributes, span: Span) -> None:
    """Take out of ``attributes`` what the span could only hold by dropping others.

    The last headers go first, of whichever side has more; then, if the program itself has filled
    the span, what came last.
    """
    known: Any = getattr(span, "attributes", None) or {}
    limit = _limit(span)
    if limit is None or len(known) + len(attributes) + SPARE <= limit:
        return
    new = [key for key in attributes if key not in known]
    excess = len(new) + len(known) + SPARE - limit
    sides = [[key for key in new if key.startswith(prefix)] for prefix in _HEADERS]
    while excess > 0 and any(sides):
        del attributes[max(sides, key=len).pop()]
        excess -= 1
    rest = [key for key in new if key in attributes]
    while excess > SPARE and rest:
        del attributes[rest.pop()]
        excess -= 1


def _limit(span: Any) -> int | None:
    """Return how many attributes a span keeps: the SDK shows it nowhere but inside the span."""
    inside: Any = getattr(span, "_attributes", None)
    if hasattr(inside, "maxlen"):
        limit: int | None = inside.maxlen
        return limit
    return SpanLimits().max_span_attributes
