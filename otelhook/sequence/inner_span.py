"""Spans that are not steps of their own, and what happened within spans."""

from __future__ import annotations

from dataclasses import dataclass

from otelhook.model import SpanId

__all__ = ["InnerSpan", "SpanCounts", "SpanEvent"]


@dataclass(frozen=True, slots=True)
class SpanEvent:
    """A moment within a span: a log line, an exception. Attributes are spelled as text."""

    time: int
    """Nanoseconds since the epoch, on the clock of the trace's root."""
    name: str
    attributes: tuple[tuple[str, str], ...] = ()

    @property
    def is_exception(self) -> bool:
        """Whether it is an exception, by the conventions' name for such an event."""
        return self.name == "exception"


@dataclass(frozen=True, slots=True)
class InnerSpan:
    """A span that is not a step of its own."""

    step: int
    """The request in whose work it lies or whose detail it is; 0 if there is none."""
    span_id: SpanId
    name: str
    service: str
    time: int
    duration: int | None
    """None if no clock was read."""
    is_detail: bool = False
    """Whether it is a layer of the call above it (a name lookup, a TLS handshake, the HTTP request
    of an RPC) and not work of the service's own."""
    drawn: bool = False
    """Whether it is a step after all, so that only its events are told here."""
    failed: bool = False
    message: str = ""
    """What its status says."""
    events: tuple[SpanEvent, ...] = ()
    attributes: tuple[tuple[str, str], ...] = ()
    shown: bool = False
    """Whether diagrams draw it; they draw its exceptions in any case."""


@dataclass(frozen=True, slots=True)
class SpanCounts:
    """What became of the spans: the first three numbers add up to all that were read."""

    drawn: int = 0
    """Spans that steps were read from."""
    internal: int = 0
    details: int = 0
    """Layers of other calls."""
    events: int = 0
