"""Timing that can be trusted on a shared machine: contenders in turn, thread CPU, quartiles."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

__all__ = ["Contender", "Figure", "added", "interleave", "table"]


@dataclass(frozen=True, slots=True)
class Figure:
    """Microseconds of one call: lower quartile, median and upper quartile over the rounds."""

    low: float
    median: float
    high: float

    def __str__(self) -> str:
        return f"{self.low:8.1f}  ({self.median:.1f}, {self.high:.1f})"


@dataclass(frozen=True, slots=True)
class Contender:
    """A call, and what must be in force while it is timed: a patch, a variable."""

    call: Callable[[], object]
    within: Callable[[], AbstractContextManager[object]] = nullcontext


def interleave(
    contenders: Mapping[str, Contender], *, rounds: int, calls: int
) -> dict[str, Figure]:
    """Time each contender ``rounds`` times ``calls`` calls, taking turns, after one warm-up."""
    taken: dict[str, list[float]] = {name: [] for name in contenders}
    for number in range(rounds + 1):
        for name, contender in contenders.items():
            call = contender.call
            with contender.within():
                began = time.thread_time_ns()
                for _ in range(calls):
                    call()
                took = time.thread_time_ns() - began
            if number:  # the first round warms up
                taken[name].append(took / calls / 1000)
    return {name: Figure(*statistics.quantiles(times, n=4)) for name, times in taken.items()}


def added(figures: Mapping[str, Figure], bare: str) -> dict[str, float]:
    """Return what each contender adds to ``bare``, lower quartile against lower quartile."""
    return {name: f.low - figures[bare].low for name, f in figures.items() if name != bare}


def table(title: str, figures: Mapping[str, Figure], *, bare: str, peer: str) -> str:
    """Draw the figures, what each adds, and the ratio of that to what ``peer`` adds."""
    extra = added(figures, bare)
    lines = [title, f"  {'':38}{'us (lower quartile; median, upper)':36}{'added':>8}{'ratio':>7}"]
    for name, figure in figures.items():
        more = "" if name == bare else f"{extra[name]:8.1f}{extra[name] / extra[peer]:7.2f}"
        lines.append(f"  {name:38}{figure!s:36}{more}")
    lines.append(f"  ratio: added time against {peer!r}")
    return "\n".join(lines)
