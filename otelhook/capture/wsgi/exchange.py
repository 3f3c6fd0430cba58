"""One request on its way through a WSGI application."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from opentelemetry.context import Context
from opentelemetry.trace import Span

from otelhook.capture.record.guessed_names import route_in_environ
from otelhook.capture.record.scope import CaptureScope
from otelhook.capture.record.span_record import SpanRecord
from otelhook.capture.record.tee import Tee
from otelhook.capture.server.exchange import ServerExchange
from otelhook.capture.server.request_input import InputTee
from otelhook.capture.wsgi.environ import describe_request, has_body, method_of, path_of
from otelhook.capture.wsgi.taken_socket import TakenSocket

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

__all__ = ["WsgiExchange"]

_UNREAD = frozenset({200, 204})
_SWITCHING = 101


class WsgiExchange(ServerExchange):
    """One request on its way through a WSGI application, until its span has ended."""

    __slots__ = ("_found_route", "_is_taken", "_socket", "_upgrades")

    def __init__(
        self,
        scope: CaptureScope,
        span: Span,
        context: Context,
        environ: WSGIEnvironment,
        *,
        secret_path: bool,
    ) -> None:
        super().__init__(scope, span, context, head=environ.get("REQUEST_METHOD") == "HEAD")
        self._upgrades = self._is_taken = False
        self._socket: TakenSocket | None = None
        self._found_route = ""
        if self.record is None:
            return
        self._upgrades = "HTTP_SEC_WEBSOCKET_KEY" in environ
        if self._upgrades:
            with self.guard:
                self._socket = TakenSocket(environ)
        try:
            describe_request(environ, self.record, secret_path=secret_path)
        except Exception as error:  # once a request: cheaper than a guard around it
            if not self.guard.absorb(error):
                raise
        if scope.server_bodies:
            self.copies_bodies(
                scope.limits.everywhere or scope.limits.at(method_of(environ), path_of(environ))
            )
            self._tee_input(environ)

    def _tee_input(self, environ: WSGIEnvironment) -> None:
        source = environ.get("wsgi.input")
        if source is None or not has_body(environ):
            return
        kind = str(environ.get("CONTENT_TYPE") or "")
        body = InputTee(source, Tee(self._limits.of(kind)), self.guard)
        environ["wsgi.input"] = body
        self.reads(
            body,
            kind,
            str(environ.get("HTTP_CONTENT_ENCODING") or ""),
            str(environ.get("CONTENT_LENGTH") or ""),
        )

    def responder(
        self, environ: WSGIEnvironment, start_response: StartResponse
    ) -> Callable[..., Any]:
        """Return the ``start_response`` that the application gets.

        The exchange itself does not keep the environ, which has the exchange: both would be left
        for the garbage collector.
        """

        def start(*args: Any, **kwargs: Any) -> Callable[[bytes], object]:
            try:
                write = start_response(*args, **kwargs)
            except BaseException:
                if not self.started:  # else the first one is on the wire, and stays true
                    with self.guard:
                        self._note_start(environ, *args, **kwargs)
                raise
            try:
                self._note_start(environ, *args, **kwargs)
            except Exception as error:  # once a request: cheaper than a guard around it
                if not self.guard.absorb(error):
                    raise
            tee = self.tee
            if tee is None:
                return write

            def noted_write(chunk: bytes) -> object:
                with self.guard:
                    tee.add(chunk)
                return write(chunk)

            return noted_write

        return start

    def _route(self) -> str:
        return self._found_route

    def _finish(self, record: SpanRecord) -> None:
        if self._upgrades and self._gave_socket_away():
            record.forget_headers("response")
            self.status, self.reason = _SWITCHING, "Switching Protocols"
            self._error = None
        super()._finish(record)

    def _gave_socket_away(self) -> bool:
        """Say whether the application answered a websocket's handshake on the socket itself.

        WSGI has no way to say so. Such applications never start a response, or an empty one that
        nobody will read, and leave by an exception that keeps their server from sending anything:
        StopIteration under gunicorn, ConnectionError under werkzeug. Where the server shows its
        socket, that something was sent on it says it better than what is returned.
        """
        if self._is_taken:
            return True
        if not self.started:
            return self._error is None or isinstance(self._error, StopIteration | ConnectionError)
        empty = self._content_length == "0" if self.tee is None else not self.tee.size
        return self._error is None and self.status in _UNREAD and empty

    def _note_start(
        self,
        environ: WSGIEnvironment,
        status: object = "",
        headers: Iterable[tuple[str, str]] = (),
        *_: object,
        response_headers: Iterable[tuple[str, str]] = (),
        **__: object,
    ) -> None:
        if not self._found_route:  # Flask takes it out of the environ at the request's end
            self._found_route = route_in_environ(environ)
        if self._socket is not None:  # the server has sent nothing yet
            self._is_taken = self._socket.is_written()
        code, reason = _split_status(status if isinstance(status, str) else "")
        self.starts(code, reason, list(headers or response_headers))


@lru_cache(maxsize=256)
def _split_status(line: str) -> tuple[int | None, str]:
    """Split ``404 Not Found``; a line without a reason, or without a number, is taken as it is."""
    number, _, reason = line.strip().partition(" ")
    if len(number) == 3 and number.isdecimal():  # noqa: PLR2004 - RFC 9110, 15
        return int(number), reason.strip()
    return None, line
