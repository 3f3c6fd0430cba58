"""Calls made with httpx: one CLIENT span for each request that a client gives to a transport.

``_send_single_request`` of both clients is wrapped, which each hop of a redirect and each step of
an authentication goes through, whatever the transport is: httpcore's, a mounted or a custom one,
or an application in this process. The caller's request is never changed: a shallow copy with the
propagation header is what is sent.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextvars import ContextVar
from types import ModuleType
from typing import Any

from opentelemetry import context as context_api
from opentelemetry.context import Context
from opentelemetry.instrumentation.utils import suppress_http_instrumentation

from otelhook.capture.clients.client_hop import ClientHop, DefaultScope, recorded_scope
from otelhook.capture.clients.httpcore_hook import below_another
from otelhook.capture.clients.httpx_streams import Streams, streams_of
from otelhook.capture.context.attached import attached, held
from otelhook.capture.context.propagation import inject, place_of_call, propagated
from otelhook.capture.header_values import as_text
from otelhook.capture.record.body_capture import SentBody
from otelhook.capture.record.body_reader import BodyReader
from otelhook.capture.record.deferred_body import LateBody
from otelhook.capture.record.scope import CaptureScope

__all__ = ["httpx_patches"]

_Patch = tuple[Any, str, Any]
_VERSIONS = {b"HTTP/1.0": 10, b"HTTP/1.1": 11, b"HTTP/2": 20}

_streaming: ContextVar[bool] = ContextVar("otelhook-httpx-streaming", default=True)
"""Whether the program reads the body itself; httpx reads it at once otherwise."""


def httpx_patches(module: ModuleType, default_scope: DefaultScope) -> Iterator[_Patch]:
    """Patch the clients of ``httpx._client``."""
    streams = streams_of(module.SyncByteStream, module.AsyncByteStream)
    for client, wrap_send, wrap_single in (
        (module.Client, _sync_send, _sync_single),
        (module.AsyncClient, _async_send, _async_single),
    ):
        yield client, "send", wrap_send(client.send)
        single = client._send_single_request  # noqa: SLF001 - the one place of every hop
        yield client, "_send_single_request", wrap_single(single, default_scope, streams)


def _sync_send(send: Callable[..., Any]) -> Callable[..., Any]:
    def captured(self: Any, request: Any, *, stream: bool = False, **kwargs: Any) -> Any:
        with held(_streaming, stream):
            return send(self, request, stream=stream, **kwargs)

    return captured


def _async_send(send: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    async def captured(self: Any, request: Any, *, stream: bool = False, **kwargs: Any) -> Any:
        with held(_streaming, stream):
            return await send(self, request, stream=stream, **kwargs)

    return captured


def _sync_single(
    single: Callable[..., Any], default_scope: DefaultScope, streams: Streams
) -> Callable[..., Any]:
    def captured(self: Any, request: Any) -> Any:
        begun = _begin(default_scope, request, streams)
        if begun is None:
            return single(self, request)
        if isinstance(begun, bool):
            with suppress_http_instrumentation():
                return single(self, request)
        try:
            with attached(begun.context), below_another():
                response = single(self, begun.sent)
            begun.answered(response, streams.sync_received)
        except BaseException as error:
            begun.fail(error)
            raise
        return response

    return captured


def _async_single(
    single: Callable[..., Awaitable[Any]], default_scope: DefaultScope, streams: Streams
) -> Callable[..., Awaitable[Any]]:
    async def captured(self: Any, request: Any) -> Any:
        begun = _begin(default_scope, request, streams)
        if begun is None:
            return await single(self, request)
        if isinstance(begun, bool):
            with suppress_http_instrumentation():
                return await single(self, request)
        try:
            with attached(begun.context), below_another():
                response = await single(self, begun.sent)
            begun.answered(response, streams.async_received)
        except BaseException as error:
            begun.fail(error)
            raise
        return response

    return captured


def _begin(default_scope: DefaultScope, request: Any, streams: Streams) -> _Hop | bool | None:
    """Begin a hop; None if it is not recorded, False if nobody further down is to record it."""
    current = context_api.get_current()
    url = str(request.url)
    scope = recorded_scope(default_scope, current, url)
    if scope is None or scope is False:
        return None if scope is None else False
    with scope.guard:
        parent, own = place_of_call(
            current, request.headers, scope.root, url, getattr(request, "_content", None)
        )
        return _Hop(scope, parent, request, streams, own=own)
    return None


class _Hop(ClientHop):
    """One request of httpx sent and its answer, until its span has ended."""

    __slots__ = ("_body", "_original", "_said", "sent")

    def __init__(
        self,
        scope: CaptureScope,
        parent: Context,
        request: Any,
        streams: Streams,
        *,
        own: bool,
    ) -> None:
        super().__init__(scope, parent, str(request.method), str(request.url))
        self._original = request
        self._said = False
        self._body: SentBody | None = None
        # As ``copy.copy`` does not: it leaves the body and the extensions out.
        self.sent: Any = request.__class__.__new__(request.__class__)
        self.sent.__dict__.update(request.__dict__)
        self.sent.headers = request.headers.copy()
        if not own:
            inject(self.sent.headers, self.context)
        if self.records_bodies:
            kind = as_text(request.headers.get("Content-Type"))
            self._body = SentBody(self.limits.of(kind))
            self.sent.stream = streams.sent(request.stream, self._body, scope.guard)

    def fail(self, error: BaseException) -> None:
        """Record a hop that got no answer."""
        try:
            with self.guard:
                self._give_back(error)
                self._describe_request()
                self.note_failure(error)
        finally:
            self.finish()

    def answered(self, response: Any, received: Callable[[Any, BodyReader], Any]) -> None:
        """Record the answer's head, and see to its body."""
        with self.guard:
            self._give_back(response)
            self._describe_request()
            stream = response.extensions.get("network_stream")
            if stream is not None:
                self.goes_over(stream.get_extra_info("socket"))
            version = _VERSIONS.get(response.extensions.get("http_version", b""), 0)
            self.describe_answer(
                response.status_code, response.reason_phrase, version, response.headers.raw
            )
            late = self._see_to(response, received)
            if late is not None and _streaming.get():
                late.on_child()
            elif late is not None:
                late.on_span(self._end)
                return
        self.finish()

    def _see_to(self, response: Any, received: Callable[[Any, BodyReader], Any]) -> LateBody | None:
        bound = response.stream
        known = getattr(
            response, "_content", None
        )  # made with its body, as a test's transport does

        def tee(reader: BodyReader) -> bool:
            if isinstance(known, bytes):
                reader.note(known, decoded=True)
                reader.whole = True
                reader.finish()
                return True
            inner = getattr(bound, "_stream", None)
            if inner is None:
                return False
            bound._stream = received(inner, reader)  # noqa: SLF001 - httpx's own wrapper
            return True

        return self.see_to_body(response.status_code, response.headers, tee)

    def _end(self, error: BaseException | None) -> None:
        try:
            if error is not None:
                self.note_failure(error)
        finally:
            self.finish()

    def _give_back(self, holder: Any) -> None:
        """Let the caller see its own request again, with what a transport added to it."""
        if getattr(holder, "_request", None) is self.sent:
            holder.request = self._original
        original, sent = self._original.headers, self.sent.headers
        for name, value in sent.items():
            if name not in original and name not in propagated():
                original[name] = value

    def _describe_request(self) -> None:
        if not self._said:
            self._said = True
            headers = self.sent.headers
            self.describe_sent(headers.raw, self._body, has_host="host" in headers)
