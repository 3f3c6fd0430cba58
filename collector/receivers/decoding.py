"""What a sender sent, as spans: out of its compression, within a bound, out of its encoding.

Objects take many times the bytes that they came in. What they will take is reserved before they
are made, of the budget that all requests share.
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from otelhook.codings import Gunzip
from otelhook.collector.receivers.budget import Share
from otelhook.collector.receivers.refusals import Reason, RefusalError
from otelhook.errors import DamagedDataError
from otelhook.otlp import (
    Decoded,
    OtherSignal,
    count_items,
    count_items_json,
    encode_traces,
    pieces,
    read_traces_json,
)
from otelhook.store import Block, BlockBuilder

__all__ = ["JSON", "PROTOBUF", "DecodedRequest", "content_of", "count_other", "decode", "inflate"]

PROTOBUF: Final = "application/x-protobuf"
JSON: Final = "application/json"

_SAID: Final = 3
"""Spans of a request that are named where they are left out."""

_SMALL: Final = 64 * 1024
"""Bytes of a body of which nothing is reserved: hardly anybody sends less that takes much."""

_JSON_COSTS: Final = ((b"{", 1200), (b"[", 128), (b",", 72), (b'"', 48))
"""Bytes that what begins with a sign takes at most, as JSON's objects, then as spans."""


@dataclass(slots=True)
class LeftOut:
    """Spans of a request that cannot be kept."""

    count: int = 0
    said: list[str] = field(default_factory=list[str])
    """A sentence on each of the first."""

    def add(self, sentences: Sequence[str]) -> None:
        """Count further spans."""
        self.count += len(sentences)
        self.said += sentences[: _SAID - len(self.said)]


@dataclass(frozen=True, slots=True)
class DecodedRequest:
    """The spans of one request, and what had to be left out."""

    blocks: tuple[Block, ...]
    left_out: LeftOut = field(default_factory=LeftOut)

    @property
    def spans(self) -> int:
        """How many there are."""
        return sum(block.spans for block in self.blocks)

    @property
    def size(self) -> int:
        """Bytes of memory that they take, about."""
        return sum(block.stored for block in self.blocks)


def decode(data: bytes, media_type: str, share: Share) -> DecodedRequest:
    """Return the spans of a request; those without valid ids are left out and named.

    Args:
        data: the request's body.
        media_type: how it is encoded.
        share: grows by what its objects take, and is what the result takes in the end.

    Raises:
        RefusalError: the type is none of OTLP's, the bytes are not of that type, or their objects
            would be above the collector's budget.
    """
    read = _READERS.get(media_type)
    if read is None:
        raise _unknown(media_type)
    try:
        content = read(data, share)
    except DamagedDataError as error:
        raise RefusalError(Reason.MALFORMED, str(error)) from None
    share.hold(content.size)
    return content


def count_other(data: bytes, media_type: str, signal: OtherSignal, share: Share) -> int:
    """Return how many items of another signal a request has; nothing is kept of them.

    Raises:
        RefusalError: as `decode` does.
    """
    try:
        if media_type == PROTOBUF:
            return count_items(data, signal)
        if media_type == JSON:
            _reserve_json(data, share)
            return count_items_json(json.loads(data), signal)
    except (DamagedDataError, ValueError, RecursionError) as error:
        raise RefusalError(Reason.MALFORMED, str(error)) from None
    raise _unknown(media_type)


def content_of(decoded: Decoded, share: Share) -> DecodedRequest:
    """Return spans that came in another form than protobuf as those that came in it."""
    left_out = LeftOut()
    left_out.add(decoded.skipped)
    return DecodedRequest(tuple(_blocks([encode_traces(decoded.spans)], left_out, share)), left_out)


def _protobuf(data: bytes, share: Share) -> DecodedRequest:
    left_out = LeftOut()
    return DecodedRequest(tuple(_blocks([data], left_out, share)), left_out)


def _unknown(media_type: str) -> RefusalError:
    message = f"Content-Type {media_type[:80]!r}: expected {' or '.join(_READERS)}"
    return RefusalError(Reason.UNKNOWN_TYPE, message)


def _reserve_json(data: bytes, share: Share) -> None:
    if len(data) > _SMALL:
        text = len(data) * (1 if data.isascii() else 4)
        share.grow(text + sum(cost * data.count(sign) for sign, cost in _JSON_COSTS))


def _json(data: bytes, share: Share) -> DecodedRequest:
    _reserve_json(data, share)
    return content_of(read_traces_json(data), share)


def _blocks(messages: Iterable[bytes], left_out: LeftOut, share: Share) -> Iterator[Block]:
    builder = BlockBuilder(quick=True)
    for message in messages:
        for piece in pieces(message, share.grow):
            left_out.add(builder.add(piece))
            if builder.is_full:
                yield from _finished(builder, share)
                builder = BlockBuilder(quick=True)
    yield from _finished(builder, share)


def _finished(builder: BlockBuilder, share: Share) -> Iterator[Block]:
    block = builder.finish()
    if block is not None:
        share.grow(block.stored)
        yield block


_READERS: Mapping[str, Callable[[bytes, Share], DecodedRequest]] = MappingProxyType(
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
    found = bytearray()
    try:
        for piece in Gunzip(data):
            if len(found) + len(piece) > limit:
                message = f"decompresses to more than {limit} bytes: send smaller batches"
                raise RefusalError(Reason.TOO_LARGE, message)
            share.grow(len(piece))
            found += piece
    except zlib.error as error:
        message = f"Content-Encoding gzip: damaged: {error}"
        raise RefusalError(Reason.MALFORMED, message) from None
    except EOFError:
        message = "Content-Encoding gzip: truncated"
        raise RefusalError(Reason.MALFORMED, message) from None
    return share.copied(found)
