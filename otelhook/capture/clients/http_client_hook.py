"""Calls made with http.client: one CLIENT span for each request on the wire.

`urllib.request`, `xmlrpc.client` and programs that write a request piece by piece come this way.
What is given to ``putrequest``, ``putheader``, ``endheaders`` and ``send`` is noted on its way;
the span ends when ``getresponse`` returns the head, and the body follows in a span of its own,
since nobody can tell whether the program will read it.
"""

from __future__ import annotations

import functools
import time
from typing import Any

from opentelemetry import context as context_api
from opentelemetry.context import Context

from otelhook.capture.clients.client_hop import (
    ClientHop,
    DefaultScope,
    UnderWay,
    is_unix,
    recorded_scope,
    under_way,
)
from otelhook.capture.clients.http_client_body import tee_http_response, without_framing
from otelhook.capture.context.attached import held
from otelhook.capture.context.propagation import inject, place_of_call, propagated
from otelhook.capture.header_values import as_text
from otelhook.capture.record.body_capture import SentBody, tee_sent
from otelhook.capture.record.scope import CaptureScope

__all__ = ["METHODS", "answered_early", "wrapped_methods"]

METHODS = ("putrequest", "putheader", "endheaders", "send", "getresponse", "close")
"""What of `HTTPConnection` is wrapped."""

_KEY = "otelhook_request"
_HTTPS = 443


def wrapped_methods(connection: Any, default_scope: DefaultScope) -> dict[str, Any]:
    """Return `HTTPConnection`'s methods of `METHODS`, each recording.

    Args:
        connection: the class.
        default_scope: the scope of calls made outside any captured request.
    """
    original = {name: getattr(connection, name) for name in METHODS}
    ours = {
        "putrequest": _putrequest(original["putrequest"], default_scope),
        "putheader": _putheader(original["putheader"]),
        "endheaders": _endheaders(original["endheaders"], original["putheader"]),
        "send": _send(original["send"]),
        "getresponse": _getresponse(original["getresponse"]),
        "close": _close(original["close"]),
    }
    return {name: functools.wraps(original[name])(ours[name]) for name in METHODS}


def _putrequest(putrequest: Any, default_scope: DefaultScope) -> Any:
    def captured(self: Any, method: str, url: str, *args: Any, **kwargs: Any) -> Any:
        above = under_way.get()
        if above is not None and above.covers(
            self, str(method), functools.partial(_address, self, str(url))
        ):
            return putrequest(self, method, url, *args, **kwargs)
        current = context_api.get_current()
        scope = recorded_scope(default_scope, current, _address(self, str(url)), "urllib")
        if not scope:
            return putrequest(self, method, url, *args, **kwargs)
        pending: _Pending | None = self.__dict__.pop(_KEY, None)
        if pending is not None:
            pending.abandon()
        pending = _Pending(scope, current, method, url)
        self.__dict__[_KEY] = pending
        try:
            return putrequest(self, method, url, *args, **kwargs)
        except BaseException:
            # Refused before anything was sent: there was no request.
            self.__dict__.pop(_KEY, None)
            raise

    return captured


def _putheader(putheader: Any) -> Any:
    def captured(self: Any, header: Any, *values: Any) -> Any:
        pending: _Pending | None = self.__dict__.get(_KEY)
        if pending is not None:
            with pending.scope.guard:
                if not pending.note_header(header, values):
                    return None
        return putheader(self, header, *values)

    return captured


def _endheaders(endheaders: Any, putheader: Any) -> Any:
    def captured(self: Any, message_body: Any = None, **kwargs: Any) -> Any:
        pending: _Pending | None = self.__dict__.get(_KEY)
        if pending is None:
            done = endheaders(self, message_body, **kwargs)
            above = under_way.get()
            if (
                above is not None
                and above.goes_over is not None
                and is_unix(getattr(self, "sock", None))
            ):
                above.goes_over(self.sock)
            return done
        with pending.scope.guard:
            for name, value in pending.begin(self, message_body).items():
                putheader(self, name, value)
            message_body = pending.whole(message_body)
        done = _busy(self, pending, endheaders, message_body, **kwargs)
        with pending.scope.guard:
            pending.goes_over(self.sock)
        return done

    return captured


def _send(send: Any) -> Any:
    def captured(self: Any, data: Any) -> Any:
        pending: _Pending | None = self.__dict__.get(_KEY)
        if pending is None or pending.busy:
            return send(self, data)
        with pending.scope.guard:
            data = pending.piece(data)
        return _busy(self, pending, send, data)

    return captured


def _busy(
    conn: Any,
    pending: _Pending,
    call: Any,
    *args: Any,
    **kwargs: Any,
) -> Any:
    """Call what sends; what it sends by way of `send` itself is not noted twice."""
    try:
        pending.busy = True
        with held(under_way, pending.under_way(conn)):
            return call(conn, *args, **kwargs)
    except BaseException as error:
        try:
            conn.__dict__.pop(_KEY, None)
        finally:
            pending.fail(error)
        raise
    finally:
        pending.busy = False


def _getresponse(getresponse: Any) -> Any:
    def captured(self: Any, *args: Any, **kwargs: Any) -> Any:
        pending: _Pending | None = self.__dict__.get(_KEY)
        if pending is None:
            return getresponse(self, *args, **kwargs)
        try:
            self.__dict__.pop(_KEY, None)
            with held(under_way, pending.under_way(self)):
                response = getresponse(self, *args, **kwargs)
            pending.answered(response)
        except BaseException as error:
            pending.fail(error)
            raise
        return response

    return captured


def answered_early(connection: Any, response: Any) -> None:
    """Record an answer that came while the body was still to be sent, in place of it."""
    pending: _Pending | None = connection.__dict__.pop(_KEY, None)
    if pending is not None:
        pending.answered(response)


def _close(close: Any) -> Any:
    def captured(self: Any) -> Any:
        pending: _Pending | None = self.__dict__.get(_KEY)
        if pending is not None and not pending.busy:
            del self.__dict__[_KEY]
            pending.abandon()
        return close(self)

    return captured


class _Pending:
    """A request between ``putrequest`` and ``getresponse``."""

    __slots__ = (
        "_body",
        "_context",
        "_framed",
        "_headers",
        "_hop",
        "_limit",
        "_method",
        "_start",
        "_url",
        "busy",
        "scope",
    )

    def __init__(self, scope: CaptureScope, context: Context, method: str, url: str) -> None:
        self.scope = scope
        self.busy = False
        """Whether http.client itself is sending."""
        self._context = context
        self._method = str(method)
        self._url = str(url)
        self._start = time.time_ns()
        self._headers: list[tuple[str, str]] = []
        self._body: SentBody | None = None
        self._framed = False
        self._limit = 0
        self._hop: ClientHop | None = None

    def under_way(self, connection: Any) -> UnderWay:
        """Return what hooks further down leave alone while this is sent or answered."""
        address = functools.partial(_address, connection, self._url)
        return UnderWay(connection, self._method, address)

    def note_header(self, name: Any, values: tuple[Any, ...]) -> bool:
        """Note a header; False if it is one that we write ourselves, after the others."""
        text = as_text(name)
        self._headers.append((text, "\r\n\t".join(as_text(value) for value in values)))
        return text.lower() not in propagated()

    def begin(self, conn: Any, body: object = None) -> dict[str, str]:
        """Start the span; returns the headers that are still to be written."""
        url = _address(conn, self._url)
        parent, own = place_of_call(self._context, dict(self._headers), self.scope.root, url, body)
        self._hop = hop = ClientHop(self.scope, parent, self._method, url, start=self._start)
        carrier: dict[str, str] = {}
        kept = [(n, v) for n, v in self._headers if n.lower() not in propagated()]
        if own:  # as they were, after the others
            carrier = {n: v for n, v in self._headers if n.lower() in propagated()}
        else:
            inject(carrier, hop.context)
            if any(name.lower() == "baggage" for name, _ in kept):
                carrier.pop("baggage", None)
        self._headers = [*kept, *carrier.items()]
        if hop.span.is_recording() and self.scope.client_bodies:
            self._limit = hop.limits.of(self._header("content-type"))
            self._body = SentBody(self._limit)
        return carrier

    def goes_over(self, connected: Any) -> None:
        """Note the socket that the request goes over."""
        if self._hop is not None and is_unix(connected):
            self._hop.goes_over(connected)

    def whole(self, data: Any) -> Any:
        """Note the body that ``endheaders`` sends; returns what is sent in its place."""
        if self._body is None or data is None:
            return data
        self._body = tee_sent(data, self._limit, self.scope.guard)
        return self._body.replacement

    def piece(self, data: Any) -> Any:
        """Note a piece that ``send`` sends; returns what is sent in its place."""
        body = self._body
        if body is None:
            return data
        self._framed = self._header("transfer-encoding").lower().endswith("chunked")
        tee_sent(data, 0, self.scope.guard, into=body)
        body.ended = False
        return body.replacement

    def fail(self, error: BaseException) -> None:
        """Record a request that got no answer."""
        hop = self._hop
        if hop is None:
            return
        try:
            with self.scope.guard:
                self._describe(hop)
                hop.note_failure(error)
        finally:
            hop.finish()

    def abandon(self) -> None:
        """Record a request whose answer nobody wanted."""
        hop = self._hop
        if hop is None:
            return
        try:
            with self.scope.guard:
                self._describe(hop)
        finally:
            hop.finish()

    def answered(self, response: Any) -> None:
        """Record the answer's head; the body follows as it is read."""
        hop = self._hop
        if hop is None:
            return
        with self.scope.guard:
            if self._body is not None and not self._header("content-length"):
                self._body.ended = True
            self._describe(hop)
            lines = response.headers.items()
            hop.describe_answer(response.status, response.reason, response.version, lines)
            late = hop.see_to_body(
                response.status,
                response.headers,
                functools.partial(tee_http_response, response),
                left=getattr(response, "length", None),
            )
            if late is not None:
                late.on_child()
        hop.finish()

    def _header(self, wanted: str) -> str:
        return next((value for name, value in self._headers if name.lower() == wanted), "")

    def _describe(self, hop: ClientHop) -> None:
        body = self._body
        if body is not None and self._framed:
            plain = SentBody(self._limit)
            plain.tee.add(without_framing(body.tee.kept))
            plain.ended = body.ended and body.tee.size <= self._limit
            body = plain
        hop.describe_sent(self._headers, body, has_host=True)


def _address(conn: Any, target: str) -> str:
    """Return the full address of a request; a proxy is sent it as it is."""
    if "://" in target.partition("?")[0]:
        return target
    default = conn.default_port
    host, port = conn.host, conn.port
    if getattr(conn, "_tunnel_host", None):  # the proxy's own host may be the target's
        host, port = as_text(conn._tunnel_host), conn._tunnel_port or default  # noqa: SLF001
    scheme = "https" if default == _HTTPS else "http"
    name = f"[{host}]" if ":" in str(host) else host
    return f"{scheme}://{name}{target}" if port == default else f"{scheme}://{name}:{port}{target}"
