"""Calls made with Tornado's clients: one CLIENT span for each request on the wire.

``fetch_impl`` is given a request to send and what to do with its answer; for a redirect Tornado's
own client asks itself once more, so that each hop comes by. libcurl follows redirects unseen.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

from opentelemetry import context as context_api

from otelhook.capture.clients.client_hop import ClientHop, DefaultScope, recorded_scope
from otelhook.capture.context.propagation import inject, place_of_call, propagated
from otelhook.capture.header_values import as_text
from otelhook.capture.record.body_capture import SentBody
from otelhook.capture.record.body_reader import BodyReader
from otelhook.capture.record.tee import Tee

__all__ = ["tornado_client_patches"]

_Patch = tuple[Any, str, Any]
_HOP = "_otelhook_hop"
_NO_ANSWER = 599
"""Tornado's status of a request that got none."""


def tornado_client_patches(module: ModuleType, default_scope: DefaultScope) -> Iterator[_Patch]:
    """Patch ``tornado.simple_httpclient`` or ``tornado.curl_httpclient``."""
    for name in ("SimpleAsyncHTTPClient", "CurlAsyncHTTPClient"):
        client: Any = getattr(module, name, None)
        if client is not None and client.__module__ == module.__name__:
            yield client, "fetch_impl", _fetch_impl(client.fetch_impl, default_scope)
    connection: Any = getattr(module, "_HTTPConnection", None)
    if hasattr(connection, "headers_received"):
        yield connection, "headers_received", _headers_received(connection.headers_received)


def _fetch_impl(
    fetch_impl: Callable[..., None], default_scope: DefaultScope
) -> Callable[..., None]:
    def captured(self: Any, request: Any, callback: Callable[[Any], None]) -> None:
        hop = _begin(default_scope, request)
        if hop is None:
            fetch_impl(self, request, callback)
            return

        def answered(response: Any) -> None:
            hop.answered(response)
            callback(response)

        try:
            fetch_impl(self, hop.sent, answered)
        except BaseException as error:
            hop.fail(error)
            raise

    return captured


def _headers_received(headers_received: Callable[..., Any]) -> Callable[..., Any]:
    def captured(self: Any, first_line: Any, headers: Any) -> Any:
        hop = _hop_of(getattr(self.request, "request", None))
        if hop is not None:
            hop.head = (first_line, headers)
        return headers_received(self, first_line, headers)

    return captured


def _hop_of(request: Any) -> _Hop | None:
    found = None if request is None else request.__dict__.get(_HOP)
    return found if isinstance(found, _Hop) else None


def _begin(default_scope: DefaultScope, request: Any) -> _Hop | None:
    current = context_api.get_current()
    url = str(request.url)
    scope = recorded_scope(default_scope, current, url)
    if not scope:
        return None
    with scope.guard:
        given = request.request
        sent = copy.copy(given)
        sent.headers = given.headers.copy()
        before = _hop_of(given)
        if before is not None:
            # The request of a redirect is a copy of the one before, as it was sent.
            before.redirected()
            for name in before.injected:
                sent.headers.pop(name, None)
        parent, own = place_of_call(current, sent.headers, scope.root, url, sent.body)
        hop = _Hop(scope, parent, str(request.method), url)
        hop.takes(request, given, sent, own=own)
        return hop
    return None


class _Hop(ClientHop):
    """One request of Tornado's."""

    __slots__ = ("_body", "_given", "_over", "_request", "_streamed", "head", "injected", "sent")

    def takes(self, proxy: Any, given: Any, request: Any, *, own: bool) -> None:
        """Prepare what is sent in the place of the program's request, which stays as it is.

        Args:
            proxy: joins the program's request and the client's defaults.
            given: the program's request.
            request: a copy of it.
            own: whether its headers carry a context of the program's own.
        """
        self._given, self._request = given, request
        self._body: SentBody | None = None
        self._streamed: Tee | None = None
        self._over = False
        self.head: Any = None
        """The status line and headers that came, before Tornado follows a redirect."""
        self.injected: tuple[str, ...] = ()
        request.__dict__[_HOP] = self
        if not own:
            before = {name.lower() for name in request.headers}
            inject(request.headers, self.context)
            self.injected = tuple(n for n in request.headers if n.lower() not in before)
        if self.records_bodies:
            self._note_bodies(request)
        self.sent: Any = type(proxy)(request, proxy.defaults)

    def _note_bodies(self, request: Any) -> None:
        body = self._body = SentBody(self.limits.of(as_text(request.headers.get("Content-Type"))))
        body.ended = True
        if request.body:
            body.tee.add(request.body)
        if request.body_producer is not None:
            request.body_producer = _noting_producer(request.body_producer, body)
        streaming = request.streaming_callback
        if streaming is not None:
            streamed = self._streamed = Tee(self.limits.of(""))

            def noted(chunk: bytes) -> Any:
                streamed.add(chunk)
                return streaming(chunk)

            request.streaming_callback = noted

    def finish(self) -> None:
        """Write the record and end the span; what is sent leads back here no longer."""
        super().finish()
        self._request.__dict__.pop(_HOP, None)

    def fail(self, error: BaseException) -> None:
        """Record a request that could not even be begun."""
        try:
            with self.guard:
                self._describe_request()
                self.note_failure(error)
        finally:
            self.finish()

    def redirected(self) -> None:
        """Record the answer of which Tornado has kept where it leads, and end the span."""
        self._over = True
        try:
            with self.guard:
                self._describe_request()
                if self.head is not None:
                    line, headers = self.head
                    self.describe_answer(line.code, line.reason, 11, list(headers.get_all()))
        finally:
            self.finish()

    def answered(self, response: Any) -> None:
        """Record the answer, of which all is known now, and end the span."""
        try:
            with self.guard:
                response.request = self._given
                if not self._over:  # else this is what a redirect has led to
                    self._describe_request()
                    if response.code == _NO_ANSWER and response.error is not None:
                        self.note_failure(response.error)
                    else:
                        self._describe_response(response)
        finally:
            self.finish()

    def _describe_request(self) -> None:
        headers = self._request.headers
        self.describe_sent(list(headers.get_all()), self._body, has_host="Host" in headers)
        carried = propagated()
        for name, value in headers.get_all():
            # What Tornado writes into a request's headers, the program finds in its own.
            if name not in self._given.headers and name.lower() not in carried:
                self._given.headers[name] = value

    def _describe_response(self, response: Any) -> None:
        headers = response.headers
        self.describe_answer(response.code, response.reason, 11, list(headers.get_all()))
        late = self.see_to_body(response.code, headers, lambda reader: self._read(reader, response))
        if late is not None:
            late.on_span(lambda _error: None)

    def _read(self, reader: BodyReader, response: Any) -> bool:
        reader.whole = True
        if self._streamed is not None:
            reader.tee, reader.decoded = self._streamed, True
        elif response.buffer is not None:
            decoded = "Content-Encoding" not in response.headers
            reader.note(response.buffer.getvalue(), decoded=decoded)
        reader.finish()
        return True


def _noting_producer(
    producer: Callable[..., Any], body: SentBody
) -> Callable[[Callable[[bytes], Any]], Any]:
    """Wrap what writes a body: each chunk is noted on its way."""
    body.ended = False

    def produced(write: Callable[[bytes], Any]) -> Any:
        def noted(chunk: bytes) -> Any:
            body.tee.add(chunk)
            body.ended = True
            return write(chunk)

        return producer(noted)

    return produced
