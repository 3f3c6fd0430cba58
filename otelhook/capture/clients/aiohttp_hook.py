"""Calls made with aiohttp: one CLIENT span for each request on the wire, hops of redirects apart.

``ClientSession._request`` is the whole of a call; within it aiohttp makes a ``ClientRequest`` for
each hop, which is sent, and answered where a ``ClientResponse`` starts. The program's own trace
configurations see no more than without us, and ``request_info`` shows the headers that it sent.
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
from otelhook.capture.clients.stock_clients import OURS, SUPPRESS_HTTP
from otelhook.capture.context.attached import attached
from otelhook.capture.context.propagation import inject, place_of_call, propagated
from otelhook.capture.header_values import as_text
from otelhook.capture.record.aiohttp_streams import note_stream, note_writer
from otelhook.capture.record.body_capture import SentBody
from otelhook.capture.record.body_reader import BodyReader
from otelhook.capture.record.scope import CaptureScope

__all__ = ["aiohttp_patches", "aiohttp_request_patches"]

_Patch = tuple[Any, str, Any]
_KEY = "_otelhook_hop"


class _Call:
    """A call of a session's while it runs: its hops, one after the other."""

    __slots__ = ("current", "decodes", "default_scope", "hop", "resend", "session")

    def __init__(self, session: Any, default_scope: DefaultScope, *, decodes: bool) -> None:
        self.session = session
        self.default_scope = default_scope
        self.current = context_api.get_current()
        self.decodes = decodes
        self.hop: _Hop | None = None
        """The one that was begun last."""
        self.resend = 0

    def begin(self, request: Any) -> None:
        """Begin a hop; what the one before it ended with is known by now, or was lost."""
        again = self.hop is not None and not self.hop.answered_yet
        if self.hop is not None:
            self.hop.finish_once()
        self.resend = self.resend + 1 if again else 0
        url = str(request.url)
        scope = recorded_scope(self.default_scope, self.current, url)
        self.hop = None
        if not scope:
            return
        with scope.guard:
            parent, own = place_of_call(
                self.current,
                request.headers,
                scope.root,
                url,
                getattr(request.body, "_value", None),
            )
            self.hop = _Hop(scope, parent, request, resend=self.resend, own=own)
            request.__dict__[_KEY] = self.hop

    def ends(self, error: BaseException | None) -> None:
        """End the last hop with the call: answered, or with what the call raised."""
        if self.hop is not None and error is not None:
            self.hop.fail(error)
        elif self.hop is not None:
            self.hop.finish_once()


_call: ContextVar[_Call | None] = ContextVar("otelhook-aiohttp-call", default=None)


def aiohttp_patches(module: ModuleType, default_scope: DefaultScope) -> Iterator[_Patch]:
    """Patch ``aiohttp.client``."""
    session = module.ClientSession
    request: Callable[..., Awaitable[Any]] = session._request  # noqa: SLF001 - the one place

    async def captured(self: Any, method: Any, address: Any, *args: Any, **kwargs: Any) -> Any:
        scope = recorded_scope(default_scope, context_api.get_current(), str(address))
        if scope is False:
            with suppress_http_instrumentation():
                return await request(self, method, address, *args, **kwargs)
        decodes = kwargs.get("auto_decompress")
        if decodes is None:
            decodes = getattr(self, "_auto_decompress", True)
        if scope is None:
            return await request(self, method, address, *args, **kwargs)
        call = _Call(self, default_scope, decodes=bool(decodes))
        token: Any = _call.set(call)
        error: BaseException | None = None
        try:
            # Stock's instrumentation is a trace configuration, and would make the same span.
            with attached(context_api.set_value(SUPPRESS_HTTP, OURS, call.current)):
                return await request(self, method, address, *args, **kwargs)
        except BaseException as raised:
            error = raised
            raise
        finally:
            if not isinstance(error, GeneratorExit):
                _call.reset(token)
            call.ends(error)
            error = None  # its traceback leads back here

    yield session, "_request", captured


def aiohttp_request_patches(module: ModuleType) -> Iterator[_Patch]:
    """Patch ``aiohttp.client_reqrep``: where a hop is made, sent and answered."""
    request, response = module.ClientRequest, module.ClientResponse
    yield request, "__init__", _init(request.__init__)
    for name, wrap in (("send", _send), ("write_bytes", _write_bytes)):
        known = name if hasattr(request, name) else f"_{name}"  # of aiohttp 3, of aiohttp 4
        yield request, known, wrap(getattr(request, known))
    yield response, "start", _start(response.start)
    for name in ("close", "release"):
        yield response, name, _ending(getattr(response, name))


def _init(init: Callable[..., None]) -> Callable[..., None]:
    def captured(self: Any, *args: Any, **kwargs: Any) -> None:
        init(self, *args, **kwargs)
        call = _call.get()
        if call is not None and kwargs.get("session") is call.session:
            call.begin(self)

    return captured


def _send(send: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    async def captured(self: Any, *args: Any, **kwargs: Any) -> Any:
        call = _call.get()
        hop: _Hop | None = self.__dict__.get(_KEY)
        if call is not None and hop is not None and hop.sent:
            call.begin(self)  # a middleware sends the same request again
            hop = call.hop
        if call is None or hop is None:
            return await send(self, *args, **kwargs)
        transport = getattr(args[0], "transport", None) if args else None
        if transport is not None:
            hop.goes_over(transport.get_extra_info("socket"))
        return await hop.sends(self, send, args, kwargs)

    return captured


def _write_bytes(write_bytes: Callable[..., Awaitable[None]]) -> Callable[..., Awaitable[None]]:
    async def captured(self: Any, writer: Any, *args: Any, **kwargs: Any) -> None:
        hop: _Hop | None = self.__dict__.get(_KEY)
        if hop is not None and hop.body is not None:
            with hop.guard:
                hop.coded = not note_writer(writer, hop.body.tee, hop.body_ended)
        await write_bytes(self, writer, *args, **kwargs)

    return captured


def _start(start: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[Any]]:
    async def captured(self: Any, *args: Any, **kwargs: Any) -> Any:
        call = _call.get()
        hop = None if call is None else call.hop
        try:
            started = await start(self, *args, **kwargs)
        except BaseException as error:
            if hop is not None:
                hop.note_error(error)
            raise
        if call is not None and hop is not None:
            hop.answered(self, decodes=call.decodes)
        return started

    return captured


def _ending(method: Callable[..., Any]) -> Callable[..., Any]:
    """Wrap what ends a response: what was read of its body by then is all."""

    def captured(self: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return method(self, *args, **kwargs)
        finally:
            reader: BodyReader | None = self.__dict__.get(_KEY)
            if reader is not None:
                with reader.guard:
                    reader.finish()

    return captured


class _Hop(ClientHop):
    """One request of aiohttp's and its answer, until its span has ended."""

    __slots__ = ("_error", "_lines", "_over", "_own", "answered_yet", "body", "coded", "sent")

    def __init__(
        self,
        scope: CaptureScope,
        parent: Context,
        request: Any,
        *,
        resend: int,
        own: bool,
    ) -> None:
        super().__init__(scope, parent, str(request.method), str(request.url), resend=resend)
        self._own = own
        self._lines: Any = list(request.headers.items())
        self._over = False
        self._error: BaseException | None = None
        self.sent = False
        """Whether it has been given to a connection."""
        self.answered_yet = False
        self.coded = True
        """Whether the body was noted with the coding that its headers name."""
        self.body: SentBody | None = None
        if self.records_bodies:
            kind = as_text(request.headers.get("Content-Type"))
            self.body = SentBody(self.limits.of(kind))
            self.body.ended = True  # until some of it is written

    def body_ended(self, *, whole: bool) -> None:
        """Note whether all of the body has been written."""
        if self.body is not None:
            self.body.ended = whole

    async def sends(
        self,
        request: Any,
        send: Callable[..., Awaitable[Any]],
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
    ) -> Any:
        """Send the request with the headers that carry the trace, which nobody else is shown."""
        self.sent = True
        shown = request.headers
        with self.guard:
            request.headers = shown.copy()
            if not self._own:
                inject(request.headers, self.context)
        try:
            with attached(self.context):
                response = await send(request, *args, **kwargs)
        finally:
            with self.guard:
                written, request.headers = request.headers, shown
                self._lines = list(written.items())
                for name, value in self._lines:
                    if name not in shown and name.lower() not in propagated():
                        shown[name] = value
        with self.guard:
            response._request_info = request.request_info  # noqa: SLF001 - made of the others
        return response

    def note_error(self, error: BaseException) -> None:
        """Note why there is no answer; whether aiohttp tries again is seen later."""
        self._error = error

    def fail(self, error: BaseException) -> None:
        """Record that the call ended with this; it is the hop's own unless that was answered."""
        if not self.answered_yet:
            self._error = error
        self.finish_once()

    def answered(self, response: Any, *, decodes: bool) -> None:
        """Record the answer's head, and see to its body."""
        self.answered_yet = True
        with self.guard:
            self._describe_request()
            version = response.version
            number = 0 if version is None else 10 * version.major + version.minor
            lines = response.raw_headers
            self.describe_answer(response.status, response.reason, number, lines)
            stream = response.content

            def tee(reader: BodyReader) -> bool:
                response.__dict__[_KEY] = reader
                return note_stream(stream, reader, decoded=decodes)

            left = 0 if stream.is_eof() and stream.total_bytes == 0 else None
            late = self.see_to_body(response.status, response.headers, tee, left=left)
            if late is not None and stream.is_eof():
                late.on_span(lambda _error: None)
            elif late is not None:
                late.on_child()
        self.finish_once()

    def _describe_request(self) -> None:
        self.describe_sent(
            self._lines,
            self.body,
            has_host=any(name.lower() == "host" for name, _ in self._lines),
            coded=self.coded,
        )

    def finish_once(self) -> None:
        """End the span, if it has not ended."""
        if self._over:
            return
        try:
            if not self.answered_yet:
                with self.guard:
                    self._describe_request()
                    if self._error is not None:
                        self.note_failure(self._error)
        finally:
            self.finish()
        self._over = True
        self._error = None  # its traceback leads back here
