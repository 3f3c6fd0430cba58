"""Requests that handlers of http.server answer, those of xmlrpc.server and the like among them.

A request begins when its head has been parsed and ends when the handler's method has returned.
Servers of WSGI that stand on http.server have a middleware of ours around their application, and
are left alone here.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from types import ModuleType, SimpleNamespace
from typing import Any, cast

from otelhook.capture.context.attached import attached
from otelhook.capture.header_values import as_text
from otelhook.capture.record.tee import Tee
from otelhook.capture.server.plain_request import (
    PlainExchange,
    PlainRequest,
    ServerScope,
    begin_exchange,
)
from otelhook.capture.server.request_input import InputTee

__all__ = ["http_server_patches", "run_as_program_patches"]

_Patch = tuple[Any, str, Any]
_KEY = "_otelhook_request"
_WSGI = ("run_wsgi", "get_environ", "make_environ", "get_stderr")
_HANDLER = "BaseHTTPRequestHandler"
_PATCHED = "_otelhook_patched"
_FIRST_FINAL = 200
_SWITCHING = 101


def http_server_patches(module: ModuleType, server_scope: ServerScope) -> Iterator[_Patch]:
    """Patch ``BaseHTTPRequestHandler`` of ``http.server``."""
    handler = module.BaseHTTPRequestHandler
    yield handler, "handle_one_request", _handle_one(handler.handle_one_request)
    yield handler, "parse_request", _parse(handler.parse_request, server_scope)
    yield handler, "send_response_only", _send_response(handler.send_response_only)
    yield handler, "send_header", _send_header(handler.send_header)
    yield handler, "flush_headers", _flush(handler.flush_headers)


def run_as_program_patches(module: ModuleType, server_scope: ServerScope) -> Iterator[_Patch]:
    """Patch ``socketserver``, for ``python -m http.server``: a program's handlers are its own."""
    server = module.BaseServer
    init: Callable[..., None] = server.__init__

    def captured(self: Any, address: Any, handler: Any, *args: Any, **kwargs: Any) -> None:
        init(self, address, handler, *args, **kwargs)
        while isinstance(handler, functools.partial):
            handler = handler.func
        for kind in getattr(handler, "__mro__", ()):
            is_programs = (kind.__module__, kind.__name__) == ("__main__", _HANDLER)
            if is_programs and _PATCHED not in kind.__dict__:
                setattr(kind, _PATCHED, True)
                program: Any = SimpleNamespace(BaseHTTPRequestHandler=kind)
                for holder, name, ours in http_server_patches(program, server_scope):
                    setattr(holder, name, functools.wraps(getattr(holder, name))(ours))

    yield server, "__init__", captured


class _Answering:
    """What is known of the request that a handler answers."""

    __slots__ = ("around", "exchange", "flushing", "lines", "rfile", "wfile")

    def __init__(self) -> None:
        self.exchange: PlainExchange | None = None
        self.lines: list[tuple[object, object]] = []
        self.flushing = False
        self.around: attached | None = None
        self.rfile: Any = None
        self.wfile: Any = None


def _handle_one(handle: Callable[[Any], None]) -> Callable[[Any], None]:
    def captured(self: Any) -> None:
        if any(hasattr(cast("type[object]", type(self)), name) for name in _WSGI):
            handle(self)
            return
        answering = _Answering()
        self.__dict__[_KEY] = answering
        try:
            handle(self)
        except BaseException as error:
            if answering.exchange is not None:
                answering.exchange.fail(error)
            raise
        finally:
            self.__dict__.pop(_KEY, None)
            _end(self, answering)

    return captured


def _end(handler: Any, answering: _Answering) -> None:
    exchange = answering.exchange
    if exchange is None:
        return
    try:
        if answering.around is not None:
            answering.around.__exit__(None, None, None)
        with exchange.guard:
            if answering.rfile is not None:
                handler.rfile = answering.rfile
            if answering.wfile is not None:
                answering.wfile.__dict__.pop("write", None)
            exchange.whole = True
    finally:
        exchange.end()


def _parse(parse: Callable[[Any], bool], server_scope: ServerScope) -> Callable[[Any], bool]:
    def captured(self: Any) -> bool:
        parsed = parse(self)
        answering: _Answering | None = self.__dict__.get(_KEY)
        if not parsed or answering is None or answering.exchange is not None:
            return parsed
        exchange = begin_exchange(server_scope, _request(self))
        if exchange is not None:
            answering.exchange = exchange
            answering.around = attached(exchange.context)
            answering.around.__enter__()
            with exchange.guard:
                _tee(self, answering, exchange)
        return parsed

    return captured


def _request(handler: Any) -> PlainRequest:
    address: Any = handler.client_address
    known: bool = isinstance(address, tuple) and address != ()
    version = as_text(handler.request_version).removeprefix("HTTP/")
    secure = type(handler.connection).__name__ == "SSLSocket"
    return PlainRequest(
        method=as_text(handler.command),
        scheme="https" if secure else "http",
        target=as_text(handler.path),
        version=version,
        lines=handler.headers.items(),
        client=str(cast("tuple[Any, ...]", address)[0]) if known else "",
    )


def _tee(handler: Any, answering: _Answering, exchange: PlainExchange) -> None:
    """Note both bodies on their way; of what the handler holds only these two files are changed."""
    tee = exchange.tee
    if tee is None:
        return
    headers = handler.headers
    length = as_text(headers.get("Content-Length"))
    if length not in ("", "0") or headers.get("Transfer-Encoding"):
        kind = as_text(headers.get("Content-Type"))
        answering.rfile = handler.rfile
        body = InputTee(handler.rfile, Tee(exchange.body_limit(kind)), exchange.guard)
        handler.rfile = body
        exchange.reads(body, kind, as_text(headers.get("Content-Encoding")), length)
    writer = handler.wfile
    if not hasattr(writer, "__dict__"):
        return
    write: Callable[[Any], Any] = writer.write

    def noting(data: Any) -> Any:
        if not answering.flushing:
            with exchange.guard:
                tee.add(data)
        return write(data)

    writer.write = noting
    answering.wfile = writer


def _send_response(send: Callable[..., None]) -> Callable[..., None]:
    def captured(self: Any, code: Any, message: Any = None) -> None:
        send(self, code, message)
        answering: _Answering | None = self.__dict__.get(_KEY)
        if answering is None or answering.exchange is None:
            return
        exchange = answering.exchange
        with exchange.guard:
            number = int(code)
            if number >= _FIRST_FINAL or number == _SWITCHING:
                known = getattr(self, "responses", {}).get(code, ("",))[0]
                answering.lines = []
                exchange.status = number
                exchange.reason = known if message is None else as_text(message)

    return captured


def _send_header(send: Callable[..., None]) -> Callable[..., None]:
    def captured(self: Any, keyword: Any, value: Any) -> None:
        send(self, keyword, value)
        answering: _Answering | None = self.__dict__.get(_KEY)
        if answering is not None:
            answering.lines.append((keyword, value))

    return captured


def _flush(flush: Callable[[Any], None]) -> Callable[[Any], None]:
    def captured(self: Any) -> None:
        answering: _Answering | None = self.__dict__.get(_KEY)
        if answering is None or answering.exchange is None:
            flush(self)
            return
        exchange = answering.exchange
        with exchange.guard:
            if exchange.status is not None:
                exchange.starts(exchange.status, exchange.reason, answering.lines)
        answering.flushing = True
        try:
            flush(self)
        finally:
            answering.flushing = False

    return captured
