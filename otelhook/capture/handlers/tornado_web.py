"""Requests that handlers of Tornado answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from types import ModuleType
from typing import Any

from otelhook.capture.context.attached import attached
from otelhook.capture.header_values import as_text
from otelhook.capture.record.replaced_methods import called_through
from otelhook.capture.record.tee import Tee
from otelhook.capture.server.plain_request import (
    PlainExchange,
    PlainRequest,
    ServerScope,
    begin_exchange,
)

__all__ = ["tornado_patches"]

_Patch = tuple[Any, str, Any]
_KEY = "_otelhook_exchange"


def tornado_patches(module: ModuleType, server_scope: ServerScope) -> Iterator[_Patch]:
    """Patch ``RequestHandler`` of ``tornado.web``."""
    handler = module.RequestHandler
    execute: Callable[..., Awaitable[None]] = handler._execute  # noqa: SLF001 - the one place
    log_exception: Callable[..., None] = handler.log_exception
    on_finish: Callable[..., Any] = handler.finish

    async def captured(self: Any, *args: Any, **kwargs: Any) -> None:
        exchange = begin_exchange(server_scope, _request(self.request))
        if exchange is None:
            await execute(self, *args, **kwargs)
            return
        with exchange.guard:
            self.__dict__[_KEY] = exchange
            _note(self.request, exchange)
        try:
            with attached(exchange.context):
                await execute(self, *args, **kwargs)
        except BaseException as error:
            exchange.fail(error)
            raise
        finally:
            if getattr(self, "_finished", True):
                exchange.end()

    def captured_log(self: Any, kind: Any, value: Any, trace: Any) -> None:
        exchange: PlainExchange | None = self.__dict__.get(_KEY)
        if exchange is not None and not hasattr(value, "status_code"):
            exchange.fail(value)
        log_exception(self, kind, value, trace)

    def captured_finish(self: Any, *args: Any, **kwargs: Any) -> Any:
        finished = on_finish(self, *args, **kwargs)
        exchange: PlainExchange | None = self.__dict__.get(_KEY)
        if exchange is not None:
            exchange.whole = True
            exchange.end()
        return finished

    yield handler, "_execute", captured
    yield handler, "log_exception", captured_log
    yield handler, "finish", captured_finish


def _request(request: Any) -> PlainRequest:
    return PlainRequest(
        method=as_text(request.method),
        scheme=as_text(request.protocol),
        target=as_text(request.uri),
        version=as_text(request.version).removeprefix("HTTP/"),
        lines=list(request.headers.get_all()),
        client=as_text(request.remote_ip),
    )


class _WholeBody:
    """A body that Tornado has read before the handler is asked."""

    __slots__ = ("ended", "tee")

    def __init__(self, data: bytes, limit: int) -> None:
        self.tee = Tee(limit)
        self.tee.add(data)
        self.ended = True


def _note(request: Any, exchange: PlainExchange) -> None:
    connection = request.connection
    tee = exchange.tee
    write_headers = called_through(connection.write_headers)
    write = called_through(connection.write)

    def noting_headers(line: Any, headers: Any, chunk: Any = None) -> Any:
        with exchange.guard:
            lines = list(headers.get_all())
            exchange.starts(int(line.code), as_text(line.reason), lines)
            if tee is not None and chunk:
                tee.add(chunk)
        return write_headers()(line, headers, chunk)

    def noting_write(chunk: Any) -> Any:
        with exchange.guard:
            if tee is not None:
                tee.add(chunk)
        return write()(chunk)

    connection.write_headers, connection.write = noting_headers, noting_write
    body = request.body
    if tee is not None and isinstance(body, bytes) and body:
        headers = request.headers
        kind = as_text(headers.get("Content-Type"))
        whole = _WholeBody(body, exchange.body_limit(kind))
        exchange.reads(whole, kind, as_text(headers.get("Content-Encoding")), "")
