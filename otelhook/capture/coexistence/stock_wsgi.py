"""Where the stock WSGI instrumentation is there already: which of its spans is whose.

``OpenTelemetryMiddleware`` leaves its context attached to the thread when a response is closed
without being iterated, or iterated and never closed, and what it then calls the current span is
an earlier request's. A current SERVER span proves nothing, therefore. The proof that a span is
this request's is this: the middleware's own call for this very environ has not returned yet, and
it gave that span, with that environ, to its request hook. We wrap that call and put ourselves
before that hook.

The same knowledge says which context is a left-over: one that the middleware attached for a
request whose call has returned and whose response is not being iterated.
"""

from __future__ import annotations

import contextvars
import weakref
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from opentelemetry import context as context_api
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import SpanKind

from otelhook.capture.guard import Guard

if TYPE_CHECKING:
    from opentelemetry.trace import Span

__all__ = ["StockRequest", "drop_left_over", "noted_call", "stock_request"]

_NOTED = "otelhook.stock_request"
_guard = Guard()


class StockRequest:
    """One request on its way through the stock middleware."""

    __slots__ = ("_attached", "_before", "_iterable", "_outer", "calling", "span")

    def __init__(self, outer: StockRequest | None, before: Context) -> None:
        self.span: Span | None = None
        """The span that the middleware began for this request; None until it has."""
        self.calling = True
        """Whether the middleware's call has not returned yet."""
        self._outer = outer
        self._before = before
        self._attached: Context | None = None
        self._iterable: Callable[[], object] = lambda: None

    @property
    def to_enrich(self) -> Span | None:
        """The span, if it is a SERVER span that can still be written to."""
        span = self.span
        if span is None or not self.calling or not span.is_recording():
            return None
        return span if getattr(span, "kind", None) is SpanKind.SERVER else None

    @property
    def sampled_out(self) -> bool:
        """Whether the middleware's provider decided to record nothing of this request.

        Without an SDK there is no decision: the span is then the caller's, or invalid.
        """
        if self.span is None or self.span.is_recording():
            return False
        context = self.span.get_span_context()
        return context.is_valid and not context.is_remote

    def began(self, span: Span) -> None:
        """Note the span, and the context that the middleware has attached for it."""
        self.span = span
        current = context_api.get_current()
        self._attached = current if current is not self._before else None

    def returned(self, iterable: object) -> None:
        """Note that the call has returned; the response is only watched, never kept alive."""
        self.calling = False
        try:
            self._iterable = weakref.ref(iterable)
        except TypeError:
            self._iterable = lambda: None

    def innermost_alive(self) -> StockRequest | None:
        """Return this request, or the one around it, that is being answered right now."""
        request: StockRequest | None = self
        while request is not None and not request.calling and not request._iterates():  # noqa: SLF001
            request = request._outer  # noqa: SLF001 - its own kind
        return request

    def _iterates(self) -> bool:
        return bool(getattr(self._iterable(), "gi_running", False))

    def left(self, current: Context) -> bool:
        """Say whether a context is one that the middleware attached for this request."""
        span = self.span
        recorded = getattr(span, "kind", None) is not None  # else it may be the caller's own
        return current is self._attached or (recorded and trace.get_current_span(current) is span)

    @property
    def context(self) -> Context:
        """The context of the application's code."""
        around = self._before if self._attached is None else self._attached
        return around if self.span is None else trace.set_span_in_context(self.span, around)


_latest: contextvars.ContextVar[StockRequest | None] = contextvars.ContextVar(
    "otelhook-stock-request", default=None
)
"""The stock request that was begun last in this thread, greenlet or task."""


def stock_request(environ: Mapping[str, Any]) -> StockRequest | None:
    """Return the stock middleware's request around this one, None if there is none.

    The environ alone is no proof: a server may use it for the next request.
    """
    found = environ.get(_NOTED)
    return found if isinstance(found, StockRequest) and found.calling else None


def drop_left_over(current: Context) -> Context:
    """Return the context to begin a request in.

    It is the current one, unless the stock middleware has left that behind from a request that
    is over. Then the right one is attached: an empty one, or that of the request within which
    this one is made.
    """
    latest = _latest.get()
    if latest is None:
        return current
    alive = latest.innermost_alive()
    if alive is latest or not latest.left(current):
        return current
    right = Context() if alive is None else alive.context
    context_api.attach(right)
    return right


class _Hook:
    """Notes span and environ, then calls the hook that the program itself has set."""

    __slots__ = ("_theirs",)

    def __init__(self, theirs: Callable[..., Any] | None) -> None:
        self._theirs = theirs

    def __call__(self, span: Span, environ: Mapping[str, Any]) -> None:
        with _guard:
            request = stock_request(environ)
            if request is not None and request.span is None:
                request.began(span)
        if self._theirs is not None:
            self._theirs(span, environ)


def noted_call(original: Callable[..., Any]) -> Callable[..., Any]:
    """Return the stock middleware's ``__call__``, made so that `stock_request` knows its spans."""

    def call(self: Any, environ: Any, start_response: Any) -> Any:
        request: StockRequest | None = None
        with _guard:
            if not isinstance(self.request_hook, _Hook):
                self.request_hook = _Hook(self.request_hook)
            before = drop_left_over(context_api.get_current())
            latest = _latest.get()
            request = StockRequest(None if latest is None else latest.innermost_alive(), before)
            _latest.set(request)
            environ[_NOTED] = request
        iterable: Any = None
        try:
            iterable = original(self, environ, start_response)
        finally:
            if request is not None:
                request.returned(iterable)
        return iterable

    return call
