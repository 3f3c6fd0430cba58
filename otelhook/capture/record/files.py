"""Files that a server sends by itself, looked at without moving their position."""

from __future__ import annotations

import os
import stat
from typing import Any, cast

from otelhook.capture.record.tee import Tee

__all__ = ["peek_descriptor", "peek_path"]


def peek_descriptor(file: object, tee: Tee, offset: int | None, count: int | None) -> None:
    """Copy the first bytes of what is sent of an open file; count the rest unread.

    Args:
        file: an open file, or its descriptor.
        tee: takes the copy.
        offset: where it is sent from; its present position if left out.
        count: bytes that are sent; up to its end if left out.
    """
    try:
        number: int = file if isinstance(file, int) else cast("Any", file).fileno()
        start = os.lseek(number, 0, os.SEEK_CUR) if offset is None else offset
        left = max(os.fstat(number).st_size - start, 0)
        wanted = left if count is None else min(left, count)
        first = os.pread(number, min(tee.limit, wanted), start)
    except (AttributeError, OSError, ValueError):
        return
    tee.add(first)
    tee.size += wanted - len(first)


def peek_path(path: str, tee: Tee) -> None:
    """Copy the first bytes of a regular file, and count the rest; of anything else nothing."""
    try:
        number = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    except (OSError, ValueError, TypeError):
        return
    try:
        if stat.S_ISREG(os.fstat(number).st_mode):
            peek_descriptor(number, tee, 0, None)
    finally:
        os.close(number)
