"""Numbers as bytes and back, the same on every machine."""

from __future__ import annotations

import sys
from array import array
from collections.abc import Iterable
from typing import Literal, TypeAlias

__all__ = ["INT64", "UINT32", "packed", "unpacked"]

_Code: TypeAlias = Literal["I", "q"]

UINT32: _Code = "I"
INT64: _Code = "q"


def packed(code: _Code, values: Iterable[int]) -> bytes:
    """Return numbers in little-endian order."""
    numbers = array(code, values)
    if sys.byteorder == "big":  # pragma: no cover - the tests' machines are little-endian
        numbers.byteswap()
    return numbers.tobytes()


def unpacked(code: _Code, data: bytes | memoryview) -> array[int]:
    """Return the numbers that `packed` wrote."""
    numbers = array(code)
    numbers.frombytes(data)
    if sys.byteorder == "big":  # pragma: no cover - the tests' machines are little-endian
        numbers.byteswap()
    return numbers
