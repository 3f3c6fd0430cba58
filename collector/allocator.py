"""What large requests took goes back to the system once they are done."""

from __future__ import annotations

import ctypes
from contextlib import suppress
from typing import Final

__all__ = ["return_memory"]

_ARENA_MAX: Final = -8  # of glibc's malloc.h
_MMAP_THRESHOLD: Final = -3
_ARENAS: Final = 2
_LARGE: Final = 256 * 1024


def return_memory() -> None:
    """Let glibc keep no heap for each thread, and take large pieces from the system one by one.

    Left to itself it learns from the first large request to cut such pieces from its heaps, where
    what is small and lives long keeps them from being returned. Other libraries have no such
    setting, and are as they are.
    """
    with suppress(OSError, AttributeError):
        mallopt = ctypes.CDLL(None).mallopt
        mallopt(_ARENA_MAX, _ARENAS)
        mallopt(_MMAP_THRESHOLD, _LARGE)
