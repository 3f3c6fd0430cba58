"""Undoes content codings (RFC 9110, 8.4.1) within a bound: gzip, deflate, br and zstd.

For br and zstd a library must be there; they are looked for when they are first needed. Pure.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import cache
from importlib import import_module
from io import BytesIO
from typing import Any

__all__ = ["Gunzip", "decoded", "zstd_library"]

_IDENTITY = frozenset({"", "identity", "none", "aws-chunked"})
_MOST = 3
"""Codings of one body that are undone; nobody means more by it."""

_WINDOW_LOG = 23
"""Of zstd over HTTP; RFC 9659 lets a decoder refuse more than these 8 MB of memory."""

_GZIP = zlib.MAX_WBITS | 16

_LEAST = 256
_PIECE = 64 * 1024
"""Bytes that zlib is given, and gives, at once."""

_Found = tuple[bytes, bool]
"""The bytes, and whether the coded data ended with them."""


def decoded(data: bytes, codings: str, limit: int) -> tuple[bytes, bool] | None:
    """Return what a body holds, at most ``limit`` bytes or little more, however much it would be.

    Args:
        data: the body's first bytes, coded.
        codings: as ``Content-Encoding`` has them.
        limit: bytes at most.

    Returns:
        The bytes, and whether they are all; None if it cannot be undone: it is damaged, the
        coding is not known, or no library for it is installed.
    """
    names = [name.strip().lower() for name in codings.split(",")]
    applied = [name for name in names if name not in _IDENTITY]
    if not data or not applied:
        return data, True
    if len(applied) > _MOST:
        return None
    whole = True
    for name in reversed(applied):
        undo = _CODINGS.get(name)
        found = undo(data, limit) if undo is not None else None
        if found is None:
            return None
        data, complete = found
        whole = whole and complete
    return data, whole


def zstd_library() -> Any:  # noqa: ANN401 - one of two modules with the same interface, or None
    """Return Python's own module for zstd or its backport; None if there is neither."""
    return _first("compression.zstd", "backports.zstd")


_zstd = cache(zstd_library)


@cache
def _zstandard() -> Any:  # noqa: ANN401
    return _first("zstandard")


@cache
def _brotli() -> Any:  # noqa: ANN401
    return _first("brotli", "brotlicffi")


def _first(*names: str) -> Any:  # noqa: ANN401
    for name in names:
        with suppress(ImportError):
            return import_module(name)
    return None


class Gunzip:
    """Undoes gzip, whose members may follow each other (RFC 1952, 2.2), piece by piece.

    zlib copies what it did not use of what it is given. It is given little, and more only while a
    member goes on, so that many short members cost what they weigh.
    """

    def __init__(self, data: bytes) -> None:
        self._data = memoryview(data)
        self.given = 0
        """Bytes that zlib was given so far, those that it was given again among them."""
        self.whole = True
        """Whether what was read ended with the end of a member."""

    def __iter__(self) -> Iterator[bytes]:
        """Yield what is in it, some at a time.

        Raises:
            zlib.error: it is damaged.
            EOFError: it ends within a member.
        """
        at = 0
        while at < len(self._data):
            inflater = zlib.decompressobj(_GZIP)
            step = _LEAST
            while not inflater.eof:
                part = inflater.unconsumed_tail or self._data[at : at + step]
                if not part:
                    raise EOFError
                at += 0 if inflater.unconsumed_tail else len(part)
                self.given += len(part)
                piece = inflater.decompress(part, _PIECE)
                self.whole = inflater.eof
                if piece:
                    yield piece
                step = min(2 * step, _PIECE)
            at -= len(inflater.unused_data)


def _gunzip(data: bytes, limit: int) -> _Found | None:
    plain, members = bytearray(), Gunzip(data)
    try:
        for piece in members:
            plain += piece
            if len(plain) > limit:
                return bytes(plain[:limit]), False
    except EOFError:
        return bytes(plain), False
    except zlib.error:  # or what follows the last member is something else
        return (bytes(plain), members.whole) if plain else None
    return bytes(plain), True


def _undeflate(data: bytes, limit: int) -> _Found | None:
    """Undo deflate: in zlib's form as RFC 9110 has it, or bare, as some send it."""
    found = _inflate(data, limit, zlib.MAX_WBITS) or _inflate(data, limit, -zlib.MAX_WBITS)
    return None if found is None else found[:2]


def _inflate(data: bytes, limit: int, window: int) -> tuple[bytes, bool, bytes] | None:
    inflater = zlib.decompressobj(window)
    try:
        plain = inflater.decompress(data, limit)
    except zlib.error:
        return None
    return plain, inflater.eof, inflater.unused_data


def _unbrotli(data: bytes, limit: int) -> _Found | None:
    library = _brotli()
    if library is None:
        return None
    inflater = library.Decompressor()
    try:
        plain: bytes = inflater.process(data, output_buffer_limit=limit)
        while len(plain) < limit and not inflater.can_accept_more_data():
            more = inflater.process(b"", output_buffer_limit=limit - len(plain))
            if not more:
                break
            plain += more
    except (library.error, TypeError):  # before 1.2 it knows no limit, and is not let loose
        return None
    return plain, bool(inflater.is_finished())


def _unzstd(data: bytes, limit: int) -> _Found | None:
    """Undo zstd, whose frames may follow each other (RFC 8878, 3.1)."""
    library = _zstd()
    if library is None:
        return _unzstandard(data, limit)
    options = {library.DecompressionParameter.window_log_max: _WINDOW_LOG}
    plain, complete = b"", True
    try:
        while data and complete and len(plain) < limit:
            inflater = library.ZstdDecompressor(options=options)
            plain += inflater.decompress(data, max_length=limit - len(plain))
            complete, data = inflater.eof, inflater.unused_data
    except library.ZstdError:
        return (plain, False) if plain else None
    return plain, complete and not data


def _unzstandard(data: bytes, limit: int) -> _Found | None:
    """Undo zstd by the library of PyPI; it does not tell a frame's end from the data's."""
    library = _zstandard()
    if library is None:
        return None
    inflater = library.ZstdDecompressor(max_window_size=1 << _WINDOW_LOG)
    try:
        with inflater.stream_reader(BytesIO(data), read_across_frames=True) as reader:
            plain: bytes = reader.read(limit)
            return plain, not reader.read(1)
    except library.ZstdError:
        return None


_CODINGS: dict[str, Callable[[bytes, int], _Found | None]] = {
    "br": _unbrotli,
    "deflate": _undeflate,
    "gzip": _gunzip,
    "x-gzip": _gunzip,
    "zstd": _unzstd,
}
