"""Calls made with httpcore itself: one CLIENT span for each request that a pool is given.

httpx stands on it, and records its own: what is below another's hop is left alone.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextvars import ContextVar
from types import ModuleType
from typing import Any

from opentelemetry import context as context_api

from otelhook.capture.clients.client_hop import ClientHop, DefaultScope, recorded_scope
from otelhook.capture.clients.httpx_streams import Streams, streams_of
from otelhook.capture.context.attached import attached, held
from otelhook.capture.context.propagation import carried_lines, place_of_call
from otelhook.capture.header_values import as_text
from otelhook.capture.record.body_capture import SentBody
from otelhook.capture.record.body_reader import BodyReader

__all__ = ["below_another", "httpcore_async_patches", "httpcore_patches"]

_Patch = tuple[Any, str, Any]
_VERSIONS = {b"HTTP/1.0": 10, b"HTTP/1.1": 11, b"HTTP/2": 20}

_below: ContextVar[bool] = ContextVar("otelhook-below-httpx", default=False)


def below_another() -> held:
    """Leave to the hop that is begun what is sent meanwhile by a pool of httpcore's."""
    return held(_below, value=True)


def httpcore_patches(module: ModuleType, default_scope: DefaultScope) -> Iterator[_Patch]:
    """Patch ``httpcore._sync.connection_pool``."""
    pool, streams = module.ConnectionPool, _streams()
    handle: Callable[..., Any] = pool.handle_request

    def captured(self: Any, request: Any) -> Any:
        hop = None if _below.get() else _begin(default_scope, request, streams)
        if hop is None:
            return handle(self, request)
        try:
            with attached(hop.context):
                response = handle(self, hop.sent)
            hop.answered(response, streams.sync_received)
        except BaseException as error:
            hop.fail(error)
            raise
        return response

    yield pool, "handle_request", captured


def httpcore_async_patches(module: ModuleType, default_scope: DefaultScope) -> Iterator[_Patch]:
    """Patch ``httpcore._async.connection_pool``."""
    pool, streams = module.AsyncConnectionPool, _streams()
    handle: Callable[..., Awaitable[Any]] = pool.handle_async_request

    async def captured(self: Any, request: Any) -> Any:
        hop = None if _below.get() else _begin(default_scope, request, streams)
        if hop is None:
            return await handle(self, request)
        try:
            with attached(hop.context):
                response = await handle(self, hop.sent)
            hop.answered(response, streams.async_received)
        except BaseException as error:
            hop.fail(error)
            raise
        return response

    yield pool, "handle_async_request", captured


class _AnyStream:
    """What httpcore knows a stream by is that it can be iterated, and closed."""


def _streams() -> Streams:
    return streams_of(_AnyStream, _AnyStream)


def _begin(default_scope: DefaultScope, request: Any, streams: Streams) -> _Hop | None:
    current = context_api.get_current()
    url = _address(request.url)
    scope = recorded_scope(default_scope, current, url)
    if not scope:
        return None
    with scope.guard:
        headers = {as_text(name): as_text(value) for name, value in request.headers}
        parent, own = place_of_call(current, headers, scope.root, url)
        hop = _Hop(scope, parent, as_text(request.method), url)
        hop.takes(request, headers, streams, own=own)
        return hop
    return None


def _address(url: Any) -> str:
    host, port = as_text(url.host), url.port
    name = f"[{host}]" if ":" in host else host
    place = name if port is None else f"{name}:{port}"
    return f"{as_text(url.scheme)}://{place}{as_text(url.target)}"


class _Hop(ClientHop):
    """One request of httpcore's."""

    __slots__ = ("_body", "_lines", "sent")

    def takes(
        self,
        request: Any,
        headers: Mapping[str, str],
        streams: Streams,
        *,
        own: bool,
    ) -> None:
        """Prepare what is sent in the place of the caller's request."""
        self._body: SentBody | None = None
        self.sent: Any = request.__class__.__new__(request.__class__)
        self.sent.__dict__.update(request.__dict__)
        self._lines = list(request.headers)
        if not own:
            self._lines = carried_lines(self._lines, self.context)
            self.sent.headers = self._lines
        if self.records_bodies:
            kind = next((v for n, v in headers.items() if n.lower() == "content-type"), "")
            self._body = SentBody(self.limits.of(kind))
            self.sent.stream = streams.sent(request.stream, self._body, self.guard)

    def fail(self, error: BaseException) -> None:
        """Record a hop that got no answer."""
        try:
            with self.guard:
                self.describe_sent(self._lines, self._body, has_host=True)
                self.note_failure(error)
        finally:
            self.finish()

    def answered(self, response: Any, received: Callable[[Any, BodyReader], Any]) -> None:
        """Record the answer's head, and see to its body."""
        with self.guard:
            self.describe_sent(self._lines, self._body, has_host=True)
            extensions = response.extensions
            if "network_stream" in extensions:
                self.goes_over(extensions["network_stream"].get_extra_info("socket"))
            version = _VERSIONS.get(extensions.get("http_version", b""), 0)
            reason = as_text(extensions.get("reason_phrase"))
            self.describe_answer(response.status, reason, version, response.headers)
            headers = _Headers(response.headers)

            def tee(reader: BodyReader) -> bool:
                response.stream = received(response.stream, reader)
                return True

            late = self.see_to_body(response.status, headers, tee)
            if late is not None:
                late.on_child()
        self.finish()


class _Headers(dict[str, str]):
    """Header lines by their names in any case."""

    def __init__(self, lines: Any) -> None:
        super().__init__((as_text(name).lower(), as_text(value)) for name, value in lines)

    def get(self, name: str, default: Any = None) -> Any:
        return super().get(name.lower(), default)
