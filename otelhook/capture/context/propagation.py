"""The trace's context: in an environ, in headers, in the process's environment.

W3C trace context, unless ``OTEL_PROPAGATORS`` names others: then those are read and written, so
that services of before OpenTelemetry (``jaeger``, ``b3``) share their traces with new ones. Each is
a package of its own, such as opentelemetry-propagator-jaeger.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from otelhook.capture.header_values import as_text, header_name, lower_items, lower_names

if TYPE_CHECKING:
    from opentelemetry.propagators.textmap import TextMapPropagator

__all__ = [
    "SPAN_KEY",
    "carried",
    "carried_lines",
    "extracted_names",
    "inject",
    "is_programs_own",
    "parent_in_environ",
    "parent_in_environment",
    "parent_in_headers",
    "place_of_call",
    "propagated",
    "received",
    "with_span",
]

_logger = logging.getLogger(__name__)

_TRACEPARENT = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")
_FLAGS = tuple(f"{flags:02x}" for flags in range(256))
_W3C = TraceContextTextMapPropagator()
_PROPAGATORS = "OTEL_PROPAGATORS"
_BAGGAGE = "baggage"
_ALONE = frozenset({"tracecontext", ""})
_SIGNS = re.compile(
    r"signature|hmac|checksum|(?:^|[-_])(?:sig|sign|signed|signing|mac|digest|hash)(?:$|[-_])"
)
"""In the name of a header or of a parameter: what it holds was made of other headers."""
_SIGNED_BODY = re.compile(rb"""["'&]?([\w-]{2,40})["']?\s*[:=]""")
_BODY_HEAD = 16_384
"""Bytes of a body in which a signature is looked for, of a call with a trace of its own only."""
_SCHEMES = frozenset({"basic", "bearer", "digest", "negotiate", "ntlm", "token"})
"""Of ``Authorization``: these sign no header of a request. Those not named here may."""

SPAN_KEY = next(iter(trace.set_span_in_context(trace.INVALID_SPAN, Context())))
"""Where a context has its span."""


def with_span(
    span: trace.Span, around: Mapping[str, object] = Context(), **more: object
) -> Context:
    """Return a context with a span and more in it, made at once instead of one by one.

    Args:
        span: what ``trace.get_current_span`` will find.
        around: the context to begin with.
        more: further values by their keys.
    """
    return Context({**around, SPAN_KEY: span, **more})


@lru_cache(maxsize=1)
def _others() -> TextMapPropagator | None:
    """Return what ``OTEL_PROPAGATORS`` names; None if that is W3C's trace context alone.

    The API reads the variable once, when it is loaded, and so do we. Where the variable is not set
    baggage is left alone: the program has not asked for what it holds to travel.
    """
    named = {name.strip().lower() for name in os.environ.get(_PROPAGATORS, "").split(",")}
    if named <= _ALONE:
        return None
    try:
        from opentelemetry.propagate import get_global_textmap

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


@lru_cache(maxsize=1)
def extracted_names() -> frozenset[str]:
    """Return the headers that a request's context is read from; lower case."""
    return frozenset(field.lower() for field in (_others() or _W3C).fields)


def is_programs_own(
    headers: Mapping[str, str], current: Context, url: str = "", body: object = None
) -> bool:
    """Say whether the program itself wrote where a call belongs, so that it must stay as it is.

    What names the trace that is current was passed on, from a request that is being answered or
    by OpenTelemetry's own ``inject``: there our span takes its place, so that the callee's span
    hangs below it. Not if the call is signed: a signature may have been made of it. What names
    another trace is what the program wants, whatever that is for.

    Args:
        headers: the call's own, names in lower case.
        current: the context of the code that makes the call.
        url: its address; a signature may stand in its query.
        body: what is sent, where that is known; one may stand there too.
    """
    if propagated().isdisjoint(headers):
        return False
    found = parent_in_headers(headers)
    here = trace.get_current_span(current).get_span_context()
    there = None if found is None else trace.get_current_span(found).get_span_context()
    if there is None or not there.is_valid or not here.is_valid:
        return True
    return there.trace_id != here.trace_id or _is_signed(headers, url, body)


def _is_signed(headers: Mapping[str, str], url: str, body: object) -> bool:
    scheme = headers.get("authorization", "").strip().partition(" ")[0].lower()
    if scheme and scheme not in _SCHEMES:
        return True
    if any(_SIGNS.search(name) for name in headers):
        return True
    names = [pair.partition("=")[0] for pair in url.partition("?")[2].split("&")]
    if isinstance(body, str):
        body = body[:_BODY_HEAD].encode("utf-8", "replace")
    if isinstance(body, bytes | bytearray):
        found = _SIGNED_BODY.findall(body[:_BODY_HEAD])
        names += [name.decode("latin-1") for name in found]
    return any(_SIGNS.search(name.lower()) for name in names)


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


def place_of_call(
    current: Context,
    headers: Mapping[str, Any],
    root: Context | None,
    url: str = "",
    body: object = None,
) -> tuple[Context, bool]:
    """Return the context that a call's span starts in, and whether its headers stay as they are.

    The context is the current one if it has a span, else what the caller's own headers say, else
    the process's own parent. Headers stay where `is_programs_own` says so.

    Args:
        current: the context of the code that makes the call.
        headers: what the caller sends, names in any case.
        root: the process's own parent, if it has one.
        url: the call's address.
        body: what is sent, where that is known before.
    """
    said = _said_by(current)
    around = said is not None and said.is_valid
    names = lower_names(headers)
    if names.isdisjoint(propagated()):
        if around:
            return current, False
        if root is None and names.isdisjoint(extracted_names()):
            return current, False
    sent = {name: as_text(value) for name, value in lower_items(headers)}
    own = is_programs_own(sent, current, url, body)
    if around:
        return current, own
    parent = parent_in_headers(sent)
    if parent is None or not trace.get_current_span(parent).get_span_context().is_valid:
        parent = root
    if parent is None:
        return current, own
    return trace.set_span_in_context(trace.get_current_span(parent), current), own


def received(current: Context, found: Context | None) -> Context:
    """Return the context of a request's SERVER span: the current one, and what its headers say."""
    return current if found is None else Context({**current, **found})


def carried(headers: Any, context: Context) -> Any:
    """Return a copy of a call's headers, of the same kind, that carries the context."""
    copied: Any = headers.copy() if hasattr(headers, "copy") else dict(headers)
    for name in [name for name in list(copied) if str(name).lower() in propagated()]:
        del copied[name]
    inject(copied, context)
    return copied


def carried_lines(lines: Iterable[tuple[bytes, bytes]], context: Context) -> list[Any]:
    """Return a call's header lines, names and values as bytes, that carry the context."""
    kept = list(lines)
    carrier: dict[str, str] = {}
    inject(carrier, context)
    has_baggage = any(name.lower() == b"baggage" for name, _ in kept)
    if has_baggage:
        carrier.pop(_BAGGAGE, None)
    kept = [line for line in kept if line[0].decode("latin-1").lower() not in propagated()]
    return kept + [(n.encode("latin-1"), v.encode("latin-1")) for n, v in carrier.items()]


def parent_in_environment(environ: Mapping[str, str]) -> Context | None:
    """Return the context that the process was started in.

    As OpenTelemetry's "Environment Variables as Context Propagation Carriers" has it: the
    header's name in upper case.
    """
    line = environ.get("TRACEPARENT")
    return _parent(line, environ.get("TRACESTATE")) if line else None


def inject(headers: Any, context: Context) -> None:
    """Write the context into a request's headers; the program's own baggage stays as it is."""
    others = _others()
    if others is None:
        _inject_w3c(headers, context)
        return
    baggage = {name: headers[name] for name in list(headers) if str(name).lower() == _BAGGAGE}
    others.inject(headers, context)
    if baggage:
        for name in [name for name in list(headers) if str(name).lower() == _BAGGAGE]:
            del headers[name]
        for name, value in baggage.items():
            headers[name] = value


def _inject_w3c(headers: Any, context: Context) -> None:
    """Write ``traceparent`` as the SDK's propagator does, which takes some ten times as long."""
    said = _said_by(context)
    if type(said) is not SpanContext:
        _W3C.inject(headers, context)
        return
    trace_id, span_id, _, flags, state, is_valid = said
    if not is_valid or state:
        _W3C.inject(headers, context)
        return
    trace_digits = trace_id.to_bytes(16, "big").hex()  # quicker than a number's own format
    span_digits = span_id.to_bytes(8, "big").hex()
    headers["traceparent"] = f"00-{trace_digits}-{span_digits}-{_FLAGS[flags]}"


def _said_by(context: Context) -> Any:
    """Return what the span says that a context has, without asking whether it is one, which takes
    longer than all else; None if there is none.
    """
    span = context.get(SPAN_KEY)
    said = getattr(span, "get_span_context", None)
    return None if said is None else said()


def _parent(line: str, state: str | None) -> Context | None:
    """Read ``traceparent`` and ``tracestate``; the common form at once, others as the SDK."""
    match = None if state else _TRACEPARENT.fullmatch(line)
    if match is not None:
        trace_id, span_id, flags = match.groups()
        said = SpanContext(int(trace_id, 16), int(span_id, 16), True, _flags(flags))  # noqa: FBT003
        return Context({SPAN_KEY: NonRecordingSpan(said)}) if said.is_valid else None
    carrier = {"traceparent": line} | ({"tracestate": state} if state else {})
    return _valid(_W3C.extract(carrier, Context()))


@lru_cache(maxsize=256)
def _flags(digits: str) -> TraceFlags:
    return TraceFlags(int(digits, 16))


def _valid(found: Context) -> Context | None:
    """Return what was read; None if it names no span and holds nothing else, such as baggage."""
    if trace.get_current_span(found).get_span_context().is_valid:
        return found
    rest = {key: value for key, value in found.items() if key != SPAN_KEY}
    return Context(rest) if rest else None
