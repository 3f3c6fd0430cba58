"""Traces out of Jaeger.

Jaeger finds a trace by its whole id and searches by service and time. It cannot search for the
beginning of an id; beginnings are looked up among the newest traces.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Sequence
from typing import Final

from otelhook.errors import NotRecordedError
from otelhook.model import Span, SpanId, SpanKind, Trace, TraceId, parse_trace_id
from otelhook.sources.backend import Backend
from otelhook.sources.jaeger_api import JaegerApi

__all__ = ["JaegerSource"]

_logger = logging.getLogger(__name__)

_DIGITS: Final = 32
_FOUND: Final = 10
_LOOKED_AT: Final = 100
"""Newest traces among which the beginning of an id is looked up."""

_SECOND: Final = 10**9
_WINDOWS: Final = (3_600 * _SECOND, 2 * 86_400 * _SECOND, 30 * 86_400 * _SECOND)
"""How far back is searched: further only while there are too few traces."""

_AHEAD: Final = 3_600 * _SECOND
"""How far the clock of a service may be ahead of ours."""

_LEAST_DEPTH: Final = 20
"""Traces asked for of each service, at least: Jaeger's memory storage hands out those that came
last, which are not quite those that began last."""

_MOST_SERVICES: Final = 100

_OWN: Final = frozenset({"jaeger", "jaeger-all-in-one", "jaeger-query"})
"""What Jaeger calls itself: unless told otherwise it keeps traces of the queries of its page."""


class JaegerSource:
    """One Jaeger. Every method raises what `Backend.get` does.

    Args:
        backend: where it is.
        clock: nanoseconds since the epoch.
    """

    def __init__(self, backend: Backend, clock: Callable[[], int] = time.time_ns) -> None:
        self._api = JaegerApi(backend)
        self._clock = clock
        self._listed: tuple[TraceId, ...] = ()
        self._held: Trace | None = None
        """What `find` had to read whole: `trace` is asked for it next."""

    @property
    def name(self) -> str:
        """Jaeger and its address."""
        return self._api.name

    def find(self, prefix: str) -> Sequence[TraceId]:
        """Return up to 10 ids: a whole id of any age, its beginning among the newest traces."""
        wanted = prefix.lower()
        if len(wanted) < _DIGITS:
            found = self._beginning_with(wanted)
            if not found:
                self.newest(_LOOKED_AT)
                found = self._beginning_with(wanted)
            if found:
                return found
        try:
            # Also what older Jaegers show: an id without its leading zeros.
            whole = parse_trace_id(wanted)
        except ValueError:  # zeros only
            return []
        self._held = self._read(whole)
        if self._held is not None:
            return [whole]
        if len(wanted) < _DIGITS and self._listed:
            _logger.warning(
                "%s cannot search for the beginning of an id: its newest %d traces have no %s, "
                "older ones are found by their whole id",
                self.name,
                len(self._listed),
                wanted,
            )
        return []

    def newest(self, limit: int) -> Sequence[TraceId]:
        """Return the ids of the newest traces, newest first, as far as the last 30 days go."""
        if limit <= 0:
            return []
        services = self._services()
        starts: dict[TraceId, int] = {}
        now = self._clock()
        for window in _WINDOWS if services else ():
            for service in services:
                depth = max(limit, _LEAST_DEPTH)
                for span in self._api.search(service, now - window, now + _AHEAD, depth).spans:
                    known = starts.setdefault(span.trace_id, span.start_time)
                    starts[span.trace_id] = min(known, span.start_time)
            if len(starts) >= limit:
                break
        ordered = sorted(starts, key=lambda trace_id: (-starts[trace_id], trace_id))
        self._listed = tuple(ordered[:limit])
        return self._listed

    def trace(self, trace_id: TraceId) -> Trace:
        """Return the whole trace.

        Raises:
            NotRecordedError: Jaeger has no such trace.
        """
        held, self._held = self._held, None
        found = held if held and held.trace_id == trace_id else self._read(trace_id)
        if found is None:
            message = f"no trace {trace_id} in {self.name}"
            raise NotRecordedError(message)
        return found

    def _beginning_with(self, wanted: str) -> list[TraceId]:
        return sorted(known for known in self._listed if known.startswith(wanted))[:_FOUND]

    def _read(self, trace_id: TraceId) -> Trace | None:
        spans = self._api.trace(trace_id).spans
        spans = _merged(span for span in spans if span.trace_id == trace_id)
        return Trace(trace_id, spans) if spans else None

    def _services(self) -> tuple[str, ...]:
        services = tuple(name for name in self._api.services() if name not in _OWN)
        if len(services) > _MOST_SERVICES:
            _logger.warning(
                "%s knows %d services: only the traces of the first %d are listed",
                self.name,
                len(services),
                _MOST_SERVICES,
            )
        return services[:_MOST_SERVICES]


def _merged(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Keep, of a span that was delivered twice, the one with the later end, as the store does."""
    held: dict[tuple[SpanId, SpanKind], Span] = {}
    for span in spans:
        known = held.setdefault((span.span_id, span.kind), span)
        if known.end_time < span.end_time:
            held[span.span_id, span.kind] = span
    return tuple(held.values())
