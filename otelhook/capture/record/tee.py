"""A bounded copy of what flows by."""

from __future__ import annotations

from typing import Any

__all__ = ["Tee", "filled", "has_length"]


def has_length(source: Any) -> bool:
    """Say whether ``len()`` works: what stands in for the object must then have a length too."""
    return hasattr(source.__class__, "__len__")


def filled(buffer: Any, count: int | None) -> memoryview | bytes:
    """Return the bytes that a read has put into a buffer, whatever the buffer is an array of."""
    view = memoryview(buffer)
    try:
        return view.cast("B")[: count or 0]
    except TypeError:  # of a structure, which cannot be seen as anything else
        return view.tobytes()[: count or 0]


class Tee:
    """Keeps the first bytes of a body and counts them all.

    Args:
        limit: bytes kept at most, whatever the body's size.
    """

    __slots__ = ("_kept", "_room", "limit", "size")

    def __init__(self, limit: int) -> None:
        self.limit = limit
        """Bytes kept at most."""
        self._room = limit
        self._kept: bytes | bytearray = b""
        self.size = 0
        """Bytes that flowed by."""

    def add(self, chunk: bytes | bytearray | memoryview) -> None:
        """Note one chunk; the first is kept without a copy where that is possible.

        What holds no bytes is left to whoever takes it: they refuse it, or make bytes of it.
        """
        if type(chunk) is bytes:
            if self._room <= 0:  # most chunks of a long body
                self.size += len(chunk)
                return
        elif not isinstance(chunk, bytearray | memoryview):
            try:
                chunk = memoryview(chunk)
            except TypeError:
                return
        length = len(chunk) if not isinstance(chunk, memoryview) else chunk.nbytes
        if not length:
            return
        self.size += length
        room = self._room
        if room <= 0:
            return
        if length > room:
            chunk = chunk[:room] if not isinstance(chunk, memoryview) else chunk.cast("B")[:room]
            length = room
        self._room = room - length
        if not self._kept:
            self._kept = chunk if isinstance(chunk, bytes) else bytes(chunk)
        elif isinstance(self._kept, bytearray):
            self._kept += chunk
        else:
            self._kept = bytearray(self._kept)
            self._kept += chunk

    def set_limit(self, limit: int) -> None:
        """Keep at most so many from now on, and of what was kept; more than before if it is more
        and nothing was left out yet.
        """
        if limit < len(self._kept):
            self._kept = bytes(self._kept[:limit])
        whole = self.size == len(self._kept)
        self.limit = limit if whole or limit < self.limit else self.limit
        self._room = self.limit - len(self._kept) if whole else 0

    def restart(self) -> None:
        """Forget all: the body is sent or read from its beginning again."""
        self._room = self.limit
        self._kept = b""
        self.size = 0

    def forget(self) -> None:
        """Let go of the copy, which was recorded; how much flowed by is still known."""
        self._room = 0
        self._kept = b""

    @property
    def kept(self) -> bytes:
        """The first bytes, at most the limit."""
        return bytes(self._kept)
