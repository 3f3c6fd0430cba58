"""Bodies of httpx, copied while a transport sends them and the program reads them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from typing import Any

from otelhook.capture.guard import Guard
from otelhook.capture.record.body_capture import SentBody
from otelhook.capture.record.body_reader import BodyReader
from otelhook.capture.record.copies import as_copied

__all__ = ["Streams", "streams_of"]


@dataclass(frozen=True, slots=True)
class Streams:
    """The stand-ins for one httpx: its clients ask of a stream whether it is of their own kind."""

    sync_received: Callable[[Any, BodyReader], Any]
    async_received: Callable[[Any, BodyReader], Any]
    sync_sent: type
    async_sent: type
    both: type
    """For what serves either client: bytes, forms, files."""
    sync_kind: type
    async_kind: type

    def sent(self, stream: Any, body: SentBody, guard: Guard) -> Any:
        """Note a request's body: at once if it is bytes, else while it is sent."""
        whole = getattr(stream, "_stream", getattr(stream, "_content", None))
        if isinstance(whole, bytes):
            body.tee.add(whole)
            body.ended = True
            return stream
        sync = isinstance(stream, self.sync_kind) or hasattr(stream, "__iter__")
        asynchronous = isinstance(stream, self.async_kind) or hasattr(stream, "__aiter__")
        if not (sync or asynchronous):
            return stream
        kind = self.both if sync and asynchronous else self.sync_sent if sync else self.async_sent
        return kind(stream, body, guard)


class _Sent:
    """Stands in for a request's body; everything else of it is reached."""

    def __init__(self, source: Any, body: SentBody, guard: Guard) -> None:
        self._otelhook = source, body, guard

    def _note(self, chunk: Any) -> None:
        _, body, guard = self._otelhook
        with guard:
            body.tee.add(chunk)

    def _begin(self) -> tuple[Any, SentBody]:
        source, body, _ = self._otelhook
        body.tee.restart()
        body.ended = False
        return source, body

    def __reduce_ex__(self, _protocol: Any) -> Any:
        return as_copied(self._otelhook[0])

    def __getattr__(self, name: str) -> Any:
        return getattr(self.__dict__["_otelhook"][0], name)


class _SyncSent(_Sent):
    def __iter__(self) -> Iterator[bytes]:
        source, body = self._begin()
        for chunk in source:
            self._note(chunk)
            yield chunk
        body.ended = True

    def close(self) -> None:
        self._otelhook[0].close()


class _AsyncSent(_Sent):
    async def __aiter__(self) -> AsyncIterator[bytes]:
        source, body = self._begin()
        async for chunk in source:
            self._note(chunk)
            yield chunk
        body.ended = True

    async def aclose(self) -> None:
        await self._otelhook[0].aclose()


class _Received:
    """Stands in for a response's body, within httpx's own wrapper of it."""

    def __init__(self, source: Any, reader: BodyReader) -> None:
        self._otelhook = source, reader

    def __reduce_ex__(self, _protocol: Any) -> Any:
        return as_copied(self._otelhook[0])

    def __getattr__(self, name: str) -> Any:
        return getattr(self.__dict__["_otelhook"][0], name)

    def __del__(self) -> None:
        # Dropped without being read: what was read must not be lost.
        reader = self._otelhook[1]
        with reader.guard:
            reader.finish()


class _SyncReceived(_Received):
    def __iter__(self) -> Iterator[bytes]:
        source, reader = self._otelhook
        try:
            for chunk in source:
                with reader.guard:
                    reader.note(chunk, decoded=False)
                yield chunk
        except GeneratorExit:
            raise
        except BaseException as error:
            with reader.guard:
                reader.finish(error)
            raise
        with reader.guard:
            reader.whole = True
            reader.finish()

    def close(self) -> None:
        source, reader = self._otelhook
        try:
            source.close()
        finally:
            with reader.guard:
                reader.finish()


class _AsyncReceived(_Received):
    async def __aiter__(self) -> AsyncIterator[bytes]:
        source, reader = self._otelhook
        try:
            async for chunk in source:
                with reader.guard:
                    reader.note(chunk, decoded=False)
                yield chunk
        except GeneratorExit:
            raise
        except BaseException as error:
            with reader.guard:
                reader.finish(error)
            raise
        with reader.guard:
            reader.whole = True
            reader.finish()

    async def aclose(self) -> None:
        source, reader = self._otelhook
        try:
            await source.aclose()
        finally:
            with reader.guard:
                reader.finish()


def streams_of(sync: type, asynchronous: type) -> Streams:
    """Make the stand-ins for streams that are known by these two classes."""
    both = (sync,) if sync is asynchronous else (asynchronous, sync)
    return Streams(
        sync_received=type("SyncByteStream", (_SyncReceived, sync), {}),
        async_received=type("AsyncByteStream", (_AsyncReceived, asynchronous), {}),
        sync_sent=type("SyncByteStream", (_SyncSent, sync), {}),
        async_sent=type("AsyncByteStream", (_AsyncSent, asynchronous), {}),
        both=type("ByteStream", (_SyncSent, _AsyncSent, *both), {}),
        sync_kind=sync,
        async_kind=asynchronous,
    )
