"""Spans gathered by trace until a trace seems complete here. No clock, no file: values only."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

__all__ = ["Gathering", "Pending"]


@dataclass(slots=True)
class Pending:
    """What was gathered of one trace: encoded spans, which take less room than objects."""

    trace_id: str
    messages: list[bytes] = field(default_factory=list[bytes])
    size: int = 0
    last: float = 0.0
    """Seconds on the caller's clock at which a span last came."""
    rooted: bool = False
    """A local root has ended: what it stands for is over here."""
    written: bool = False
    """All of it was handed out already. It is kept: the trace may come back to this process."""


class Gathering:
    """Traces by the time of their last span, bounded in number and bytes."""

    def __init__(self, *, quiet_seconds: float, max_traces: int, max_bytes: int) -> None:
        self._quiet = quiet_seconds
        self._max_traces = max_traces
        self._max_bytes = max_bytes
        self._traces: OrderedDict[str, Pending] = OrderedDict()
        self._size = 0

    def add(self, trace_id: str, message: bytes, *, rooted: bool, now: float) -> list[Pending]:
        """Add encoded spans of a trace.

        Returns:
            Traces that had to leave to keep the bounds, longest quiet first, and were not yet
            handed out in full.
        """
        pending = self._traces.setdefault(trace_id, Pending(trace_id))
        pending.messages.append(message)
        pending.size += len(message)
        self._size += len(message)
        pending.last = now
        pending.rooted = pending.rooted or rooted
        pending.written = False
        self._traces.move_to_end(trace_id)
        evicted: list[Pending] = []
        while len(self._traces) > self._max_traces or self._size > self._max_bytes:
            _, oldest = self._traces.popitem(last=False)
            self._size -= oldest.size
            if not oldest.written:
                evicted.append(oldest)
        return evicted

    def due(self, now: float) -> list[Pending]:
        """Hand out the traces whose root has ended and that were quiet long enough."""
        return self._hand_out(
            pending
            for pending in self._traces.values()
            if pending.rooted and not pending.written and pending.last + self._quiet <= now
        )

    def all(self) -> list[Pending]:
        """Hand out every trace that has something new."""
        return self._hand_out(p for p in self._traces.values() if not p.written)

    def next_due(self) -> float | None:
        """Return when `due` next has something, if no further span comes; None if never."""
        times = (p.last + self._quiet for p in self._traces.values() if p.rooted and not p.written)
        return min(times, default=None)

    def _hand_out(self, traces: Iterable[Pending]) -> list[Pending]:
        out = list(traces)
        for pending in out:
            pending.written = True
        return [replace(pending, messages=list(pending.messages)) for pending in out]
