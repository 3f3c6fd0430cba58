"""How OTLP bytes get to a receiver, and what it answered."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Protocol

__all__ = ["Answer", "Transport", "Verdict"]


class Verdict(Enum):
    """What a receiver's answer means for the spans of the request."""

    TAKEN = "taken"
    LATER = "later"
    """Not now: it is busy, restarting or unreachable."""
    TOO_LARGE = "too large"
    REFUSED = "refused"
    """Never: sending the same again is of no use."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A receiver's answer to one request."""

    verdict: Verdict
    detail: str = ""
    """What it said, for the log."""
    retry_after: float | None = None
    """Seconds that it asks to wait."""
    rejected: int = 0
    """Of a request that was taken, the spans that were not (OTLP's partial success)."""


class Transport(Protocol):
    """Sends one ``ExportTraceServiceRequest``."""

    def send(self, data: bytes) -> Answer:
        """Send the bytes, once, and say what came of it."""
        ...

    def close(self) -> None:
        """Let go of the connection."""
        ...
