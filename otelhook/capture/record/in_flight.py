"""The requests that this process is answering right now.

When it is told to end, they end with it: what was seen of them is recorded. A request whose
answer the client has already, but whose span was to end a moment later, is one of them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol
from weakref import WeakSet

if TYPE_CHECKING:
    from opentelemetry.trace import Span

__all__ = ["Unfinished", "end_answered", "end_unfinished", "unfinished"]


class Unfinished(Protocol):
    """A request on its way through an application."""

    span: Span

    @property
    def started(self) -> bool:
        """Whether its answer has begun."""
        ...

    def end(self) -> None:
        """End its span with all that was seen; once, however often it is called."""
        ...


unfinished: WeakSet[Unfinished] = WeakSet()
"""In whichever thread or greenlet; a forked child begins with none. One that a server forgets
without closing its answer is forgotten here too, and not kept for as long as the process lives."""


def end_unfinished() -> None:
    """End the spans of all of them."""
    for exchange in list(unfinished):
        exchange.end()


def end_answered(trace_id: int) -> None:
    """End those of a trace whose answer has begun: who has it may keep it, and never close it."""
    for exchange in list(unfinished):
        if exchange.started and exchange.span.get_span_context().trace_id == trace_id:
            exchange.end()
