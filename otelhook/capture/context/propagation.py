"""The trace's context: in an environ, in headers, in the process's environment.

W3C trace context, unless ``OTEL_PROPAGATORS`` names others: then those are read and written, so
that services of before OpenTelemetry (``jaeger``, ``b3``) share their traces with new ones. Each is
a package of its own, such as opentelemetry-propagator-jaeger.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from otelhook.capture.header_values import header_name, lower_items

if TYPE_CHECKING:
    from opentelemetry.propagators.textmap import TextMapPropagator

__all__ = [
    "carried",
    "inject",
    "parent_in_environ",
    "parent_in_environment",
    "parent_in_headers",
    "parent_of_call",
    "propagated",
    "with_span",
]

_logger = logging.getLogger(__name__)

_TRACEPARENT = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")
_W3C = TraceContextTextMapPropagator()
_PROPAGATORS = "OTEL_PROPAGATORS"
_DEFAULT = frozenset({"tracecontext", "baggage", ""})


_SPAN_KEY = next(iter(trace.set_span_in_context(trace.INVALID_SPAN, Context())))


def with_span(
    span: trace.Span, around: Mapping[str, object] = Context(), **more: object
) -> Context:
    """Return a context with a span and more in it, made at once instead of one by one.

    Args:
        span: what ``trace.get_current_span`` will find.
        around: the context to begin with.
        more: further values by their keys.
    """
    return Context({**around, _SPAN_KEY: span, **more})


@lru_cache(maxsize=1)
def _others() -> TextMapPropagator | None:
    """Return what ``OTEL_PROPAGATORS`` names; None if it names nothing beyond W3C's own.

    The API reads the variable once, when it is loaded, and so do we.
    """
    named = {name.strip().lower() for name in os.environ.get(_PROPAGATORS, "").split(",")}
    if named <= _DEFAULT:
        return None
    try:
        from opentelemetry.propagate import get_global_textmap  # noqa: PLC0415 - loads them all

        return get_global_textmap()
    except Exception:
        _logger.warning(
            "otelhook: %s names what is not installed; W3C trace context is used",
            _PROPAGATORS,
            exc_info=True,
        )
        return None


@lru_cache(maxsize=1)
def propagated() -> frozenset[str]:
    """Return the headers that carry a span, which we write anew in each request; lower case.

    Baggage is the program's own: it is written where there is some, and never taken away.
    """
    fields = (_others() or _W3C).fields
    return frozenset(field.lower() for field in fields) - {"baggage"}


def parent_in_environ(environ: Mapping[str, Any]) -> Context | None:
    """Return the context that a WSGI request's headers name, None if they name none."""
    others = _others()
    if others is not None:
        headers = {
            header_name(key): str(value) for key, value in environ.items() if key[:5] == "HTTP_"
        }
        return _valid(others.extract(headers, Context()))
    line = environ.get("HTTP_TRACEPARENT")
    if line is None:
        return None
    state = environ.get("HTTP_TRACESTATE")
    return _parent(str(line), None if state is None else str(state))


def parent_in_headers(headers: Mapping[str, str]) -> Context | None:
    """Return the context that an outgoing request's own headers name already."""
    others = _others()
    if others is not None:
        return _valid(others.extract({name: str(headers[name]) for name in headers}, Context()))
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
    parent = parent_in_headers(dict(lower_items(headers))) or root
    if parent is None:
        return current
    return trace.set_span_in_context(trace.get_current_span(parent), current)


def carried(headers: Any, context: Context) -> Any:  # noqa: ANN401 - any mapping of headers
    """Return a copy of a call's headers, of the same kind, that carries the context."""
    copied: Any = headers.copy() if hasattr(headers, "copy") else dict(headers)
    for name in [name for name in list(copied) if str(name).lower() in propagated()]:
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
    (_others() or _W3C).inject(headers, context)


def _parent(line: str, state: str | None) -> Context | None:
    """Read ``traceparent`` and ``tracestate``; the common form at once, others as the SDK."""
    match = None if state else _TRACEPARENT.fullmatch(line)
    if match is not None:
        trace_id, span_id, flags = match.groups()
        span_context = SpanContext(
            int(trace_id, 16), int(span_id, 16), is_remote=True, trace_flags=_flags(flags)
        )
        return with_span(NonRecordingSpan(span_context)) if span_context.is_valid else None
    carrier = {"traceparent": line} | ({"tracestate": state} if state else {})
    return _valid(_W3C.extract(carrier, Context()))


@lru_cache(maxsize=256)
def _flags(digits: str) -> TraceFlags:
    return TraceFlags(int(digits, 16))


def _valid(found: Context) -> Context | None:
    return found if trace.get_current_span(found).get_span_context().is_valid else None
