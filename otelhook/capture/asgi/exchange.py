"""One connection on its way through an ASGI application: the messages of both sides."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, cast

from opentelemetry.context import Context
from opentelemetry.trace import Span

from otelhook.capture.asgi.request import describe_request, method_of, path_of
from otelhook.capture.context.attached import attached
from otelhook.capture.record.files import peek_descriptor, peek_path
from otelhook.capture.record.guessed_names import route_in_scope
from otelhook.capture.record.scope import CaptureScope
from otelhook.capture.record.span_record import SpanRecord
from otelhook.capture.record.tee import Tee
from otelhook.capture.server.exchange import ServerExchange

if TYPE_CHECKING:
    from otelhook.capture.asgi.middleware import Message, Receive, Scope, Send

__all__ = ["AsgiExchange", "HttpExchange", "reason_of"]

_REASONS = {one.value: one.phrase for one in HTTPStatus}


def reason_of(status: object) -> str:
    """Return the phrase that servers write for a status: ASGI's applications name none."""
    return _REASONS.get(status, "") if isinstance(status, int) else ""


class AsgiExchange(ServerExchange):
    """A connection until its span has ended; stands between server and application."""

    __slots__ = ("_connection", "_headers", "_outside", "_path", "_receive", "_send", "_type")

    def __init__(
        self,
        scope: CaptureScope,
        span: Span,
        context: Context,
        connection: Scope,
        *,
        secret_path: bool,
    ) -> None:
        super().__init__(scope, span, context, head=connection.get("method") == "HEAD")
        self._connection: Scope = connection
        self._type = connection.get("type")
        self._headers = connection.get("headers")
        self._path = connection.get("path")
        if self.record is None:
            return
        with self.guard:
            describe_request(connection, self.record, secret_path=secret_path)
            if scope.server_bodies:
                limits = scope.limits.everywhere
                self.copies_bodies(
                    limits or scope.limits.at(method_of(connection), path_of(connection))
                )

    def stands_between(self, outside: Context, receive: Receive, send: Send) -> None:
        """Take the server's callables, and the context that it calls and is called in."""
        self._outside = outside
        self._receive, self._send = receive, send

    def _route(self) -> str:
        return route_in_scope(self._connection)

    def _finish(self, record: SpanRecord) -> None:
        super()._finish(record)
        self._connection = {}  # a framework may keep in it what leads back here

    def answers(self, connection: Scope) -> bool:
        """Say whether a scope is this very connection's, perhaps copied by a middleware.

        A copy shares the header lines; a middleware that changed those left the path alone.
        """
        if connection.get("type") != self._type:
            return False
        return connection.get("headers") is self._headers or connection.get("path") == self._path

    def note_received(self, message: Message) -> None:
        """Note what the server gave to the application."""
        raise NotImplementedError

    def note_sent(self, message: Message) -> bool:
        """Note what the application gives to the server; says whether it is the last."""
        raise NotImplementedError

    async def receive(self) -> Message:
        """Receive as from the server."""
        with attached(self._outside):
            message = await self._receive()
        if not self.ended:
            try:
                self.note_received(message)
            except Exception as error:  # once a message: cheaper than a guard around it
                if not self.guard.absorb(error):
                    raise
        return message

    async def send(self, message: Message) -> None:
        """Send as to the server; with the last message of the response the span ends."""
        last = False
        if not self.ended:
            try:
                last = self.note_sent(message)
            except Exception as error:  # as above
                if not self.guard.absorb(error):
                    raise
        try:
            with attached(self._outside):
                await self._send(message)
        finally:
            if last:
                self.end()


class _ReadBody:
    """The request's body as the application receives it."""

    __slots__ = ("ended", "tee")

    def __init__(self, limit: int) -> None:
        self.tee = Tee(limit)
        self.ended = False


class HttpExchange(AsgiExchange):
    """A request over ASGI, until its response is complete."""

    __slots__ = ("_read", "_trailers")

    def __init__(
        self,
        scope: CaptureScope,
        span: Span,
        context: Context,
        connection: Scope,
        *,
        secret_path: bool,
    ) -> None:
        super().__init__(scope, span, context, connection, secret_path=secret_path)
        self._read: _ReadBody | None = None
        self._trailers = False
        record = self.record
        if record is None or self.tee is None:
            return
        length = record.header("request", "content-length")
        if length not in ("", "0") or record.header("request", "transfer-encoding"):
            self._expect_body(record)

    def _expect_body(self, record: SpanRecord) -> _ReadBody:
        kind = record.header("request", "content-type")
        self._read = read = _ReadBody(self._limits.of(kind))
        encoding = record.header("request", "content-encoding")
        self.reads(read, kind, encoding, record.header("request", "content-length"))
        return read

    def note_received(self, message: Message) -> None:
        """Note a piece of the request's body."""
        record = self.record
        if record is None or self.tee is None or message.get("type") != "http.request":
            return
        body = message.get("body") or b""
        read = self._read
        if read is None:
            if not body:
                return
            read = self._expect_body(record)  # HTTP/2 announces none
        read.tee.add(body)
        if not message.get("more_body", False):
            read.ended = True

    def note_sent(self, message: Message) -> bool:
        """Note a piece of the response; the last one ends it."""
        kind = message.get("type")
        if kind == "http.response.body":
            if self.tee is not None:
                self.tee.add(message.get("body") or b"")
            return self._complete(message)
        if kind == "http.response.start":
            self._start(message)
            return False
        if kind == "http.response.pathsend":
            if self.tee is not None:
                peek_path(message["path"], self.tee)
            return self._complete({})
        if kind == "http.response.zerocopysend":
            if self.tee is not None:
                peek_descriptor(
                    message["file"], self.tee, message.get("offset"), message.get("count")
                )
            return self._complete(message)
        return kind == "http.response.trailers" and not message.get("more_trailers", False)

    def _start(self, message: Message) -> None:
        lines = message.get("headers") or ()
        if not isinstance(lines, list | tuple):  # it can be read once, by the server too
            lines = message["headers"] = list(lines)
        self._trailers = bool(message.get("trailers", False))
        status = message.get("status")
        code = int(status) if isinstance(status, int) else None
        self.starts(
            code, reason_of(code), [(line[0], line[1]) for line in cast("list[Any]", lines)]
        )

    def _complete(self, message: Mapping[str, Any]) -> bool:
        if message.get("more_body", False):
            return False
        self.whole = True
        return not self._trailers
