"""Memory: what large requests took goes back to the system, and what is loaded stays."""

from __future__ import annotations

import ctypes
import gc
from contextlib import suppress
from typing import Final

__all__ = ["keep_what_is_loaded", "return_memory"]

_ARENA_MAX: Final = -8  # of glibc's malloc.h
_MMAP_THRESHOLD: Final = -3
_ARENAS: Final = 2
_LARGE: Final = 1024**2
"""Bytes that hardly a batch of spans has: each piece from the system costs a fault a page."""


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


def keep_what_is_loaded() -> None:
    """Leave all there is now alone: looking for cycles in it again and again costs every span."""
    gc.collect()
    gc.freeze()
