"""A signal that came in the midst of our own work, and is put off until that is done.

Who handles it would wait for a lock that the interrupted code holds: nobody else lets go of it. And
a span that was just being ended would be lost with the program.
"""

from __future__ import annotations

import os
from types import FrameType

from otelhook.native_threads import NativeCondition, NativeThread

__all__ = ["is_our_work", "send_again"]

_OURS = frozenset({"otelhook", "opentelemetry"})
_THEIR_TOOLS = frozenset(
    {"_weakrefset", "collections", "contextlib", "functools", "importlib", "logging", "re"}
    | {"threading", "weakref"}
)
"""What of the standard library our work calls, and which waits for nobody but locks."""
_PAUSE = 0.001
"""Seconds; what holds a lock of ours is done in some microseconds."""


def is_our_work(frame: FrameType | None) -> bool:
    """Return whether this frame runs our code, or the SDK's, or what these use in their work."""
    while frame is not None:
        package = str(frame.f_globals.get("__name__", "")).partition(".")[0]
        if package not in _THEIR_TOOLS:
            return package in _OURS
        frame = frame.f_back
    return False


def send_again(number: int) -> bool:
    """Send this process the signal once more, a moment later; False if that cannot be done."""

    def send() -> None:
        moment = NativeCondition()
        with moment:
            moment.wait(_PAUSE)
        os.kill(os.getpid(), number)

    try:
        NativeThread(send).start()
    except RuntimeError:  # the interpreter is ending
        return False
    return True
