"""W3C trace context: in an environ, in headers, in the process's environment."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

__all__ = [
    "PROPAGATED",
    "carried",
    "inject",
    "parent_in_environ",
    "parent_in_environment",
    "parent_in_headers",
    "parent_of_call",
]

PROPAGATED = frozenset({"traceparent", "tracestate"})
"""The headers that we add to a request, lower case."""

_TRACEPARENT = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")
_PROPAGATOR = TraceContextTextMapPropagator()


def parent_in_environ(environ: Mapping[str, Any]) -> Context | None:
    """Return the context that a WSGI request's headers name, None if they name none."""
    line = environ.get("HTTP_TRACEPARENT")
    if line is None:
        return None
    state = environ.get("HTTP_TRACESTATE")
    return _parent(str(line), None if state is None else str(state))


def parent_in_headers(headers: Mapping[str, str]) -> Context | None:
    """Return the context that an outgoing request's own headers name already."""
    line = headers.get("traceparent")
    return None if line is None else _parent(str(line), headers.get("tracestate"))


def parent_of_call(current: Context, headers: Mapping[str, Any], root: Context | None) -> Context:
    """Return the context that a call's span starts in.

    The current one if it has a span, else what the caller's own headers say, else the process's
    own parent.

    Args:
        current: the context of the code that makes the call.
        headers: what the caller sends, names in any case.
        root: the process's own parent, if it has one.
    """
    if trace.get_current_span(current).get_span_context().is_valid:
        return current
    own = {str(name).lower(): value for name, value in headers.items()}
    parent = parent_in_headers(own) or root
    if parent is None:
        return current
    return trace.set_span_in_context(trace.get_current_span(parent), current)


def carried(headers: Any, context: Context) -> Any:  # noqa: ANN401 - any mapping of headers
    """Return a copy of a call's headers, of the same kind, that carries the context."""
    copied: Any = headers.copy() if hasattr(headers, "copy") else dict(headers)
    for name in [name for name in list(copied) if str(name).lower() in PROPAGATED]:
        del copied[name]
    inject(copied, context)
    return copied


def parent_in_environment(environ: Mapping[str, str]) -> Context | None:
    """Return the context that the process was started in.

    As OpenTelemetry's "Environment Variables as Context Propagation Carriers" has it: the
    header's name in upper case.
    """
    line = environ.get("TRACEPARENT")
    return _parent(line, environ.get("TRACESTATE")) if line else None


def inject(headers: Any, context: Context) -> None:  # noqa: ANN401 - any mutable mapping of headers
    """Write the context into a request's headers."""
    _PROPAGATOR.inject(headers, context)


def _parent(line: str, state: str | None) -> Context | None:
    """Read ``traceparent`` and ``tracestate``; the common form at once, others as the SDK."""
    match = None if state else _TRACEPARENT.fullmatch(line)
    if match is not None:
        span_context = SpanContext(
            int(match[1], 16),
            int(match[2], 16),
            is_remote=True,
            trace_flags=TraceFlags(int(match[3], 16)),
        )
        if not span_context.is_valid:
            return None
        return trace.set_span_in_context(NonRecordingSpan(span_context), Context())
    carrier = {"traceparent": line} | ({"tracestate": state} if state else {})
    found = _PROPAGATOR.extract(carrier, Context())
    return found if trace.get_current_span(found).get_span_context().is_valid else None
