"""OTLP protobuf written as bytes: no message objects, the bytes of a key made once.

Field numbers are those of opentelemetry-proto's ``common.proto`` and ``trace.proto``. A field is
its tag, for text and messages a length, and its bytes; a scalar at its default is left out, as
proto3 has it, but not within the ``oneof`` of a value. The results are byte for byte what the
official classes serialise (tested).

Text that is not valid Unicode (lone surrogates) goes out with question marks; an integer that
OTLP's 64 bits cannot hold goes out as text.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from struct import Struct
from typing import cast

__all__ = [
    "LENGTH",
    "MAX_TIME",
    "MAX_UINT32",
    "ONE_BYTE",
    "block",
    "fixed32",
    "fixed64",
    "length_of",
    "number",
    "pairs",
    "text",
    "utf8",
]

MAX_UINT32 = 2**32 - 1
MAX_TIME = 2**64 - 1
_MAX_INT = 2**63 - 1
_MASK64 = 2**64 - 1

_DOUBLE = Struct("<d").pack
_FIXED64 = Struct("<Q").pack
_FIXED32 = Struct("<I").pack

ONE_BYTE = 128
"""The least number that takes more than a byte (protobuf's base 128)."""
_KEYS_KEPT = 4096
"""Keys whose bytes are kept; header names come from outside, so there must be a bound."""


def _varint(value: int) -> bytes:
    out = bytearray()
    while value >= ONE_BYTE:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


LENGTH = tuple(_varint(number) for number in range(1024))
"""Small lengths as varints, by number."""

_TWO_BYTES = 1 << 14

# A value that is short text, and a list of one such: the lengths are one byte each, known ahead.
_TEXT = tuple(bytes((0x12, size + 2, 0x0A, size)) for size in range(ONE_BYTE - 2))
_ONE_TEXT = tuple(
    bytes((0x12, size + 6, 0x2A, size + 4, 0x0A, size + 2, 0x0A, size))
    for size in range(ONE_BYTE - 6)
)

_keys: dict[str, bytes] = {}

_SHORT = 96
_PAIRS_KEPT = 4096
_kept: dict[tuple[bytes, str, object], bytes] = {}
"""Whole fields of short values: most attributes of most spans come again and again."""


def length_of(size: int) -> bytes:
    """Return a length as a varint."""
    return LENGTH[size] if size < len(LENGTH) else _varint(size)


def utf8(value: str) -> bytes:
    """Encode text, lone surrogates as question marks."""
    try:
        return value.encode()
    except UnicodeEncodeError:
        return value.encode("utf-8", "replace")


def block(tag: bytes, data: bytes) -> bytes:
    """Return a field of bytes or a message, be it empty."""
    return tag + length_of(len(data)) + data


def text(tag: bytes, value: str | None) -> bytes:
    """Return a field of text; nothing if there is none."""
    return block(tag, utf8(value)) if value else b""


def number(tag: bytes, value: int) -> bytes:
    """Return a ``uint32`` or an enum, brought into its bounds; nothing for zero."""
    return tag + length_of(min(value, MAX_UINT32)) if value > 0 else b""


def fixed64(tag: bytes, value: int | None) -> bytes:
    """Return a ``fixed64``, brought into its bounds; nothing for zero."""
    return tag + _FIXED64(min(value, MAX_TIME)) if value and value > 0 else b""


def fixed32(tag: bytes, value: int) -> bytes:
    """Return the lowest 32 bits as a ``fixed32``; nothing for zero."""
    value &= MAX_UINT32
    return tag + _FIXED32(value) if value else b""


def pairs(tag: bytes, attributes: Mapping[str, object], into: list[bytes]) -> None:
    """Append a ``KeyValue`` field for each attribute, in order.

    Args:
        tag: of the field that holds them, one byte.
        attributes: values of the kinds that OTLP has, nested as they like.
        into: gets the pieces; joined, they are the fields.
    """
    append, kept = into.append, _kept
    for key, value in attributes.items():
        kind = type(value)
        if kind is str:
            short = len(value) < _SHORT  # type: ignore[arg-type]
        elif kind is tuple:  # a header, nearly always
            short = len(value) == 1 and type(value[0]) is str and len(value[0]) < _SHORT  # type: ignore[arg-type, index]
        else:
            short = kind is int
        if not short:
            _append_pair(tag, key, value, append)
            continue
        whole = (tag, key, value)
        data = kept.get(whole)
        if data is None:
            if len(kept) >= _PAIRS_KEPT:
                kept.clear()
            pieces: list[bytes] = []
            _append_pair(tag, key, value, pieces.append)
            data = kept[whole] = b"".join(pieces)
        append(data)


def _append_pair(tag: bytes, key: str, value: object, append: Callable[[bytes], None]) -> None:
    name = _keys.get(key) or _key(key)
    size = len(name)
    kind = type(value)
    if kind is str:
        data = utf8(value)  # type: ignore[arg-type]
        if (length := len(data)) < len(_TEXT):
            append(tag + length_of(size + length + 4) + name + _TEXT[length] + data)
            return
        head = b"\x0a" + length_of(length)
    elif (kind is list or kind is tuple) and len(value) == 1 and type(value[0]) is str:  # type: ignore[arg-type, index]
        data = utf8(value[0])  # type: ignore[index]
        if (length := len(data)) < len(_ONE_TEXT):
            append(tag + length_of(size + length + 8) + name + _ONE_TEXT[length] + data)
            return
        head, data = b"", _value(value)
    elif kind is bytes:
        data = cast("bytes", value)
        head = b"\x3a" + length_of(len(data))
    else:
        head, data = b"", _value(value)
    total = len(head) + len(data)
    prefix = length_of(total)
    # A body is not copied together with its head: joining copies it once.
    append(tag + length_of(size + 1 + len(prefix) + total))
    append(name + b"\x12" + prefix + head)
    append(data)


def _key(key: str) -> bytes:
    data = text(b"\x0a", key)
    if len(_keys) < _KEYS_KEPT:
        _keys[key] = data
    return data


def _value(value: object) -> bytes:  # noqa: PLR0911 - one return a kind
    """Return the content of an ``AnyValue``."""
    if value is None:
        return b""
    if isinstance(value, str):
        return block(b"\x0a", utf8(value))
    if isinstance(value, bool):
        return b"\x10\x01" if value else b"\x10\x00"
    if isinstance(value, int):
        if not -_MAX_INT - 1 <= value <= _MAX_INT:
            return block(b"\x0a", str(value).encode())
        return b"\x18" + length_of(value & _MASK64)
    if isinstance(value, float):
        return b"\x21" + _DOUBLE(value)
    if isinstance(value, bytes):
        return block(b"\x3a", value)
    if isinstance(value, Mapping):
        into: list[bytes] = []
        named = {str(key): item for key, item in cast("Mapping[object, object]", value).items()}
        pairs(b"\x0a", named, into)
        return block(b"\x32", b"".join(into))
    if isinstance(value, Sequence):
        members = [block(b"\x0a", _value(item)) for item in cast("Sequence[object]", value)]
        return block(b"\x2a", b"".join(members))
    return block(b"\x0a", utf8(str(value)))
