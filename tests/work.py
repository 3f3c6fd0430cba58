"""How much work something takes, told in a way that a busy machine does not change."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from types import FrameType
from typing import Any

__all__ = ["FAR_FROM_SQUARE", "lines_run", "processor_seconds"]

# What reads 60,000 characters once takes hundredths of a second. Reading them again for each of
# them takes half a minute: nothing between the two has to be told apart from either.
FAR_FROM_SQUARE = 5.0


def lines_run(do: Callable[[], object]) -> int:
    """Return how many lines of Python ``do`` runs, which is the same on every machine.

    What one call of the interpreter's own does inside is not seen (a pattern that tracks back, a
    long text that is copied): that is for ``processor_seconds``.
    """
    count = 0

    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal count
        count += event == "line"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        do()
    finally:
        sys.settrace(before)
    return count


def processor_seconds(do: Callable[[], object]) -> float:
    """Return the processor time that ``do`` takes, to be held against ``FAR_FROM_SQUARE`` only."""
    began = time.process_time()
    do()
    return time.process_time() - began
