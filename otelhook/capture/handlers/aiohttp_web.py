"""Requests that aiohttp's server answers, with an application of `aiohttp.web` or without."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextvars import ContextVar
from types import ModuleType
from typing import Any, cast
from weakref import ref

from otelhook.capture.context.attached import attached, held
from otelhook.capture.header_values import as_text
from otelhook.capture.record.aiohttp_streams import note_stream, note_writer
from otelhook.capture.record.body_reader import BodyReader
from otelhook.capture.record.files import peek_descriptor
from otelhook.capture.record.replaced_methods import called_through
from otelhook.capture.record.routes import name_by_route
from otelhook.capture.record.tee import Tee
from otelhook.capture.server.plain_request import (
    PlainExchange,
    PlainRequest,
    ServerScope,
    begin_exchange,
)

__all__ = ["aiohttp_file_patches", "aiohttp_web_patches"]

_Patch = tuple[Any, str, Any]

_answered: ContextVar[PlainExchange | None] = ContextVar("otelhook-aiohttp-answered", default=None)
"""The request that is being answered; aiohttp warns of what is put into a request by a name."""


def aiohttp_web_patches(module: ModuleType, server_scope: ServerScope) -> Iterator[_Patch]:
    """Patch ``aiohttp.web_protocol``."""
    protocol = module.RequestHandler
    handle: Callable[..., Awaitable[Any]] = protocol._handle_request  # noqa: SLF001 - the one place

    async def captured(self: Any, request: Any, *args: Any, **kwargs: Any) -> Any:
        exchange = begin_exchange(server_scope, _request(request))
        if exchange is None:
            return await handle(self, request, *args, **kwargs)
        with exchange.guard:
            _note(request, exchange)
        if "request_handler" in kwargs:
            kwargs["request_handler"] = _noting(kwargs["request_handler"], exchange)
        elif args and callable(args[-1]):
            args = (*args[:-1], _noting(cast("Any", args[-1]), exchange))
        try:
            with attached(exchange.context), held(_answered, exchange):
                return await handle(self, request, *args, **kwargs)
        except BaseException as error:
            exchange.fail(error)
            raise
        finally:
            try:
                with exchange.guard:
                    _name(request, exchange)
            finally:
                exchange.end()

    yield protocol, "_handle_request", captured


def aiohttp_file_patches(module: ModuleType) -> Iterator[_Patch]:
    """Patch ``aiohttp.web_fileresponse``, which sends files past its own writer."""
    response = module.FileResponse
    send: Callable[..., Awaitable[Any]] = response._sendfile  # noqa: SLF001 - see above

    async def captured(self: Any, request: Any, file: Any, offset: Any, count: Any) -> Any:
        exchange = _answered.get()
        if exchange is not None and exchange.tee is not None:
            before = exchange.tee
            with exchange.guard:
                peek_descriptor(file, before, int(offset), int(count))
            exchange.tee = None  # the same bytes may yet be written piece by piece
            try:
                return await send(self, request, file, offset, count)
            finally:
                exchange.tee = before
        return await send(self, request, file, offset, count)

    yield response, "_sendfile", captured


def _request(request: Any) -> PlainRequest:
    version = request.version
    return PlainRequest(
        method=str(request.method),
        scheme=str(request.scheme),
        target=str(request.raw_path),
        version=f"{version.major}.{version.minor}",
        lines=request.raw_headers,
        client=as_text(request.remote),
    )


def _name(request: Any, exchange: PlainExchange) -> None:
    """Name the span by the resource that matched; a request without an application has none."""
    # Not by its property, which asserts that there is one: a malformed request was routed nowhere.
    match = getattr(request, "_match_info", None)
    resource = getattr(getattr(match, "route", None), "resource", None)
    canonical = getattr(resource, "canonical", None)
    if isinstance(canonical, str) and canonical:
        name_by_route(exchange.span, canonical)


def _noting(handler: Callable[[Any], Awaitable[Any]], exchange: PlainExchange) -> Any:
    """Wrap what answers a request: what it raises, aiohttp makes a page of."""

    async def noted(request: Any) -> Any:
        try:
            return await handler(request)
        except BaseException as error:
            if not hasattr(error, "status_code"):  # of an HTTPException it is the answer
                exchange.fail(error)
            raise

    return noted


class _ReadBody:
    """The request's body as it comes."""

    __slots__ = ("_reader",)

    def __init__(self, reader: BodyReader) -> None:
        self._reader = reader

    @property
    def tee(self) -> Tee:
        return self._reader.tee

    @property
    def ended(self) -> bool:
        return self._reader.whole


def _nothing(*_: object) -> None:
    """Do nothing when a body ends: its exchange's end records it."""


def _note(request: Any, exchange: PlainExchange) -> None:
    """Note both bodies and the response's head where they pass."""
    if exchange.record is None:
        return
    writer = request._payload_writer  # noqa: SLF001 - of each request its own
    _note_head(writer, exchange)
    tee = exchange.tee
    if tee is None:
        return
    found = ref(writer)  # which will have what is told of its end

    def ended(*, whole: bool) -> None:
        exchange.whole = whole
        if getattr(found(), "_compress", None) is not None:
            exchange.without_coding()

    note_writer(writer, _Through(exchange), ended)
    headers = request.headers
    if request.body_exists:
        kind = as_text(headers.get("Content-Type"))
        reader = BodyReader(exchange.body_limit(kind), exchange.guard, _nothing)
        if note_stream(request._payload, reader, decoded=True):  # noqa: SLF001 - before any other
            length = as_text(headers.get("Content-Length"))
            plain = as_text(headers.get("Content-Encoding"))
            # The parser removes the coding, and with it the length is another one.
            exchange.reads(_ReadBody(reader), kind, "", "" if plain else length)


class _Through(Tee):
    """Takes what is written as long as the exchange takes it."""

    __slots__ = ("_exchange",)

    def __init__(self, exchange: PlainExchange) -> None:
        super().__init__(0)
        self._exchange = exchange

    def add(self, chunk: bytes | bytearray | memoryview) -> None:
        if self._exchange.tee is not None:
            self._exchange.tee.add(chunk)


def _note_head(writer: Any, exchange: PlainExchange) -> None:
    write_headers = called_through(writer.write_headers)

    async def noting(status_line: str, headers: Any, *args: Any, **kwargs: Any) -> None:
        with exchange.guard:
            _, code, reason = [*status_line.split(" ", 2), "", ""][:3]
            number = int(code) if code.isdecimal() else None
            exchange.starts(number, reason, list(headers.items()))
        await write_headers()(status_line, headers, *args, **kwargs)

    writer.write_headers = noting
