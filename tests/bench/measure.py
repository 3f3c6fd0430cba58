"""Timing that can be trusted on a shared machine: contenders in turn, thread CPU, quartiles."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

__all__ = ["Case", "Contender", "Figure", "added", "interleave", "table", "tables"]


@dataclass(frozen=True, slots=True)
class Figure:
    """What one call costs, one number a round, in the order of the rounds."""

    rounds: tuple[float, ...]

    @property
    def low(self) -> float:
        """The lower quartile: what disturbs a measurement only ever adds to it."""
        return statistics.quantiles(self.rounds, n=4)[0]

    def __str__(self) -> str:
        median = statistics.median(self.rounds)
        return f"{self.low:8.1f}  ({median:.1f}; {min(self.rounds):.1f} to {max(self.rounds):.1f})"


@dataclass(frozen=True, slots=True)
class Contender:
    """A call, what must be in force while it is timed, and what belongs to the calls as well."""

    call: Callable[[], object]
    within: Callable[[], AbstractContextManager[object]] = nullcontext
    finish: Callable[[], object] = bool
    """Called once a round, timed: sends what the calls left to be sent."""


@dataclass(frozen=True, slots=True)
class Case:
    """Contenders that do the same work, and the two of them that the others are held against."""

    title: str
    contenders: Mapping[str, Contender]
    peer: str
    bare: str = "bare"
    share: int = 1
    """Of the calls that a table is asked for, one in so many: for calls that take long."""


def tables(cases: Iterable[Case], *, rounds: int, calls: int) -> Iterator[str]:
    """Time each case in the calling thread, and draw it."""
    for case in cases:
        figures = interleave(case.contenders, rounds=rounds, calls=calls // case.share)
        yield table(case, figures)


def interleave(
    contenders: Mapping[str, Contender],
    *,
    rounds: int,
    calls: int,
    clock: Callable[[], int] = time.thread_time_ns,
) -> dict[str, Figure]:
    """Time each contender ``rounds`` times ``calls`` calls, taking turns, after one warm-up.

    ``clock`` gives nanoseconds of CPU: the thread's own, or those of the whole process.
    """
    taken: dict[str, list[float]] = {name: [] for name in contenders}
    for number in range(rounds + 1):
        for name, contender in contenders.items():
            call = contender.call
            with contender.within():
                began = clock()
                for _ in range(calls):
                    call()
                contender.finish()
                took = clock() - began
            if number:  # the first round warms up
                taken[name].append(took / calls / 1000)
    return {name: Figure(tuple(times)) for name, times in taken.items()}


def added(figures: Mapping[str, Figure], bare: str) -> dict[str, float]:
    """Return what each contender adds to ``bare``, lower quartile against lower quartile."""
    return {name: f.low - figures[bare].low for name, f in figures.items() if name != bare}


def table(case: Case, figures: Mapping[str, Figure], unit: str = "us") -> str:
    """Draw the figures, what each adds, and the ratio of that to what the peer adds.

    Beside the ratio stand the quartiles of the ratios that each round gave by itself.
    """
    bare, peer = case.bare, case.peer
    extra = added(figures, bare)
    lines = [
        case.title,
        f"  {'':38}{unit + ' (lower quartile; median, range)':38}{'added':>8}{'ratio':>7}",
    ]
    for name, figure in figures.items():
        more = "" if name == bare else f"{extra[name]:8.1f}{extra[name] / extra[peer]:7.2f}"
        if name not in (bare, peer):
            low, high = _spread(figure, figures[bare], figures[peer])
            more += f"  ({low:.2f} to {high:.2f})"
        lines.append(f"  {name:38}{figure!s:38}{more}")
    lines.append(f"  ratio: what is added against {peer!r}; middle half of the rounds' own ratios")
    return "\n".join(lines)


def _spread(figure: Figure, bare: Figure, peer: Figure) -> tuple[float, float]:
    rounds = zip(figure.rounds, bare.rounds, peer.rounds, strict=True)
    ratios = [(own - none) / (other - none) for own, none, other in rounds if other > none]
    low, _, high = statistics.quantiles(ratios, n=4)
    return low, high
