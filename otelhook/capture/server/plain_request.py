"""A request as a server's own objects have it, and the exchange that is begun for it."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from opentelemetry import context as context_api
from opentelemetry.context import Context
from opentelemetry.trace import Span, SpanKind

from otelhook.attributes import (
    CLIENT_ADDRESS,
    HTTP_REQUEST_METHOD,
    NETWORK_PROTOCOL_VERSION,
    SERVER_ADDRESS,
    SERVER_PORT,
    URL_PATH,
    URL_QUERY,
    URL_SCHEME,
    USER_AGENT,
)
from otelhook.capture.context.propagation import extracted_names, parent_in_headers, received
from otelhook.capture.header_values import as_text, split_host
from otelhook.capture.record.attribute_limit import Attributes
from otelhook.capture.record.scope import CaptureScope
from otelhook.capture.record.span_record import SpanRecord
from otelhook.capture.server.exchange import ServerExchange
from otelhook.redaction import redact_path, redact_query

__all__ = ["PlainExchange", "PlainRequest", "ServerScope", "begin_exchange"]

ServerScope = Callable[[], CaptureScope | None]
"""Returns whose requests a server of the program's answers; None records none."""

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_METHOD = re.compile(r"[A-Z][A-Z_-]{0,31}")


@dataclass(frozen=True, slots=True)
class PlainRequest:
    """The head of a request, as it came."""

    method: str
    scheme: str
    target: str
    """Path and query as they stand in the request line."""
    version: str
    """``1.1``, or empty."""
    lines: Sequence[tuple[Any, Any]]
    client: str
    """The peer's address; empty for a Unix socket."""

    def header(self, wanted: str) -> str:
        """Return a header's first value; empty if there is none."""
        return next((as_text(v) for n, v in self.lines if as_text(n).lower() == wanted), "")

    @property
    def has_body(self) -> bool:
        """Whether the request has a body (RFC 9112, 6)."""
        return self.header("content-length") not in ("", "0") or bool(
            self.header("transfer-encoding")
        )

    @property
    def path(self) -> str:
        """The path alone; a proxy is sent a whole address."""
        path = self.target.partition("?")[0]
        if "://" in path:
            path = "/" + path.partition("://")[2].partition("/")[2]
        return path or "/"

    @property
    def safe_method(self) -> str:
        """The method, ``_OTHER`` if it is none that a server would define."""
        method = self.method
        return method if method in _METHODS or _METHOD.fullmatch(method) else "_OTHER"


class PlainExchange(ServerExchange):
    """A request that a server of the program's answers with a handler of the program's."""

    __slots__ = ("_limits_of_request",)

    def __init__(
        self, scope: CaptureScope, span: Span, context: Context, request: PlainRequest
    ) -> None:
        super().__init__(scope, span, context, head=request.method == "HEAD")
        if self.record is None:
            return
        with self.guard:
            _describe(request, self.record)
            if scope.server_bodies:
                limits = scope.limits.everywhere
                self.copies_bodies(limits or scope.limits.at(request.safe_method, request.path))

    def body_limit(self, content_type: str) -> int:
        """Return how many bytes of the request's body are kept."""
        return self._limits.of(content_type)

    def without_coding(self) -> None:
        """Note that the response's body was copied before it got its content coding."""
        self._encoding = ""


def begin_exchange(server_scope: ServerScope, request: PlainRequest) -> PlainExchange | None:
    """Begin the span of a request; None if nothing is to be recorded of it."""
    scope = server_scope()
    if scope is None:
        return None
    with scope.guard:
        excluded = scope.excluded_requests
        if excluded is not None:
            host = request.header("host")
            if excluded.url_disabled(f"{request.scheme}://{host}{request.target}"):
                return None
        current = context_api.get_current()
        carrier = {name: value for name in extracted_names() if (value := request.header(name))}
        around = received(current, parent_in_headers(carrier))
        method = request.safe_method
        path = redact_path(scope.redactor, request.path).value
        start: Attributes = {
            HTTP_REQUEST_METHOD: method,
            URL_SCHEME: request.scheme,
            URL_PATH: path,
        }
        name = scope.name_of(method, path)
        span = scope.tracer.start_span(name, around, SpanKind.SERVER, start)
        return PlainExchange(scope, span, scope.around(span, around), request)
    return None


def _describe(request: PlainRequest, record: SpanRecord) -> None:
    attributes, redactor = record.attributes, record.redactor
    path = redact_path(redactor, request.path)
    attributes[URL_PATH] = path.value
    record.place("url", path.places)
    query = request.target.partition("?")[2]
    if query:
        shown = redact_query(redactor, query)
        attributes[URL_QUERY] = shown.value
        record.place("url.query", shown.places)
    if request.client:
        attributes[CLIENT_ADDRESS] = request.client
    if request.version:
        attributes[NETWORK_PROTOCOL_VERSION] = request.version
    record.headers("request", request.lines)
    host = record.header("request", "host")
    if host:
        name, port = split_host(host, request.scheme)
        attributes[SERVER_ADDRESS] = name
        if port is not None:
            attributes[SERVER_PORT] = port
    agent = record.header("request", "user-agent")
    if agent:
        attributes[USER_AGENT] = agent
