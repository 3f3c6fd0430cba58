"""The hops of one call that stock instrumentation keeps under one CLIENT span.

Stock instrumentation of `requests` makes one span of a call with all its redirects. Our capture
writes the first hop on it and makes a CLIENT child of each further one. A document shows what went
over the wire, one exchange after the other; so here that span becomes its first hop, and the
others stand beside it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from otelhook.attributes import ERROR_TYPE, HTTP_RESPONSE_STATUS_CODE, OTELHOOK_FIRST_STATUS
from otelhook.model import Span, SpanId, SpanKind, Status, TraceId
from otelhook.sequence.spans.attribute_aliases import RESEND, STATUS
from otelhook.sequence.spans.coercion import first_integer

__all__ = ["side_by_side"]

_Id = tuple[TraceId, SpanId]
_FAILED = 400


def side_by_side(spans: tuple[Span, ...]) -> tuple[Span, ...]:
    """Return the spans, in the same order, with the hops of a call beside each other."""
    calls = {
        (span.trace_id, span.span_id): span
        for span in spans
        if span.kind is SpanKind.CLIENT and OTELHOOK_FIRST_STATUS in span.attributes
    }
    if not calls:
        return spans
    next_starts: dict[_Id, int] = {}
    for span in spans:
        call = _call_of(span, calls)
        if call is not None:
            key = (call.trace_id, call.span_id)
            next_starts[key] = min(span.start_time, next_starts.get(key, span.start_time))
    return tuple(_beside(span, calls, next_starts) for span in spans)


def _call_of(span: Span, calls: Mapping[_Id, Span]) -> Span | None:
    """Return the span of the call that a further hop is one of."""
    if span.kind is not SpanKind.CLIENT or span.parent_span_id is None:
        return None
    if (first_integer(span.attributes, RESEND) or 0) < 1:
        return None
    call = calls.get((span.trace_id, span.parent_span_id))
    return call if call is not span else None


def _beside(span: Span, calls: Mapping[_Id, Span], next_starts: Mapping[_Id, int]) -> Span:
    key = (span.trace_id, span.span_id)
    if calls.get(key) is span and key in next_starts:
        return _first_hop(span, next_starts[key])
    call = _call_of(span, calls)
    return span if call is None else replace(span, parent_span_id=call.parent_span_id)


def _first_hop(call: Span, end: int) -> Span:
    """Return the call's span as its first hop: ended when the next began, with its own status."""
    status = first_integer(call.attributes, (OTELHOOK_FIRST_STATUS,)) or None
    dropped = {*STATUS, OTELHOOK_FIRST_STATUS}
    failed = status is None or status >= _FAILED
    if not failed:
        dropped.add(ERROR_TYPE)
    attributes = {name: value for name, value in call.attributes.items() if name not in dropped}
    if status is not None:
        attributes[HTTP_RESPONSE_STATUS_CODE] = status
    return replace(
        call,
        end_time=max(call.start_time, min(end, call.end_time)),
        attributes=attributes,
        status=call.status if failed else Status(),
        events=call.events if failed else (),
    )
