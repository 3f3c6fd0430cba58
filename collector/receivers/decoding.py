"""What a sender sent, as spans: out of its compression, within a bound, out of its encoding."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from otelhook.collector.receivers.budget import Share
from otelhook.collector.receivers.refusals import Reason, RefusalError
from otelhook.errors import DamagedDataError
from otelhook.otlp import Decoded, encode_traces, read_traces_json
from otelhook.store import Block, block_of

__all__ = ["JSON", "PROTOBUF", "DecodedRequest", "content_of", "decode", "inflate"]

PROTOBUF: Final = "application/x-protobuf"
JSON: Final = "application/json"

_PIECE: Final = 256 * 1024


@dataclass(frozen=True, slots=True)
class DecodedRequest:
    """The spans of one request, and a sentence on each that had to be left out."""

    block: Block | None
    """None if there are none."""
    skipped: Sequence[str]

    @property
    def spans(self) -> int:
        """How many there are."""
        return 0 if self.block is None else self.block.spans


def decode(data: bytes, media_type: str) -> DecodedRequest:
    """Return the spans of a request; those without valid ids are left out and named.

    Raises:
        RefusalError: the type is none of OTLP's, or the bytes are not of that type.
    """
    read = _READERS.get(media_type)
    if read is None:
        message = f"Content-Type {media_type[:80]!r}: expected {' or '.join(_READERS)}"
        raise RefusalError(Reason.UNKNOWN_TYPE, message)
    try:
        return read(data)
    except DamagedDataError as error:
        raise RefusalError(Reason.MALFORMED, str(error)) from None


def content_of(decoded: Decoded) -> DecodedRequest:
    """Return spans that came in another form than protobuf as those that came in it."""
    return DecodedRequest(block_of([encode_traces(decoded.spans)])[0], decoded.skipped)


def _protobuf(data: bytes) -> DecodedRequest:
    return DecodedRequest(*block_of([data]))


def _json(data: bytes) -> DecodedRequest:
    return content_of(read_traces_json(data))


_READERS: Mapping[str, Callable[[bytes], DecodedRequest]] = MappingProxyType(
    {PROTOBUF: _protobuf, JSON: _json}
)


def inflate(data: bytes, limit: int, share: Share) -> bytes:
    """Return what is in a gzip body, all of its members.

    Args:
        data: the body as it came.
        limit: bytes at most; it is stopped there, so that a bomb never unfolds.
        share: grows by what unfolds.

    Raises:
        RefusalError: it is damaged, above the limit, or above the collector's budget.
    """
    pieces: list[bytes] = []
    size = 0
    while data:
        inflater = zlib.decompressobj(zlib.MAX_WBITS | 16)
        while not inflater.eof:
            try:
                piece = inflater.decompress(data, _PIECE)
            except zlib.error as error:
                message = f"Content-Encoding gzip: damaged: {error}"
                raise RefusalError(Reason.MALFORMED, message) from None
            data = inflater.unconsumed_tail
            size += len(piece)
            if size > limit:
                message = f"decompresses to more than {limit} bytes: send smaller batches"
                raise RefusalError(Reason.TOO_LARGE, message)
            if not piece and not data and not inflater.eof:
                message = "Content-Encoding gzip: truncated"
                raise RefusalError(Reason.MALFORMED, message)
            share.grow(len(piece))
            pieces.append(piece)
        data = inflater.unused_data
    return b"".join(pieces)
