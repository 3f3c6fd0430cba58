"""What a source needs of Jaeger.

Jaeger finds a trace by its whole id and searches by service and time.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from otelhook.model import Span, TraceId
from otelhook.sources.backends.http import Backend
from otelhook.sources.backends.jaeger_api import JaegerApi
from otelhook.sources.backends.whole_traces import first_starts, newest_within_windows

__all__ = ["Jaeger"]

_logger = logging.getLogger(__name__)

_MOST_SERVICES: Final = 100

_OWN: Final = frozenset({"jaeger", "jaeger-all-in-one", "jaeger-query"})
"""What Jaeger calls itself: unless told otherwise it keeps traces of the queries of its page."""


class Jaeger:
    """One Jaeger, or whatever answers as it does. Every method raises what `Backend.get` does.

    Args:
        backend: where it is.
        clock: nanoseconds since the epoch.
    """

    def __init__(self, backend: Backend, clock: Callable[[], int] = time.time_ns) -> None:
        self._api = JaegerApi(backend)
        self._clock = clock

    @property
    def name(self) -> str:
        """Jaeger and its address."""
        return self._api.name

    def spans(self, trace_id: TraceId) -> Sequence[Span]:
        """Return the spans of a trace, none if there is no such trace."""
        return self._api.trace(trace_id).spans

    def newest(self, limit: int) -> Sequence[TraceId]:
        """Return the ids of the newest traces, newest first, as far as the last 30 days go."""
        services = self._services()

        def search(start: int, end: int, depth: int) -> Mapping[TraceId, int]:
            return first_starts(
                span
                for service in services
                for span in self._api.search(service, start, end, depth).spans
            )

        return newest_within_windows(search, self._clock(), limit) if services else []

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
