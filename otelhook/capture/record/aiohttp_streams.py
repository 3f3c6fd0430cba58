"""Bodies of aiohttp's client and server, copied on their way through its streams and writers."""

from __future__ import annotations

from collections import deque
from typing import Any, Protocol, cast

from otelhook.capture.record.body_reader import BodyReader
from otelhook.capture.record.replaced_methods import called_through
from otelhook.capture.record.tee import Tee

__all__ = ["note_stream", "note_writer"]


class _Noting(deque[bytes]):
    """The buffer of a stream: what the parser appends is noted, whoever reads it and however.

    A stream has slots, and its class is the program's: only its buffer is ours to replace.
    """

    reader: BodyReader
    decoded: bool

    def append(self, data: bytes, /) -> None:
        super().append(data)
        reader = self.reader
        try:
            reader.note(data, decoded=self.decoded)
        except Exception as error:  # once a chunk: cheaper than a guard around it
            if not reader.guard.absorb(error):
                raise

    def __del__(self) -> None:
        # The stream is gone without having ended: what came must not be lost.
        reader = self.reader
        with reader.guard:
            reader.finish()


def note_stream(stream: Any, reader: BodyReader, *, decoded: bool) -> bool:
    """Let a stream of aiohttp's tell a reader of all that comes, what has come included.

    Args:
        stream: a ``StreamReader``.
        reader: takes what comes, and is told of the end.
        decoded: whether content codings are removed on the way.

    Returns:
        False if it is no such stream, or has been read from; then nothing was changed.
    """
    found: object = getattr(stream, "_buffer", None)
    if type(found) is not deque:
        return False
    buffer = cast("deque[bytes]", found)
    noting = _Noting(buffer)
    noting.reader, noting.decoded = reader, decoded
    for data in buffer:
        reader.note(data, decoded=decoded)

    def ended() -> None:
        with reader.guard:
            reader.whole = True
            reader.finish()

    stream._buffer = noting  # noqa: SLF001 - see above
    if stream.is_eof():
        ended()
    else:
        stream.on_eof(ended)
    return True


class Ended(Protocol):
    """Is told whether all of a body has been written."""

    def __call__(self, *, whole: bool) -> None:
        """Take it."""
        ...


def note_writer(writer: Any, tee: Tee, ended: Ended) -> bool:
    """Note what is written to a writer of aiohttp's, before it is framed or compressed.

    Args:
        writer: a ``StreamWriter``.
        tee: takes the copy.
        ended: is told of the beginning and of the end.

    Returns:
        Whether the writer compresses, so that what was noted has no content coding.
    """
    write, write_eof = called_through(writer.write), called_through(writer.write_eof)
    ended(whole=False)

    def noting_write(chunk: Any, *args: Any, **kwargs: Any) -> Any:
        if isinstance(chunk, bytes | bytearray | memoryview):
            tee.add(bytes(cast("Any", chunk)))
        return write()(chunk, *args, **kwargs)

    def noting_write_eof(chunk: Any = b"", *args: Any, **kwargs: Any) -> Any:
        if isinstance(chunk, bytes | bytearray | memoryview):
            tee.add(bytes(cast("Any", chunk)))
        ended(whole=True)
        return write_eof()(chunk, *args, **kwargs)

    writer.write, writer.write_eof = noting_write, noting_write_eof
    return getattr(writer, "_compress", None) is not None
