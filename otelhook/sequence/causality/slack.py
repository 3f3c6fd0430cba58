"""By how much later than recorded a span may have begun, for each of those that record.

The SDKs of JavaScript record the millisecond in which a span began, by the system's clock, and how
long it took in microseconds, by a clock that never goes back (so does Jaeger's client for Node, in
HotROD). A call that begins when another ends then seems to begin before it, and one that its caller
waited for seems to end after its caller. It is so in one process and not in those that it talks
with, so that each is looked at by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

from otelhook.sequence.causality.exchanges import Exchange, Side

__all__ = ["Slack"]

_MILLISECOND: Final = 1_000_000


class Slack:
    """The slack of each side of a trace's exchanges, in nanoseconds; 0 where clocks are fine."""

    def __init__(self, exchanges: Iterable[Exchange]) -> None:
        sides: dict[tuple[str, str], list[Side]] = {}
        for exchange in exchanges:
            for side in (exchange.client, exchange.server):
                if side is not None:
                    sides.setdefault(_recorder(side), []).append(side)
        self._coarse = frozenset(recorder for recorder, its in sides.items() if _is_coarse(its))

    def of(self, side: Side) -> int:
        """Return by how much later than recorded a side may have begun, and so ended."""
        return _MILLISECOND - 1 if self._coarse and _recorder(side) in self._coarse else 0


def _is_coarse(sides: Sequence[Side]) -> bool:
    """Return whether all spans begin with a millisecond and not all end with one.

    One span by itself may do so by chance.
    """
    return (
        len(sides) > 1
        and all(side.start % _MILLISECOND == 0 for side in sides)
        and any(side.end % _MILLISECOND for side in sides)
    )


def _recorder(side: Side) -> tuple[str, str]:
    return side.domain, side.service
