"""The WSGI middleware: one SERVER span for each request, and nothing changed for anyone.

The application is called once, with the environ and a ``start_response`` that behave as the
server's own. The span's context is current while the application's code runs, in the call, in
``next()`` and in ``close()``, and at no other time.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from opentelemetry import context as context_api
from opentelemetry.trace import SpanKind

from otelhook.attributes import HTTP_REQUEST_METHOD, URL_PATH, URL_SCHEME
from otelhook.capture.coexistence.borrowed_span import BorrowedSpan
from otelhook.capture.coexistence.stock_wsgi import drop_left_over, stock_request
from otelhook.capture.context.propagation import parent_in_environ, received
from otelhook.capture.record.attribute_limit import Attributes
from otelhook.capture.record.scope import CaptureScope
from otelhook.capture.wsgi.environ import method_of, path_of
from otelhook.capture.wsgi.exchange import WsgiExchange
from otelhook.capture.wsgi.response import wrap_response
from otelhook.redaction import redact_path

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

__all__ = ["capture_request"]

_SEEN = "otelhook.exchange"


def capture_request(
    scope: CaptureScope,
    app: WSGIApplication,
    environ: WSGIEnvironment,
    start_response: StartResponse,
) -> Iterable[bytes]:
    """Call the application for one request, under a span."""
    seen: WsgiExchange | None = environ.get(_SEEN)
    # A server may use one environ for the next request: only an exchange under way counts.
    if seen is not None and seen.ended:
        seen = None
    exchange = None
    # Mounted in another service's application, this one answers as itself.
    if (seen is None or seen.service != scope.service) and not scope.excludes(environ):
        exchange = _begin(scope, environ, mounted=seen is not None)
    if exchange is None:
        return app(environ, start_response)
    result: Iterable[bytes]
    before = context_api.get_current()
    try:
        context_api.attach(exchange.context)
        result = app(environ, exchange.responder(environ, start_response))
    except BaseException as error:
        exchange.fail(error)
        exchange.end()
        raise
    finally:  # not `detach`, which logs what a signal handler raises as a failure of its own
        context_api.attach(before)
    try:  # once a request, as in `_begin`: cheaper than a guard around it
        wrapped: Iterable[bytes] = wrap_response(result, exchange, environ.get("wsgi.file_wrapper"))
    except Exception as error:
        if not scope.guard.absorb(error):
            raise
        exchange.end()
        return result
    return wrapped


def _begin(scope: CaptureScope, environ: WSGIEnvironment, *, mounted: bool) -> WsgiExchange | None:
    """Start the span, or find the one that is there; None if the request runs as without us.

    That is so if stock instrumentation sampled it out, or if our own part fails.
    """
    try:
        stock = None if mounted else stock_request(environ)
        if stock is not None and stock.sampled_out:
            return None
        span = None if stock is None else stock.to_enrich
        current = context_api.get_current()
        method = method_of(environ)
        path = redact_path(scope.redactor, path_of(environ))
        start: Attributes = {
            HTTP_REQUEST_METHOD: method,
            URL_SCHEME: str(environ.get("wsgi.url_scheme", "http")),
            URL_PATH: path.value,
        }
        if span is not None:
            span.set_attributes(start)
            span = BorrowedSpan(span, scope.redactor)
            context = scope.within(current)
        else:
            current = drop_left_over(current)
            name = scope.name_of(method, path.value)
            around = received(current, None if mounted else parent_in_environ(environ))
            span = scope.tracer.start_span(name, around, SpanKind.SERVER, start)
            context = scope.around(span, around)
        exchange = WsgiExchange(scope, span, context, environ, secret_path=bool(path.places))
        environ[_SEEN] = exchange
    except Exception as error:
        if not scope.guard.absorb(error):
            raise
        return None
    return exchange
