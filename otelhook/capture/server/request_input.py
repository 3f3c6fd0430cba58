"""The request's body, copied as the application reads it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from otelhook.capture.guard import Guard
from otelhook.capture.record.copies import as_copied
from otelhook.capture.record.tee import Tee, filled

__all__ = ["InputTee"]


class InputTee:
    """Stands before ``wsgi.input``: every way to read it works as before and is noted.

    Arguments are passed through as they come, and nothing is read that the application does not
    read. What else the server's object can do is reached through it.
    """

    __slots__ = ("_guard", "_source", "ended", "tee")

    def __init__(self, source: Any, tee: Tee, guard: Guard) -> None:
        self._source = source
        self._guard = guard
        self.tee = tee
        self.ended = False
        """Whether the application has met the end of the body."""

    def _note(self, chunk: Any) -> Any:
        with self._guard:
            if chunk:
                self.tee.add(chunk)
            else:
                self.ended = True
        return chunk

    def read(self, *args: Any, **kwargs: Any) -> Any:
        """Read as the server's object does."""
        chunk = self._source.read(*args, **kwargs)
        if not args and not kwargs:
            self.ended = True
        return self._note(chunk) if args != (0,) else chunk

    def readline(self, *args: Any, **kwargs: Any) -> Any:
        """Read a line as the server's object does."""
        return self._note(self._source.readline(*args, **kwargs))

    def readlines(self, *args: Any, **kwargs: Any) -> Any:
        """Read lines as the server's object does."""
        lines = self._source.readlines(*args, **kwargs)
        with self._guard:
            for line in lines:
                self.tee.add(line)
        return lines

    def __iter__(self) -> Iterator[Any]:
        return _Lines(iter(self._source), self._note)

    def __reduce_ex__(self, _protocol: Any) -> Any:
        """Let a copy be one of the server's object: nothing is noted of what is read of it."""
        return as_copied(self._source)

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._source, name)
        if name == "read1":
            return self._read1(found)
        if name in ("readinto", "readinto1"):
            return self._readinto(found)
        return found

    def _read1(self, read: Callable[..., Any]) -> Callable[..., Any]:
        def read1(*args: Any, **kwargs: Any) -> Any:
            return self._note(read(*args, **kwargs))

        return read1

    def _readinto(self, read: Callable[[Any], Any]) -> Callable[[Any], Any]:
        def readinto(buffer: Any) -> Any:
            count = read(buffer)
            with self._guard:
                self._note(filled(buffer, count))
            return count

        return readinto


class _Lines:
    """Iterates lines; a class, so that nothing stays open when it is dropped."""

    __slots__ = ("_lines", "_note")

    def __init__(self, lines: Iterator[Any], note: Callable[[Any], Any]) -> None:
        self._lines = lines
        self._note = note

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> Any:
        return self._note(next(self._lines))
