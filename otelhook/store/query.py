"""What can be asked of the store, and what comes of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from otelhook.model import SpanKind, TraceId

__all__ = ["EVERYTHING", "MAX_TIME", "Found", "Query"]

MAX_TIME: Final = 2**63 - 1
"""The latest time, and the longest duration, that the store holds, in ns."""

EVERYTHING: Final = (0, MAX_TIME)
"""The range that asks nothing."""


@dataclass(frozen=True, slots=True)
class Query:
    """What one span of a trace has to be; empty fields ask nothing. Ranges include both ends."""

    service: str | None = None
    name: str = ""
    attributes: tuple[tuple[str, str], ...] = ()
    """Of the span or of its resource, as text: ``true``, ``404``; up to 256 characters."""

    kind: SpanKind | None = None
    failed: bool | None = None
    """Whether its status is an error."""

    went_wrong: bool = False
    """Whether only spans will do that a list counts as failed: by their status, or HTTP's."""

    http_status: tuple[int, int] | None = None
    started: tuple[int, int] = EVERYTHING
    """When the span began, ns since the epoch."""

    took: tuple[int, int] = EVERYTHING
    """How long the span took, ns."""

    trace_took: tuple[int, int] = EVERYTHING
    """How long the whole trace took, ns, on its services' clocks."""

    @property
    def of_any_span(self) -> bool:
        """Whether any span will do, so that only the trace's own times matter."""
        asked = (self.name, self.attributes, self.kind, self.failed, self.http_status)
        nothing = self.service is None and self.took == EVERYTHING and not self.went_wrong
        return nothing and all(value in ("", (), None) for value in asked)


@dataclass(frozen=True, slots=True)
class Found:
    """Traces in the order in which their newest matching spans began, newest first."""

    traces: tuple[TraceId, ...]
    complete: bool = True
    """False if time was over before all spans were looked at."""
