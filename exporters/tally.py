"""What became of the spans: counted, logged once, readable at any time."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol, runtime_checkable

from otelhook.native_threads import NativeLock

__all__ = ["Counting", "Counts", "Reason", "Tally", "sum_counts"]

_logger = logging.getLogger(__name__)


class Reason(str, Enum):
    """Why a span was dropped, or why its bodies were left out."""

    QUEUE_FULL = "queue full"
    TOO_LARGE = "too large for the receiver"
    REFUSED = "refused by the receiver"
    UNREACHABLE = "receiver not reached in time"
    NOT_WRITTEN = "spool not written"
    NOT_ENCODED = "not encodable"
    NOT_EXPORTED = "exporter failed"
    ENDED = "not delivered by the end"


@dataclass(frozen=True, slots=True)
class Counts:
    """What became of this process's spans so far.

    ``ended`` is the sum of ``waiting``, ``delivered`` and ``dropped``.
    """

    ended: int = 0
    """Spans that were handed over to be exported."""
    delivered: int = 0
    """Spans that a receiver has taken, or that are in a spool."""
    stripped: int = 0
    """Spans whose bodies were left out so that the span itself could be delivered."""
    dropped_by: Mapping[Reason, int] = field(default_factory=dict[Reason, int])
    """Spans that are lost, by reason."""

    @property
    def dropped(self) -> int:
        """Spans that are lost."""
        return sum(self.dropped_by.values())

    @property
    def waiting(self) -> int:
        """Spans that are queued or on their way at this moment."""
        return max(0, self.ended - self.delivered - self.dropped)


@runtime_checkable
class Counting(Protocol):
    """An exporter that counts what becomes of each span, and that can be told to hurry."""

    tally: Tally

    def hurry(self, seconds: float) -> None:
        """Give up what cannot be delivered within ``seconds``; the program is ending."""


class Tally:
    """The counters of one way out, shared by its processor and its exporter.

    The first loss of each kind is logged when it happens, the sums once at the end.
    """

    def __init__(self) -> None:
        self.restart()

    def restart(self) -> None:
        """Begin at zero, as a forked child does: what its parent has is its parent's to count."""
        self._lock = NativeLock()
        self._ended = self._delivered = self._stripped = 0
        self._dropped: Counter[Reason] = Counter()
        self._said: set[object] = set()
        self._closed = False

    def ended(self) -> None:
        """Count a span that is to be exported."""
        with self._lock:
            self._ended += 1

    def delivered(self, spans: int) -> None:
        """Count spans that arrived."""
        with self._lock:
            if not self._closed:
                self._delivered += spans

    def stripped(self, reason: Reason) -> None:
        """Count a span whose bodies were left out."""
        with self._lock:
            self._stripped += 1
            say = self._first(("stripped", reason))
        if say:
            _logger.warning(
                "otelhook: bodies are left out of spans to deliver the rest (%s); they are "
                "marked and counted, and this is logged once",
                reason.value,
            )

    def dropped(self, spans: int, reason: Reason, why: str = "") -> None:
        """Count spans that are lost; ``why`` says more of the first of a reason."""
        if not spans:
            return
        with self._lock:
            if self._closed:
                return
            self._dropped[reason] += spans
            say = self._first(reason)
        if say:
            _logger.warning(
                "otelhook: spans are dropped (%s%s); they are counted, and this is logged once",
                reason.value,
                f": {why}" if why else "",
            )

    def close(self) -> None:
        """Count what has not arrived by now as lost, and say the sums if anything is missing."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            counts = self._counts()
            if counts.waiting:
                self._dropped[Reason.ENDED] += counts.waiting
                counts = self._counts()
        if counts.dropped or counts.stripped:
            _logger.warning("otelhook: %s", _said(counts))

    def counts(self) -> Counts:
        """Return the counters as they are now."""
        with self._lock:
            return self._counts()

    def _counts(self) -> Counts:
        return Counts(self._ended, self._delivered, self._stripped, dict(self._dropped))

    def _first(self, what: object) -> bool:
        if what in self._said:
            return False
        self._said.add(what)
        return True


def _said(counts: Counts) -> str:
    reasons = ", ".join(f"{number} {reason.value}" for reason, number in counts.dropped_by.items())
    lost = f"{counts.dropped} spans were lost ({reasons})" if counts.dropped else "no span was lost"
    return (
        f"of {counts.ended} spans {counts.delivered} were delivered, "
        f"{counts.stripped} of all without their bodies; {lost}"
    )


def sum_counts(counts: Iterable[Counts]) -> Counts:
    """Add up the counters of several ways out: a span that goes two ways counts twice."""
    listed = list(counts)
    dropped: Counter[Reason] = Counter()
    for one in listed:
        dropped.update(one.dropped_by)
    return Counts(
        sum(one.ended for one in listed),
        sum(one.delivered for one in listed),
        sum(one.stripped for one in listed),
        dict(dropped),
    )
