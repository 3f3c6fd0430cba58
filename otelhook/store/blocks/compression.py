"""Compressing what a block holds, with zlib: whoever has Python has it, and it has a checksum."""

from __future__ import annotations

import zlib
from typing import Final

from otelhook.errors import DamagedDataError

__all__ = ["compressed", "inflated", "is_worth_it"]

_LEVEL: Final = 1
"""Twice as quick as the default, for a fifth more bytes."""

_SAMPLE: Final = 8 * 1024
_LARGE: Final = 4 * _SAMPLE
_WORTH: Final = 0.4
"""Of what a sample came to: above that, half of the bytes would take all of the time."""


def compressed(data: bytes, *, quick: bool = False) -> bytes:
    """Return data for `inflated`; as it is, but for a checksum, where it is to be quick."""
    return zlib.compress(data, 0 if quick else _LEVEL)


def is_worth_it(data: bytes) -> bool:
    """Return whether compressing saves much for the time that it takes, by a part of the data.

    Encrypted or encoded bodies take ten times as long as text, and hardly become smaller.
    """
    if len(data) < _LARGE:
        return True
    middle = len(data) // 2
    sample = data[middle : middle + _SAMPLE]
    return len(compressed(sample)) < _WORTH * len(sample)


def inflated(data: bytes) -> bytes:
    """Return what was compressed.

    Raises:
        DamagedDataError: it is not what was written.
    """
    try:
        return zlib.decompress(data)
    except zlib.error as error:
        message = f"damaged ({error})"
        raise DamagedDataError(message) from None
