"""Waiting for a condition: the one place in the tests that looks again and again."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Event
from typing import Any

__all__ = ["DEADLINE", "wait_until"]

DEADLINE = 60.0
_PAUSE = 0.01


def wait_until(holds: Callable[[], Any], what: str, seconds: float = DEADLINE) -> Any:
    """Return the first true value of ``holds``.

    Raises:
        AssertionError: it was not true within ``seconds``; the text says ``what`` was waited for.
    """
    until = time.monotonic() + seconds
    while not (value := holds()):
        assert time.monotonic() < until, f"not within {seconds:g} s: {what}"
        Event().wait(_PAUSE)
    return value
