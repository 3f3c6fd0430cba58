"""Timing that can be trusted on a shared machine: contenders in turn, thread CPU, quartiles."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

__all__ = ["Figure", "added", "interleave", "table"]


@dataclass(frozen=True, slots=True)
class Figure:
    """Microseconds of one call: lower quartile, median and upper quartile over the rounds."""

    low: float
    median: float
    high: float

    def __str__(self) -> str:
        return f"{self.low:8.1f}  ({self.median:.1f}, {self.high:.1f})"


def interleave(
    contenders: Mapping[str, Callable[[], object]], *, rounds: int, calls: int
) -> dict[str, Figure]:
    """Time each contender ``rounds`` times ``calls`` calls, taking turns, after one warm-up."""
    for call in contenders.values():
        for _ in range(calls):
            call()
    taken: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, call in contenders.items():
            began = time.thread_time_ns()
            for _ in range(calls):
                call()
            taken[name].append((time.thread_time_ns() - began) / calls / 1000)
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
