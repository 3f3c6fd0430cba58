"""Calls made with `requests`: one CLIENT span for each hop, a redirect's next hop included.

`HTTPAdapter.send` is wrapped, which every hop of a session goes through. The caller's prepared
request is never changed: a shallow copy with the propagation header is what is sent.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

from opentelemetry import context as context_api
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.instrumentation.utils import is_http_instrumentation_enabled
from opentelemetry.trace import Span, SpanKind, Status, StatusCode

from otelhook.attributes import (
    ERROR_TYPE,
    HTTP_REQUEST_METHOD,
    HTTP_RESPONSE_STATUS_CODE,
    NETWORK_PROTOCOL_VERSION,
    OTELHOOK_REASON,
    SERVER_ADDRESS,
    SERVER_PORT,
    URL_FULL,
)
from otelhook.capture.content import BodyForm
from otelhook.capture.environ import split_host
from otelhook.capture.propagation import PROPAGATED, inject, parent_in_headers
from otelhook.capture.record import Record, note_exception
from otelhook.capture.requests_body import BodyReader, SentBody, tee_response, tee_sent
from otelhook.capture.scope import CaptureScope, scope_of
from otelhook.capture.tee import Tee
from otelhook.redaction import redact_text, redact_url

if TYPE_CHECKING:
    from requests import PreparedRequest, Response
    from requests.adapters import HTTPAdapter

__all__ = ["wrap_send"]

_BODY_SPAN = "http.response.body"
_VERSIONS = {9: "0.9", 10: "1.0", 11: "1.1", 20: "2"}
_BODILESS = frozenset({204, 304})


def wrap_send(
    send: Callable[..., Response], default_scope: Callable[[], CaptureScope | None]
) -> Callable[..., Response]:
    """Return a `HTTPAdapter.send` that records each hop.

    Args:
        send: the one to call.
        default_scope: the scope of calls made outside any captured request; None records none.
    """

    def captured_send(
        adapter: HTTPAdapter,
        request: PreparedRequest,
        *args: Any,  # noqa: ANN401 - passed through
        **kwargs: Any,  # noqa: ANN401
    ) -> Response:
        current = context_api.get_current()
        scope = scope_of(current) or default_scope()
        if scope is None or not is_http_instrumentation_enabled():
            return send(adapter, request, *args, **kwargs)
        hop = _begin(scope, current, request)
        if hop is None:
            return send(adapter, request, *args, **kwargs)
        token = context_api.attach(hop.context)
        try:
            response = send(adapter, hop.sent, *args, **kwargs)
        except BaseException as error:
            hop.fail(error)
            raise
        finally:
            context_api.detach(token)
        hop.answered(response, stream=bool(kwargs.get("stream", args[0] if args else False)))
        return response

    return captured_send


def _begin(scope: CaptureScope, current: Context, request: PreparedRequest) -> _Hop | None:
    with scope.guard:
        return _Hop(scope, _parent(scope, current, request), request)
    return None


def _parent(scope: CaptureScope, current: Context, request: PreparedRequest) -> Context:
    """Return the current context if it has a span, else what the caller's own header says, else
    the process's own parent.
    """
    if trace.get_current_span(current).get_span_context().is_valid:
        return current
    parent = parent_in_headers(request.headers) or scope.root
    if parent is None:
        return current
    return trace.set_span_in_context(trace.get_current_span(parent), current)


class _Hop:
    """One request sent and its answer, until its span has ended."""

    __slots__ = ("_body", "_method", "_original", "_record", "_scope", "context", "sent", "span")

    def __init__(self, scope: CaptureScope, parent: Context, request: PreparedRequest) -> None:
        self._scope = scope
        self._original = request
        self._method = (request.method or "GET").upper()
        parts = urlsplit(request.url or "")
        self._body: SentBody | None = None
        start = {HTTP_REQUEST_METHOD: self._method}
        self.span: Span = scope.tracer.start_span(self._method, parent, SpanKind.CLIENT, start)
        self.context = trace.set_span_in_context(self.span, parent)
        self.sent: PreparedRequest = copy.copy(request)
        self.sent.headers = request.headers.copy()
        inject(self.sent.headers, self.context)
        self._record: Record | None = None
        if not self.span.is_recording():
            return
        self._record = record = scope.record_for(self.span)
        host = parts.netloc.rpartition("@")
        url = redact_url(record.redactor, urlunsplit(parts._replace(netloc=host[2])))
        record.attributes[URL_FULL] = url.value
        record.place("url", [*(["userinfo"] if host[0] else []), *url.places])
        name, port = split_host(host[2], parts.scheme.lower())
        record.attributes[SERVER_ADDRESS] = name
        if port is not None:
            record.attributes[SERVER_PORT] = port
        if scope.client_bodies:
            self._body = tee_sent(request.body, scope.body_limit, scope.guard)
            self.sent.body = self._body.replacement

    def fail(self, error: BaseException) -> None:
        """Record a hop that got no answer: refused, timed out, cut."""
        with self._scope.guard:
            self._give_back(error)
            if self._record is not None:
                self._describe_request(self._record)
                note_exception(self.span, error, self._record.redactor)
                self._record.finish(self.span)
        with self._scope.guard:
            self.span.end()

    def answered(self, response: Response, *, stream: bool) -> None:
        """Record the answer's head, and see to its body."""
        left_open = False
        with self._scope.guard:
            self._give_back(response)
            if self._record is not None:
                self._describe_request(self._record)
                self._describe_response(self._record, response)
                left_open = self._see_to_body(self._record, response, stream=stream)
                if not left_open:
                    self._record.finish(self.span)
        if not left_open:
            with self._scope.guard:
                self.span.end()

    def _give_back(self, holder: Any) -> None:  # noqa: ANN401 - a response or an exception
        """Let the caller see its own request again, with what its adapter added to it."""
        if getattr(holder, "request", None) is self.sent:
            holder.request = self._original
        for name, value in self.sent.headers.items():
            if name not in self._original.headers and name.lower() not in PROPAGATED:
                self._original.headers[name] = value

    def _describe_request(self, record: Record) -> None:
        record.headers("request", self._request_headers())
        if self._body is None:
            return
        headers = self.sent.headers
        declared = _length(headers.get("Content-Length"))
        tee = self._body.tee
        whole = self._body.ended or tee.size == declared
        form = BodyForm(
            _text(headers.get("Content-Type")), _text(headers.get("Content-Encoding")), whole
        )
        unseen = -1 if declared is None else declared
        record.body("request", tee, form, size=None if whole else unseen)

    def _request_headers(self) -> Iterator[tuple[str, str]]:
        if "Host" not in self.sent.headers:
            yield "host", urlsplit(self.sent.url or "").netloc.rpartition("@")[2]
        for name, value in self.sent.headers.items():
            yield _text(name), _text(value)

    def _describe_response(self, record: Record, response: Response) -> None:
        code = response.status_code
        record.attributes[HTTP_RESPONSE_STATUS_CODE] = code
        if response.reason:
            reason = redact_text(record.redactor, _text(response.reason))
            record.attributes[OTELHOOK_REASON] = reason.value
        version = _VERSIONS.get(getattr(response.raw, "version", 0))
        if version:
            record.attributes[NETWORK_PROTOCOL_VERSION] = version
        headers = getattr(response.raw, "headers", None) or response.headers
        record.headers("response", ((_text(n), _text(v)) for n, v in headers.items()))
        if code >= 400:  # noqa: PLR2004 - RFC 9110, 15.5
            record.attributes[ERROR_TYPE] = str(code)
            self.span.set_status(Status(StatusCode.ERROR))

    def _see_to_body(self, record: Record, response: Response, *, stream: bool) -> bool:
        """Arrange for the body to be recorded; True if the span stays open until it is read."""
        if self._body is None:
            return False
        limit = self._scope.body_limit
        raw = response.raw
        if self._method == "HEAD" or response.status_code in _BODILESS or _is_empty(raw):
            record.body("response", Tee(0), BodyForm())
            return False
        late = _LateBody(self, self._scope, record, response, stream=stream)
        return tee_response(raw, BodyReader(limit, self._scope.guard, late.done)) and not stream


class _LateBody:
    """Records a response's body when the program has read it.

    Without ``stream`` that is at once and the CLIENT span waits for it. With ``stream`` it may
    be much later or never: a CLIENT span must not wait for that (HTTP conventions), and an
    INTERNAL child carries the body.
    """

    __slots__ = ("_headers", "_hop", "_record", "_scope", "_stream")

    def __init__(
        self, hop: _Hop, scope: CaptureScope, record: Record, response: Response, *, stream: bool
    ) -> None:
        self._hop = hop
        self._scope = scope
        self._record = record
        self._headers = response.headers
        self._stream = stream

    def done(self, reader: BodyReader, error: BaseException | None) -> None:
        """Write the body, to the span or to its child, and end that."""
        span, record = self._hop.span, self._record
        if self._stream:
            if not reader.tee.size and error is None and not reader.whole:
                return
            span = self._scope.tracer.start_span(_BODY_SPAN, self._hop.context, SpanKind.INTERNAL)
            record = Record(record.redactor, 0, self._scope.body_limit)
        try:
            with self._scope.guard:
                self._write(record, reader)
            if error is not None:
                note_exception(span, error, record.redactor)
            record.finish(span)
        finally:
            span.end()

    def _write(self, record: Record, reader: BodyReader) -> None:
        encoding = _text(self._headers.get("Content-Encoding"))
        declared = _length(self._headers.get("Content-Length"))
        if declared is not None:
            size = declared
        else:
            counted = reader.whole and not (encoding and reader.decoded)
            size = reader.tee.size if counted else -1
        form = BodyForm(
            _text(self._headers.get("Content-Type")),
            "" if reader.decoded else encoding,
            reader.whole,
        )
        record.body("response", reader.tee, form, size=size)


def _is_empty(raw: Any) -> bool:  # noqa: ANN401
    return getattr(raw, "length_remaining", None) == 0


def _length(value: object) -> int | None:
    text = _text(value)
    return int(text) if text.isdecimal() else None


def _text(value: object) -> str:
    """Return a header's name or value as text; `requests` takes bytes as well."""
    if isinstance(value, bytes):
        return value.decode("latin-1")
    return "" if value is None else str(value)
