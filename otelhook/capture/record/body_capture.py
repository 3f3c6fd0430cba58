"""Bodies of `requests` and urllib3, copied while they are sent and read."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from otelhook.capture.guard import Guard
from otelhook.capture.record.body_reader import BodyReader
from otelhook.capture.record.copies import as_copied
from otelhook.capture.record.noted_reads import Reading, let_tell
from otelhook.capture.record.tee import Tee, has_length

_DRAINED_AT_ONCE = 65_536

__all__ = ["SentBody", "drain", "tee_response", "tee_sent"]


class SentBody:
    """A request's body on its way out.

    ``replacement`` is what is sent: the caller's own object, or a stand-in that reads from it
    and notes what it read.
    """

    __slots__ = ("ended", "replacement", "tee")

    def __init__(self, limit: int) -> None:
        self.tee = Tee(limit)
        self.ended = False
        """Whether all of the body was seen."""
        self.replacement: Any = None


def tee_sent(
    body: Any,
    limit: int,
    guard: Guard,
    *,
    into: SentBody | None = None,
) -> SentBody:
    """Prepare a body of any kind that can be sent: bytes and their like, str, file, iterable.

    Args:
        body: the caller's own.
        limit: bytes kept at most.
        guard: absorbs failures of ours.
        into: what notes it, if it is a further piece of a body.
    """
    sent = SentBody(limit) if into is None else into
    sent.replacement = body
    if body is None:
        sent.ended = True
    elif isinstance(body, bytes | bytearray):
        sent.tee.add(body)
        sent.ended = True
    elif isinstance(body, str):
        sent.tee.add(body.encode("utf-8", "surrogatepass"))
        sent.ended = True
    elif hasattr(body, "read"):
        sent.replacement = (_SizedFile if has_length(body) else _File)(body, sent, guard)
    elif (view := _bytes_of(body)) is not None:
        sent.tee.add(view)
        sent.ended = True
    elif hasattr(body, "__iter__"):
        sent.replacement = (_SizedChunks if has_length(body) else _Chunks)(body, sent, guard)
    return sent


def _bytes_of(body: Any) -> memoryview | None:
    """Return a view of what is sent as one piece: an array, a view, all that is like bytes."""
    try:
        return memoryview(body).cast("B")
    except TypeError:
        return None


class _StandIn:
    """Reaches everything else of the caller's object."""

    __slots__ = ("_begun", "_guard", "_rewound", "_sent", "_source")

    def __init__(self, source: Any, sent: SentBody, guard: Guard) -> None:
        self._source = source
        self._begun = self._rewound = False
        self._sent = sent
        self._guard = guard

    def _note(self, chunk: Any) -> Any:
        with self._guard:
            if chunk:
                self._sent.tee.add(
                    chunk.encode("utf-8", "surrogatepass") if isinstance(chunk, str) else chunk
                )
            else:
                self._sent.ended = True
        return chunk

    def _restart(self) -> None:
        self._sent.tee.restart()
        self._sent.ended = False

    def __iter__(self) -> Iterator[Any]:
        if self._begun:
            # Begun anew for a second attempt: what the first one sent is not counted.
            self._restart()
        self._begun = True
        for chunk in self._source:
            if chunk:
                self._note(chunk)
            yield chunk
        self._sent.ended = True

    def __reduce_ex__(self, _protocol: Any) -> Any:
        return as_copied(self._source)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._source, name)


class _Chunks(_StandIn):
    """Stands in for a generator or another iterable."""

    __slots__ = ()


class _SizedChunks(_Chunks):
    __slots__ = ()

    def __len__(self) -> int:
        return len(self._source)


class _File(_StandIn):
    """Stands in for a file; says the same class, since senders ask whether it is a text file."""

    __slots__ = ()

    @property  # type: ignore[misc]
    def __class__(self) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride]
        return self._source.__class__

    def read(self, *args: Any, **kwargs: Any) -> Any:
        """Read as the caller's file does."""
        if self._rewound:
            self._rewound = False
            with self._guard:
                self._restart()
        chunk = self._source.read(*args, **kwargs)
        if not args or args[0] is None or args[0] < 0:
            self._sent.ended = True
        return self._note(chunk)

    def seek(self, *args: Any, **kwargs: Any) -> Any:
        """Rewind: counting begins again with the next read, which may be a second attempt's."""
        self._rewound = True
        return self._source.seek(*args, **kwargs)


class _SizedFile(_File):
    __slots__ = ()

    def __len__(self) -> int:
        return len(self._source)


def _is_read(response: Any, _: object = None) -> bool:
    """Say whether nothing is left to read, as urllib3's own ``stream`` decides it.

    ``length_remaining == 0`` is not enough: a decoder may still hold bytes.
    """
    source = response._fp  # noqa: SLF001
    # Once a chunk: what `is_fp_closed` asks for first, without asking it.
    is_closed = getattr(source, "isclosed", None)
    if not (_is_fp_closed()(source) if is_closed is None else is_closed()):
        return False
    if len(getattr(response, "_decoded_buffer", b"")):
        return False
    decoder = getattr(response, "_decoder", None)
    return not getattr(decoder, "has_unconsumed_tail", False)


@cache
def _is_fp_closed() -> Callable[[Any], bool]:
    from urllib3.util.response import is_fp_closed

    return is_fp_closed


def _decodes(response: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    asked = kwargs.get("decode_content", args[1] if len(args) > 1 else None)
    return bool(response.decode_content if asked is None else asked)


_URLLIB3 = Reading(
    ("read", "read1", "read_chunked"),
    is_over=_is_read,
    decodes=_decodes,
)
"""``stream``, ``data``, ``readinto``, iteration and all of `requests` go through these."""

_ANY = Reading(
    ("read", "read1", "readinto", "readline", "stream", "data"),
    is_over=lambda _, found: isinstance(found, bytes | int) and not found,
)


def drain(response: Any) -> None:
    """Read what urllib3 is about to throw away, before it tries again: it reads below `read`."""
    reader: BodyReader | None = response.__dict__.get("_otelhook_reader")
    if reader is None or reader.tee.size:
        return
    from http.client import HTTPException

    from urllib3.exceptions import HTTPError

    with contextlib.suppress(HTTPError, HTTPException, OSError):
        while response.read(_DRAINED_AT_ONCE, decode_content=False):
            pass


@cache
def _urllib3_response() -> type:
    from urllib3.response import HTTPResponse

    return HTTPResponse


def tee_response(raw: Any, reader: BodyReader) -> bool:
    """Let a urllib3 response, or what stands in for one, tell the reader what is read of it.

    Returns:
        False if this is no response that can be teed; then nothing was changed.
    """
    if isinstance(raw, _urllib3_response()):
        return let_tell(raw, reader, _URLLIB3)
    return callable(getattr(raw, "read", None)) and let_tell(raw, reader, _ANY)
