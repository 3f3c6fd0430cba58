"""Recorded spans as the SDK's, so that they can go the way of live ones."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Event, ReadableSpan
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import (
    Link,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    TraceState,
)

from otelhook import model

__all__ = ["as_sdk_span"]

_IS_REMOTE: Final = 0x200
_TRACE_FLAGS: Final = 0xFF


class _Attributes(dict[str, Any]):
    """Attributes as they are: the SDK's own mapping takes no nested values, older ones no bytes."""

    dropped = 0


def as_sdk_span(span: model.Span) -> ReadableSpan:
    """Return a span with all that the SDK has a place for; UNSPECIFIED is INTERNAL there."""
    failed = span.status.code is model.StatusCode.ERROR
    return ReadableSpan(
        name=span.name,
        context=_context(span.trace_id, span.span_id, span.flags, span.trace_state),
        parent=_parent(span),
        resource=Resource(dict(span.resource.attributes)),
        attributes=_attributes(span.attributes),
        events=[
            Event(event.name, _attributes(event.attributes), event.time) for event in span.events
        ],
        links=[
            Link(_context(link.trace_id, link.span_id), _attributes(link.attributes))
            for link in span.links
        ],
        kind=SpanKind[span.kind.name] if span.kind.value else SpanKind.INTERNAL,
        # The SDK wants a description for errors only.
        status=Status(StatusCode[span.status.code.name], span.status.message if failed else None),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=InstrumentationScope(span.scope.name, span.scope.version),
    )


def _attributes(attributes: Mapping[str, Any]) -> Any:
    return _Attributes(attributes)


def _parent(span: model.Span) -> SpanContext | None:
    if span.parent_span_id is None:
        return None
    return _context(
        span.trace_id, span.parent_span_id, span.flags, remote=bool(span.flags & _IS_REMOTE)
    )


def _context(
    trace_id: str, span_id: str, flags: int = 0, state: str = "", *, remote: bool = False
) -> SpanContext:
    return SpanContext(
        int(trace_id, 16),
        int(span_id, 16),
        is_remote=remote,
        trace_flags=TraceFlags(flags & _TRACE_FLAGS),
        trace_state=TraceState.from_header([state]) if state else TraceState(),
    )
