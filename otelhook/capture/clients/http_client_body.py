"""Bodies of http.client: responses copied as they are read, chunks that the caller framed."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from otelhook.capture.record.body_capture import BodyReader
from otelhook.capture.record.tee import teed_class

if TYPE_CHECKING:
    from http.client import HTTPResponse

    _Response = HTTPResponse
else:
    _Response = object  # eventlet has an http.client of its own

__all__ = ["tee_http_response", "without_framing"]

_Found = TypeVar("_Found", bytes, int)


class _TeedResponse(_Response):
    """The ways to read a response of http.client, noted.

    They call each other, in other ways in each version of Python: only what the outermost
    returns is noted.
    """

    otelhook_reader: BodyReader
    otelhook_busy: bool

    def read(self, *args: Any, **kwargs: Any) -> bytes:  # noqa: ANN401
        return self._otelhook_noted(super().read, *args, **kwargs)

    def read1(self, *args: Any, **kwargs: Any) -> bytes:  # noqa: ANN401
        return self._otelhook_noted(super().read1, *args, **kwargs)

    def readline(self, *args: Any, **kwargs: Any) -> bytes:  # noqa: ANN401
        return self._otelhook_noted(super().readline, *args, **kwargs)

    def readinto(self, b: Any) -> int:  # noqa: ANN401
        return self._otelhook_noted(super().readinto, b)

    def _otelhook_noted(self, read: Callable[..., _Found], *args: Any, **kwargs: Any) -> _Found:  # noqa: ANN401
        if self.otelhook_busy:
            return read(*args, **kwargs)
        reader = self.otelhook_reader
        self.otelhook_busy = True
        try:
            found = read(*args, **kwargs)
        except BaseException as error:
            with reader.guard:
                reader.finish(error)
            raise
        finally:
            self.otelhook_busy = False
        with reader.guard:
            chunk = bytes(memoryview(args[0])[:found]) if isinstance(found, int) else found
            reader.note(chunk, decoded=False)
            if self.isclosed():
                reader.whole = True
                reader.finish()
        return found

    def close(self) -> None:
        super().close()
        if not self.otelhook_busy:
            with self.otelhook_reader.guard:
                self.otelhook_reader.finish()

    def __del__(self) -> None:
        # Dropped without being read to its end: what was read must not be lost.
        with self.otelhook_reader.guard:
            self.otelhook_reader.finish()
        io.IOBase.__del__(self)


def tee_http_response(response: Any, reader: BodyReader) -> bool:  # noqa: ANN401
    """Let a response of http.client, or of eventlet's own copy of it, tell what is read of it.

    Returns:
        False if this is no such response, or teed already; then nothing was changed.
    """
    kind: Any = response.__class__
    known = any(
        one.__name__ == "HTTPResponse" and one.__module__.endswith("http.client")
        for one in kind.__mro__
    )
    if not known or hasattr(response, "otelhook_reader"):
        return False
    response.otelhook_reader = reader
    response.otelhook_busy = False
    response.__class__ = teed_class(_TeedResponse, kind)
    return True


def without_framing(kept: bytes) -> bytes:
    """Take the chunked coding (RFC 9112, 7.1) off a body's first bytes.

    What does not read as chunked comes back as it is: the caller may have sent it so.
    """
    body = bytearray()
    place = 0
    while place < len(kept):
        end = kept.find(b"\r\n", place)
        if end < 0:
            break
        digits = kept[place:end].partition(b";")[0].strip()
        try:
            size = int(digits, 16)
        except ValueError:
            return kept
        if size <= 0:
            break
        body += kept[end + 2 : end + 2 + size]
        place = end + 2 + size + 2
    return bytes(body)
