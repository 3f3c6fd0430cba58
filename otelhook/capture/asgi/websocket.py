"""A websocket as one exchange: its handshake, how much went by, and why it was closed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from opentelemetry.context import Context
from opentelemetry.trace import Span, Status, StatusCode

from otelhook.attributes import (
    ERROR_TYPE,
    OTELHOOK_WEBSOCKET_CLOSE_CODE,
    OTELHOOK_WEBSOCKET_CLOSE_REASON,
    OTELHOOK_WEBSOCKET_CLOSED_BY,
    OTELHOOK_WEBSOCKET_RECEIVED,
    OTELHOOK_WEBSOCKET_SENT,
)
from otelhook.capture.asgi.exchange import AsgiExchange, reason_of
from otelhook.capture.header_values import as_text
from otelhook.capture.record.scope import CaptureScope
from otelhook.capture.record.span_record import SpanRecord
from otelhook.capture.record.tee import Tee
from otelhook.redaction import redact_text

if TYPE_CHECKING:
    from otelhook.capture.asgi.middleware import Message, Scope

__all__ = ["WebSocketExchange"]

_SWITCHING = 101
_FORBIDDEN = 403
_FAILURES = frozenset({1002, 1003, 1007, 1009, 1010, 1011})
"""Close codes that tell of an error (RFC 6455, 7.4.1); a peer that vanished is none of ours."""


class _Messages:
    """The messages of one side: how many, and a copy of their beginning where that is wanted."""

    __slots__ = ("count", "ended", "tee")

    def __init__(self, limit: int) -> None:
        self.count = 0
        self.ended = True
        self.tee = Tee(limit)

    def add(self, message: Message) -> None:
        self.count += 1
        text = message.get("text")
        data: Any = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else None
        if data is None:
            data = message.get("bytes") or b""
        if self.tee.limit:
            if self.count > 1:
                self.tee.add(b"\n")
            self.tee.add(data)


class WebSocketExchange(AsgiExchange):
    """A websocket from its handshake to its end."""

    __slots__ = ("_closed", "_received", "_recorded", "_sent")

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
        self._recorded = scope.websocket_messages and self.tee is not None
        limit = self._limits.usual if self._recorded else 0
        self._received, self._sent = _Messages(limit), _Messages(limit)
        self._closed: tuple[str, int, str] | None = None
        """By whom, code and reason."""
        if self._recorded:
            self.reads(self._received, "", "", "")
            self.tee = self._sent.tee

    def note_received(self, message: Message) -> None:
        """Note a message of the client's, or its end."""
        kind = message.get("type")
        if kind == "websocket.receive":
            self._received.add(message)
        elif kind == "websocket.disconnect":
            self._close("client", message)

    def note_sent(self, message: Message) -> bool:
        """Note a message of the application's, or how it answers the handshake."""
        kind = message.get("type")
        if kind == "websocket.send":
            self._sent.add(message)
        elif kind == "websocket.accept":
            self._answer(_SWITCHING, message)
        elif kind == "websocket.close":
            if not self.started:
                self._answer(_FORBIDDEN, {})
            self._close("server", message)
        elif kind == "websocket.http.response.start":
            self._answer(message.get("status"), message)
        elif kind == "websocket.http.response.body":
            if self.tee is not None:
                self.tee.add(message.get("body") or b"")
            self.whole = not message.get("more_body", False)
        return False

    def _answer(self, status: Any, message: Message) -> None:
        lines = message.get("headers") or ()
        if not isinstance(lines, list | tuple):
            lines = message["headers"] = list(lines)
        code = int(status) if isinstance(status, int) else None
        self.starts(
            code, reason_of(code), [(line[0], line[1]) for line in cast("list[Any]", lines)]
        )

    def _close(self, side: str, message: Message) -> None:
        if self._closed is None:
            code = message.get("code")
            number = code if isinstance(code, int) else 1000 if side == "server" else 1005
            self._closed = (side, number, as_text(message.get("reason")))

    def _is_bodiless(self, code: int) -> bool:
        return super()._is_bodiless(code) and not (self._recorded and code == _SWITCHING)

    def fail(self, error: BaseException) -> None:
        """Note what the application raised; what it is told of the client's end by is no error."""
        if self._closed is None or self._closed[0] != "client":
            super().fail(error)

    def _finish(self, record: SpanRecord) -> None:
        attributes = record.attributes
        if self.status == _SWITCHING:
            attributes[OTELHOOK_WEBSOCKET_RECEIVED] = self._received.count
            attributes[OTELHOOK_WEBSOCKET_SENT] = self._sent.count
        if self._closed is not None and self.status == _SWITCHING:
            side, code, reason = self._closed
            attributes[OTELHOOK_WEBSOCKET_CLOSED_BY] = side
            attributes[OTELHOOK_WEBSOCKET_CLOSE_CODE] = code
            if reason:
                shown = redact_text(record.redactor, reason).value
                attributes[OTELHOOK_WEBSOCKET_CLOSE_REASON] = shown
            if code in _FAILURES and self._error is None:
                attributes[ERROR_TYPE] = f"websocket {code}"
                self.span.set_status(Status(StatusCode.ERROR))
            self.whole = True
        super()._finish(record)
