"""The response's body, copied as the server takes it.

Each wrapper shows exactly what the application's own object showed: a length only where there was
one, the server's file wrapper as the server knows it, a list as a list.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, cast

from opentelemetry import context as context_api

from otelhook.capture.record.copies import as_copied
from otelhook.capture.record.files import peek_descriptor
from otelhook.capture.record.tee import Tee, has_length

if TYPE_CHECKING:
    from otelhook.capture.server.exchange import ServerExchange

__all__ = ["wrap_response"]


def wrap_response(result: Any, exchange: ServerExchange, file_wrapper: Any) -> Any:
    """Return what the server gets in place of the application's iterable.

    Args:
        result: what the application returned.
        exchange: is told of each chunk and of the end.
        file_wrapper: ``environ["wsgi.file_wrapper"]``, or None.
    """
    if type(result) in (list, tuple):
        return _ListBody(result, exchange)
    if result is None or isinstance(result, bytes | str):
        return _take_whole(result, exchange)
    if _is_servers_file(result, file_wrapper):
        return _wrap_file(result, exchange)
    if hasattr(cast("type[object]", type(result)), "__next__"):
        return (_SizedIteratorBody if has_length(result) else _IteratorBody)(result, exchange)
    return (_SizedBody if has_length(result) else _IterableBody)(result, exchange)


def _take_whole(result: bytes | str | None, exchange: ServerExchange) -> bytes | str | None:
    """Leave a body that is no iterable of chunks as it is: eventlet and uWSGI know it and send it
    in one piece, other servers refuse it. That there is none at all is the application's error.
    """
    if result is None:
        exchange.fail(TypeError("the application returned None"))
    with exchange.guard:
        if exchange.tee is not None and isinstance(result, bytes):
            exchange.tee.add(result)
            exchange.whole = True
    exchange.end()
    return result


def _is_servers_file(result: Any, file_wrapper: Any) -> bool:
    """Say whether the server will know this object as a file to send.

    The wrapper is a class, as in PEP 3333's example, or, in uWSGI, a function that returns the file
    it was given.
    """
    if isinstance(file_wrapper, type):
        return isinstance(result, file_wrapper)
    return callable(file_wrapper) and hasattr(result, "read") and hasattr(result, "close")


class _ListBody(list[Any]):
    """A list that ends the span when the server closes it; iterates as fast as a list."""

    __slots__ = ("_exchange",)

    def __init__(self, chunks: Any, exchange: ServerExchange) -> None:
        super().__init__(chunks)
        self._exchange = exchange
        tee = exchange.tee
        if tee is None:
            return
        try:
            for chunk in self:
                tee.add(chunk)
            exchange.whole = True
        except Exception as error:  # once a request: cheaper than a guard around it
            if not exchange.guard.absorb(error):
                raise

    def __reduce_ex__(self, _protocol: Any) -> Any:
        """Let a copy be a list: what becomes of it is not the request's end."""
        return list, (list(self),)

    def close(self) -> None:
        """End the span."""
        self._exchange.end()

    def __del__(self) -> None:
        self._exchange.end()


class _Iterating:
    """Iterates the application's body inside its context."""

    __slots__ = ()

    _exchange: ServerExchange
    _iterator: Iterator[Any]

    def __iter__(self) -> Iterator[Any]:
        return self

    def __next__(self) -> Any:
        exchange = self._exchange
        token = context_api.attach(exchange.context)
        try:
            chunk = next(self._iterator)
        except StopIteration:
            exchange.whole = True
            raise
        except BaseException as error:
            exchange.fail(error)
            if not isinstance(error, Exception):
                exchange.end()  # the process may be about to end, without closing anything
            raise
        finally:
            context_api.detach(token)
        tee = exchange.tee
        if tee is not None:
            try:
                tee.add(chunk)
            except Exception as error:  # once a chunk: cheaper than a guard around it
                if not exchange.guard.absorb(error):
                    raise
        return chunk


class _Chunks(_Iterating):
    """One iteration of a body that can be iterated anew."""

    __slots__ = ("_body", "_exchange", "_iterator")

    def __init__(self, body: _IterableBody, exchange: ServerExchange, iterator: Any) -> None:
        self._body = body  # which ends the span when it is given up
        self._exchange = exchange
        self._iterator = iterator


class _IterableBody:
    """Stands in for the application's body: iterates it inside its context, and closes it there.

    Of an iterable each iteration begins anew, and of an iterator none does: as of what the
    application returned.
    """

    __slots__ = ("_closed", "_exchange", "_source")

    def __init__(self, source: Any, exchange: ServerExchange) -> None:
        self._source = source
        self._exchange = exchange
        self._closed = False

    def __iter__(self) -> Iterator[Any]:
        exchange = self._exchange
        token = context_api.attach(exchange.context)
        try:
            return _Chunks(self, exchange, iter(self._source))
        except BaseException as error:
            exchange.fail(error)
            raise
        finally:
            context_api.detach(token)

    def close(self) -> None:
        """Close the application's body, though it was never iterated, and end the span."""
        if self._closed:
            return
        self._closed = True
        exchange = self._exchange
        token = context_api.attach(exchange.context)
        try:
            close = getattr(self._source, "close", None)
            if close is not None:
                close()
        except BaseException as error:
            exchange.fail(error)
            raise
        finally:
            context_api.detach(token)
            exchange.end()

    def __reduce_ex__(self, _protocol: Any) -> Any:
        """Let a copy be one of the application's object."""
        return as_copied(self._source)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._source, name)

    def __del__(self) -> None:
        # A server that never closes (PEP 3333 demands it) must not lose the span.
        self._exchange.end()


class _IteratorBody(_Iterating, _IterableBody):
    """For a body that is its own iterator, as a generator is."""

    __slots__ = ("_iterator",)

    def __init__(self, source: Any, exchange: ServerExchange) -> None:
        super().__init__(source, exchange)
        self._iterator = source


class _SizedBody(_IterableBody):
    """For a body that has a length: servers make Content-Length of it."""

    __slots__ = ()

    def __len__(self) -> int:
        return len(self._source)


class _SizedIteratorBody(_IteratorBody):
    """Likewise, where it iterates itself."""

    __slots__ = ()

    def __len__(self) -> int:
        return len(self._source)


def _wrap_file(result: Any, exchange: ServerExchange) -> Any:
    """Keep the server's own file wrapper, so that sendfile works; look at the file beside it."""
    with exchange.guard:
        source = getattr(result, "filelike", None) or getattr(result, "file", None) or result
        if exchange.tee is not None and source is not None:
            _peek(source, exchange.tee)
            exchange.whole = True
    close: Callable[[], Any] | None = getattr(result, "close", None)

    def close_and_end() -> None:
        token = context_api.attach(exchange.context)
        try:
            if close is not None:
                close()
        finally:
            context_api.detach(token)
            exchange.end()

    try:
        result.close = close_and_end
    except AttributeError:
        own = hasattr(cast("type[object]", type(result)), "__next__")
        return (_IteratorBody if own else _IterableBody)(result, exchange)
    return result


def _peek(source: Any, tee: Tee) -> None:
    """Copy the file's first bytes without moving its position; count the rest unread."""
    if isinstance(source, io.BytesIO):
        view = source.getbuffer()[source.tell() :]
        tee.add(view)
        view.release()
        return
    try:
        offset = source.tell()
    except (AttributeError, OSError, ValueError):
        return
    peek_descriptor(source, tee, offset, None)
