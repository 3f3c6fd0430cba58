"""Where stock instrumentation of `requests`, urllib3 or urllib is there already.

It makes one CLIENT span of a call with all its redirects and retries, and switches HTTP
instrumentation off meanwhile. The first hop is written to that span, which the called server's
span is a child of. Each further hop is a CLIENT child with ``http.request.resend_count`` (HTTP
conventions), sent with a propagation header of its own.

Where we are the first, what is stock's further down is kept from making spans of the same request.
"""

from __future__ import annotations

import weakref
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from opentelemetry import trace
from opentelemetry.context import (
    _SUPPRESS_HTTP_INSTRUMENTATION_KEY,  # pyright: ignore[reportPrivateUsage]
    Context,
)
from opentelemetry.instrumentation.utils import is_instrumentation_enabled
from opentelemetry.trace import SpanKind, Tracer

from otelhook.attributes import HTTP_RESPONSE_STATUS_CODE, OTELHOOK_FIRST_STATUS, RESEND_COUNT
from otelhook.capture.coexistence.borrowed_span import BorrowedSpan, WatchedSpan
from otelhook.capture.record.scope import CaptureScope

if TYPE_CHECKING:
    from opentelemetry.trace import Span
    from opentelemetry.util.types import AttributeValue

SUPPRESS_HTTP: Final = _SUPPRESS_HTTP_INSTRUMENTATION_KEY

__all__ = ["OURS", "SUPPRESS_HTTP", "is_enabled", "scope_within_stock"]

_STOCK = "opentelemetry.instrumentation."
OURS = object()
"""What stands in a context under the key by which HTTP instrumentation is switched off, where it is
for stock's sake: our own hooks go on. A program that switches it off writes True."""
_STOCK_STATE = "httpbase_instrumentation_state"
"""The key in the context under which ``opentelemetry.util.http.httplib`` keeps its note."""


def is_enabled(current: Context) -> bool:
    """Say whether calls made in this context are recorded by whoever meets them first."""
    off = current.get(SUPPRESS_HTTP)
    return (not off or off is OURS) and is_instrumentation_enabled()


def scope_within_stock(
    scope: CaptureScope, current: Context, url: str, library: str
) -> CaptureScope | None:
    """Return the scope in which a hop under a span of stock instrumentation is recorded.

    The stock span is current only while its own `Session.send` runs, so it is this call's.

    Args:
        scope: whose call it is.
        current: the context in which the hop is sent.
        url: where it goes.
        library: whose instrumentation it may be: ``requests``, ``urllib3`` or ``urllib``.

    Returns:
        A scope that gives the hop its span; the same scope if stock has no SDK to record with;
        None if stock's provider sampled the call out, or it is not stock that suppresses it.
    """
    span: Any = trace.get_current_span(current)
    if not is_instrumentation_enabled():
        return None
    stock = getattr(getattr(span, "instrumentation_scope", None), "name", "") == _STOCK + library
    if not stock:
        return scope if _within(current) and not _sampled_out(span) else None
    if not span.is_recording():
        return None
    call = _calls.get(span)
    if call is None:
        call = _calls[span] = _Call(span)
    return replace(scope, tracer=_HopTracer(scope, call, url))


def _within(current: Context) -> bool:
    """Say whether the stock package sends this, and not only the program's own suppression holds.

    It keeps a note for the connection beside its span; without an SDK that span is none, nothing
    of the call is recorded there, and all of it is ours to record.
    """
    return current.get(_STOCK_STATE) is not None


def _sampled_out(span: Span) -> bool:
    """Say whether a provider decided to record nothing of the call.

    Without an SDK there is no decision: the API hands on the span around the call, our SERVER span
    perhaps, as one that does not record but is sampled.
    """
    context = span.get_span_context()
    decided = context.is_valid and not context.is_remote and not span.is_recording()
    return decided and not context.trace_flags.sampled


class _Call:
    """The hops of one stock span so far."""

    __slots__ = ("first_status", "hops", "span", "status", "url")

    def __init__(self, span: Span) -> None:
        self.span = weakref.ref(span)
        self.hops = 0
        self.url = ""
        self.status: int | None = None
        self.first_status: int | None = None

    def goes_on(self, url: str) -> bool:
        """Say whether a hop to this URL is the same call again: a redirect, or a second try.

        The hooks of a session may make calls of their own meanwhile.
        """
        redirected = self.status is not None and 300 <= self.status < 400  # noqa: PLR2004 - RFC 9110
        return redirected or url == self.url

    def first_answered(self, status: int) -> None:
        """Note the first hop's status; a retry may have begun before it is written."""
        self.first_status = self.status = status
        if self.hops > 1:
            self.say_first_status()

    def say_first_status(self) -> None:
        """Say on the stock span that it has further hops, and how the first was answered."""
        span = self.span()
        if span is not None:
            span.set_attribute(OTELHOOK_FIRST_STATUS, self.first_status or 0)

    def answered(self, status: int) -> None:
        """Note a further hop's status; the stock span has that of the last one, as stock does."""
        self.status = status
        span = self.span()
        if span is not None:
            span.set_attribute(HTTP_RESPONSE_STATUS_CODE, status)


_calls: weakref.WeakKeyDictionary[Span, _Call] = weakref.WeakKeyDictionary()


class _HopTracer(Tracer):
    """Gives a hop its span: the stock one, or a child of it."""

    def __init__(self, scope: CaptureScope, call: _Call, url: str) -> None:
        self._tracer = scope.tracer
        self._redactor = scope.redactor
        self._call = call
        self._url = url

    def start_span(
        self,
        name: str,
        context: Context | None = None,
        kind: SpanKind = SpanKind.INTERNAL,
        attributes: Mapping[str, AttributeValue] | None = None,
        *args: Any,
        **kwargs: Any,
    ) -> Span:
        """Start a span; of kind CLIENT it is a hop's, any other is none of ours."""
        call, stock = self._call, self._call.span()
        if kind is not SpanKind.CLIENT or stock is None:
            return self._tracer.start_span(name, context, kind, attributes, *args, **kwargs)
        if call.hops and not call.goes_on(self._url):
            return self._tracer.start_span(name, context, kind, attributes, *args, **kwargs)
        call.hops += 1
        call.url = self._url
        if call.hops == 1:
            stock.set_attributes(attributes or {})
            return BorrowedSpan(stock, self._redactor, call.first_answered)
        if call.hops == 2:  # noqa: PLR2004 - the first of the further ones
            call.say_first_status()
        more = {**(attributes or {}), RESEND_COUNT: call.hops - 1}
        span = self._tracer.start_span(name, context, kind, more, *args, **kwargs)
        return WatchedSpan(span, call.answered)

    def start_as_current_span(self, *args: Any, **kwargs: Any) -> Any:
        """Start a span as the tracer itself does."""
        return self._tracer.start_as_current_span(*args, **kwargs)
