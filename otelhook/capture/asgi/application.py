"""An ASGI connection under a span, with nothing changed for anyone.

The application is awaited once, in the task that the server awaits us in. The span's context is
current while the application's code runs; what the server does when the application receives and
sends is done in the context that the server had.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from opentelemetry import context as context_api
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.trace import Span, SpanKind

from otelhook.attributes import HTTP_REQUEST_METHOD, URL_PATH, URL_SCHEME
from otelhook.capture.asgi.exchange import AsgiExchange, HttpExchange
from otelhook.capture.asgi.request import carrier_of, method_of, path_of, scheme_of, url_of
from otelhook.capture.asgi.websocket import WebSocketExchange
from otelhook.capture.coexistence.borrowed_span import BorrowedSpan
from otelhook.capture.context.attached import attached
from otelhook.capture.context.propagation import extracted_names, parent_in_headers, received
from otelhook.capture.record.attribute_limit import Attributes
from otelhook.capture.record.scope import CaptureScope
from otelhook.redaction import redact_path

if TYPE_CHECKING:
    from otelhook.capture.asgi.middleware import ASGIApplication, Receive, Scope, Send

__all__ = ["capture_connection"]

_EXCHANGE_KEY = context_api.create_key("otelhook-asgi-exchange")
_STOCK = "opentelemetry.instrumentation."


async def capture_connection(
    scope: CaptureScope,
    app: ASGIApplication,
    connection: Scope,
    receive: Receive,
    send: Send,
) -> None:
    """Await the application for one request or websocket, under a span."""
    exchange = _begin(scope, connection, receive, send)
    if exchange is None:
        await app(connection, receive, send)
        return
    try:
        # Not kept by the exchange itself: both would be left for the garbage collector.
        with attached(context_api.set_value(_EXCHANGE_KEY, exchange, exchange.context)):
            await app(connection, exchange.receive, exchange.send)
    except BaseException as error:
        exchange.fail(error)
        raise
    finally:
        exchange.end()


def _begin(
    scope: CaptureScope, connection: Scope, receive: Receive, send: Send
) -> AsgiExchange | None:
    """Start the span, or find the one that is there; None if it runs as without us."""
    with scope.guard:
        current = context_api.get_current()
        around = _around(current)
        if around is not None and around.ended:
            # Left by a request that is over: its server began this one within its last message.
            around, current = None, Context()
        mounted = around is not None and around.answers(connection)
        if around is not None and mounted and around.service == scope.service:
            return None
        if scope.excluded_connections is not None and scope.excludes_connection(url_of(connection)):
            return None
        return _exchange(scope, connection, receive, send, current, mounted=mounted)
    return None


def _exchange(  # noqa: PLR0913 - what a connection is
    scope: CaptureScope,
    connection: Scope,
    receive: Receive,
    send: Send,
    current: Context,
    *,
    mounted: bool,
) -> AsgiExchange:
    method = method_of(connection)
    path = redact_path(scope.redactor, path_of(connection))
    start: Attributes = {
        HTTP_REQUEST_METHOD: method,
        URL_SCHEME: scheme_of(connection),
        URL_PATH: path.value,
    }
    span = None if mounted else _stock_span(current)
    if span is not None:
        span.set_attributes(start)
        span = BorrowedSpan(span, scope.redactor)
        context = scope.within(current)
    else:
        name = scope.name_of(method, path.value)
        found = None
        if not mounted:
            found = parent_in_headers(carrier_of(connection, extracted_names()))
        around = received(current, found)
        span = scope.tracer.start_span(name, around, SpanKind.SERVER, start)
        context = scope.around(span, around)
    kind = WebSocketExchange if connection.get("type") == "websocket" else HttpExchange
    exchange = kind(scope, span, context, connection, secret_path=bool(path.places))
    exchange.stands_between(current, receive, send)
    return exchange


def _around(current: Mapping[str, object]) -> AsgiExchange | None:
    """Return the exchange within whose application this code runs."""
    found = current.get(_EXCHANGE_KEY)
    return found if isinstance(found, AsgiExchange) else None


def _stock_span(current: Context) -> Span | None:
    """Return the SERVER span that stock instrumentation began for this request, if it did.

    Unlike stock's WSGI middleware its ASGI middleware leaves no context behind, so that a current
    span of its own is this request's.
    """
    span: Any = trace.get_current_span(current)
    if not span.is_recording() or getattr(span, "kind", None) is not SpanKind.SERVER:
        return None
    scope = getattr(span, "instrumentation_scope", None)
    found: Span = span
    return found if str(getattr(scope, "name", "")).startswith(_STOCK) else None
