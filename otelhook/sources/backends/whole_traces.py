"""Traces out of a backend that finds a trace by its whole id, and lists its newest ones.

None of them can search for the beginning of an id; beginnings are looked up among the newest
traces.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, Protocol

from otelhook.errors import NotRecordedError
from otelhook.model import Span, Trace, TraceId, parse_trace_id
from otelhook.sources.latest import latest

__all__ = ["BackendSource", "TraceApi", "first_starts", "newest_within_windows"]

_logger = logging.getLogger(__name__)

_DIGITS: Final = 32
_FOUND: Final = 10
_LOOKED_AT: Final = 100
"""Newest traces among which the beginning of an id is looked up."""

_SECOND: Final = 10**9
_WINDOWS: Final = (3_600 * _SECOND, 2 * 86_400 * _SECOND, 30 * 86_400 * _SECOND)
"""How far back is searched: further only while there are too few traces."""

_AHEAD: Final = 3_600 * _SECOND
"""How far the clock of a service may be ahead of ours, in nanoseconds."""

_LEAST_DEPTH: Final = 20
"""Traces asked for at once, at least: backends hand out those that ended, or came, last, which
are not quite those that began last."""


class TraceApi(Protocol):
    """What is asked of a backend. Every method raises what `Backend.get` does."""

    @property
    def name(self) -> str:
        """The backend and its address."""
        ...

    def spans(self, trace_id: TraceId) -> Sequence[Span]:
        """Return the spans of a trace, none if there is no such trace."""
        ...

    def newest(self, limit: int) -> Sequence[TraceId]:
        """Return ids of the newest traces, newest first, as far as the last 30 days go."""
        ...


class BackendSource:
    """One backend as a source. Every method raises what `Backend.get` does."""

    def __init__(self, api: TraceApi) -> None:
        self._api = api
        self._listed: tuple[TraceId, ...] = ()
        self._held: Trace | None = None
        """What `find` had to read whole: `trace` is asked for it next."""

    @property
    def name(self) -> str:
        """The backend and its address."""
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
            # Also what Tempo and older Jaegers show: an id without its leading zeros.
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
        self._listed = tuple(self._api.newest(limit)[:limit])
        return self._listed

    def trace(self, trace_id: TraceId) -> Trace:
        """Return the whole trace.

        Raises:
            NotRecordedError: the backend has no such trace.
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
        spans = self._api.spans(trace_id)
        merged = latest(span for span in spans if span.trace_id == trace_id)
        return Trace(trace_id, merged) if merged else None


def first_starts(spans: Iterable[Span]) -> dict[TraceId, int]:
    """Return when each trace among the spans began, in nanoseconds."""
    starts: dict[TraceId, int] = {}
    for span in spans:
        known = starts.setdefault(span.trace_id, span.start_time)
        starts[span.trace_id] = min(known, span.start_time)
    return starts


def newest_within_windows(
    search: Callable[[int, int, int], Mapping[TraceId, int]], now: int, limit: int
) -> list[TraceId]:
    """Return the ids of the newest traces, newest first.

    Args:
        search: takes the earliest and the latest start (ns) and how many traces are wanted,
            returns when each began (ns). It is asked for the last hour, then for longer while
            that gave fewer than ``limit``.
        now: nanoseconds since the epoch.
        limit: traces that are enough.
    """
    depth = max(limit, _LEAST_DEPTH)
    starts: dict[TraceId, int] = {}
    for window in _WINDOWS:
        for trace_id, start in search(now - window, now + _AHEAD, depth).items():
            starts[trace_id] = min(starts.get(trace_id, start), start)
        if len(starts) >= limit:
            break
    return sorted(starts, key=lambda trace_id: (-starts[trace_id], trace_id))[:limit]
