"""Messages in pieces, so that no more than one of them is ever unfolded into objects.

An object takes up to ninety times the bytes that it came in: a message of empty attributes or
spans, which compress to nothing, would take gigabytes. What cannot be in pieces, such as one large
span, is weighed before anybody reads it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Final, TypeAlias

from otelhook.otlp.wire import ONE_BYTE, block

__all__ = ["PIECE", "fields_of", "pieces", "varint", "weigh"]

PIECE: Final = 64 * 1024
"""Bytes of spans that are read at once; a single span may have more."""

_OBJECT: Final = 224
"""Bytes that an object takes: protobuf's own, and what is kept of it for the index."""

_STEP: Final = 1024**2
"""Bytes that are reserved at once, so that weighing ends where there is no more to have."""

_RESOURCE_SPANS: Final = 0x0A  # of TracesData
_SCOPE_SPANS: Final = 0x12  # of ResourceSpans
_SPAN: Final = 0x12  # of ScopeSpans
_LEVELS: Final = (_RESOURCE_SPANS, _SCOPE_SPANS, _SPAN)
_WITHIN: Final = frozenset({0x0A, 0x12, 0x1A})
_LONGEST: Final = 63
"""Bits before which a number ends."""

Reserve: TypeAlias = Callable[[int], None]


def pieces(data: bytes, reserve: Reserve) -> Iterator[bytes]:
    """Yield messages that say together what one says; a small one as it is.

    Args:
        data: OTLP ``TracesData`` or ``ExportTraceServiceRequest``; it may be damaged.
        reserve: told of bytes that will be taken beyond those of a piece; what it raises goes on.
    """
    if len(data) <= PIECE:
        yield data
    elif _head(data, 0, len(data), _RESOURCE_SPANS) == b"":
        yield from _split(data, (0, len(data)), 0, bytes, reserve)
    else:
        yield _weighed(data, reserve)


def _split(
    data: bytes,
    bounds: tuple[int, int],
    level: int,
    wrap: Callable[[bytes], bytes],
    reserve: Reserve,
) -> Iterator[bytes]:
    """Yield fields of a level, as many as make a piece; those that are larger by their fields."""
    at, end = bounds
    run, held = at, 0
    while at < end:
        tag = data[at]
        size, first = varint(data, at + 1)
        stop = first + size
        if run < at and (stop - run > PIECE or tag != _LEVELS[level]):
            reserve(held * _OBJECT)
            yield wrap(data[run:at])
            run, held = at, 0
        if tag != _LEVELS[level]:  # the head has it
            run = stop
        elif stop - at > PIECE:
            yield from _large(data, (at, first, stop), level, wrap, reserve)
            run = stop
        else:
            held += 1
        at = stop
    if run < end:
        reserve(held * _OBJECT)
        yield wrap(data[run:end])


def _large(
    data: bytes,
    field: tuple[int, int, int],
    level: int,
    wrap: Callable[[bytes], bytes],
    reserve: Reserve,
) -> Iterator[bytes]:
    begin, first, stop = field
    tag, below = data[begin : begin + 1], level + 1
    head = _head(data, first, stop, _LEVELS[below]) if below < len(_LEVELS) else None
    if head is None or len(head) > PIECE:  # it would come again with every piece
        yield _weighed(wrap(data[begin:stop]), reserve)
        return

    def within(content: bytes) -> bytes:
        return wrap(block(tag, head + content))

    yield from _split(data, (first, stop), below, within, reserve)


def _head(data: bytes, at: int, end: int, child: int) -> bytes | None:
    """Return what a message says beside its children; None if it is not one of plain fields."""
    found: list[bytes] = []
    try:
        while at < end:
            tag = data[at]
            if tag not in _WITHIN:
                return None
            size, first = varint(data, at + 1)
            if tag != child:
                found.append(data[at : first + size])
            at = first + size
    except IndexError:
        return None
    return b"".join(found) if at == end else None


def _weighed(data: bytes, reserve: Reserve) -> bytes:
    weigh(data, reserve)
    return data


_Table: TypeAlias = "Mapping[int, _Table]"
_VALUE: dict[int, _Table] = {}
_PAIR: _Table = {0x12: _VALUE}
_VALUE.update({0x2A: {0x0A: _VALUE}, 0x32: {0x0A: _PAIR}})
_SPAN_FIELDS: _Table = {0x4A: _PAIR, 0x5A: {0x1A: _PAIR}, 0x6A: {0x22: _PAIR}, 0x7A: {}}
_RESOURCE: _Table = {0x0A: _PAIR, 0x1A: {}}
_MESSAGE: _Table = {
    _RESOURCE_SPANS: {0x0A: _RESOURCE, _SCOPE_SPANS: {0x0A: {0x1A: _PAIR}, _SPAN: _SPAN_FIELDS}}
}
"""The fields of ``TracesData`` that are messages, by their tags, each with those of its own."""


def weigh(data: bytes, reserve: Reserve) -> None:
    """Reserve what the objects of a message will take, before there is one.

    Args:
        data: OTLP ``TracesData``; of a damaged one it is what is read before the damage is.
        reserve: told of bytes, some at a time; what it raises goes on.
    """
    owed = len(data)
    within: list[tuple[int, _Table]] = []
    at, end, table = 0, len(data), _MESSAGE
    try:
        while True:
            while at >= end:
                if not within:
                    reserve(owed)
                    return
                end, table = within.pop()
            tag, at = varint(data, at)
            kind = tag & 7
            if kind != _TEXT:
                at = varint(data, at)[1] if not kind else at + _SIZES.get(kind, 0)
                continue
            size, at = varint(data, at)
            below = table.get(tag)
            if below is None:
                at += size
                continue
            owed += _OBJECT
            if owed >= _STEP:
                reserve(owed)
                owed = 0
            within.append((end, table))
            end, table = min(at + size, end), below
    except IndexError:  # protobuf says so too
        reserve(owed)


def fields_of(data: bytes, at: int, end: int) -> Iterator[tuple[int, int, int]]:
    """Yield the fields of a message that are texts or messages: tag, beginning and end.

    Raises:
        IndexError: it is damaged.
    """
    while at < end:
        tag, at = varint(data, at)
        kind = tag & 7
        if kind != _TEXT:
            if kind and kind not in _SIZES:
                raise IndexError
            at = at + _SIZES[kind] if kind else varint(data, at)[1]
            continue
        size, at = varint(data, at)
        if at + size > end:
            raise IndexError
        yield tag, at, at + size
        at += size


_TEXT: Final = 2
_SIZES: Final = {1: 8, 5: 4}
"""Of wire types, bytes."""


def varint(data: bytes, at: int) -> tuple[int, int]:
    """Return the number at a place of a message (protobuf's base 128), and where it ends.

    Raises:
        IndexError: the data ends before it, or it is longer than any number.
    """
    byte = data[at]
    if byte < ONE_BYTE:
        return byte, at + 1
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        if byte < ONE_BYTE:
            return value, at
        shift += 7
        if shift > _LONGEST:
            raise IndexError
