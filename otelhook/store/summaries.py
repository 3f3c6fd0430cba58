"""What a list says of traces: counted by SQLite; of their spans only the first is decoded."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from otelhook import attributes as keys
from otelhook.model import SpanId, TraceId
from otelhook.otlp import decode_traces
from otelhook.store.search import WENT_WRONG

__all__ = ["Root", "ServiceCalls", "ServiceCount", "TraceSummary", "calls", "summaries"]

_PATHS = (keys.HTTP_ROUTE, keys.URL_PATH, keys.HTTP_TARGET_OLD, keys.URL_FULL, keys.HTTP_URL_OLD)


@dataclass(frozen=True, slots=True)
class Root:
    """The span that a trace begins with: the earliest without a parent, else the earliest."""

    span_id: SpanId
    service: str
    name: str
    http_method: str | None
    http_status: int | None
    path: str
    """Its route, path or URL, whichever there is first."""
    command: tuple[str, ...] = ()
    """The command line that it is the run of."""


@dataclass(frozen=True, slots=True)
class ServiceCount:
    """The spans of one service in a trace; ``errors`` have the status of an error."""

    service: str
    spans: int
    errors: int


@dataclass(frozen=True, slots=True)
class TraceSummary:
    """One trace; times in ns."""

    trace_id: TraceId
    start_time: int
    end_time: int
    received: int
    """When it was last written, on the store's clock."""

    root: Root
    services: tuple[ServiceCount, ...]
    """In order of their first spans."""

    failed: int
    """Spans with the status of an error, or with an HTTP status of 400 or more."""

    orphans: int
    """Spans whose parent is not in the trace."""

    @property
    def spans(self) -> int:
        """How many spans it has."""
        return sum(count.spans for count in self.services)

    @property
    def errors(self) -> int:
        """How many spans have the status of an error."""
        return sum(count.errors for count in self.services)


@dataclass(frozen=True, slots=True)
class ServiceCalls:
    """How often spans of one service have a parent in another.

    A service's own spans within one another are not calls: Jaeger leaves them out as well.
    """

    parent: str
    child: str
    count: int


def summaries(connection: sqlite3.Connection, traces: Iterable[TraceId]) -> Iterator[TraceSummary]:
    """Yield what there is to say of each trace that (still) is in the store, in that order."""
    for trace_id in traces:
        held = connection.execute(
            "SELECT start_time, end_time, received FROM traces WHERE trace_id = ?", (trace_id,)
        ).fetchone()
        root = _root(connection, trace_id)
        if held is None or root is None:
            continue
        rows = connection.execute(
            f"SELECT service, count(*), sum(status = 2), sum({WENT_WRONG})"  # noqa: S608 - own text
            " FROM spans WHERE trace_id = ?"
            " GROUP BY service ORDER BY min(start_time), service",
            (trace_id,),
        ).fetchall()
        (orphans,) = connection.execute(
            "SELECT count(*) FROM spans AS child WHERE trace_id = ? AND parent_span_id IS NOT NULL"
            " AND NOT EXISTS (SELECT 1 FROM spans AS parent WHERE"
            " parent.trace_id = child.trace_id AND parent.span_id = child.parent_span_id)",
            (trace_id,),
        ).fetchone()
        yield TraceSummary(
            trace_id,
            start_time=held[0],
            end_time=held[1],
            received=held[2],
            root=root,
            services=tuple(ServiceCount(*row[:3]) for row in rows),
            failed=sum(row[3] for row in rows),
            orphans=orphans,
        )


def calls(connection: sqlite3.Connection, start: int, end: int) -> tuple[ServiceCalls, ...]:
    """Return who called whom in traces that began between two times (ns), most calls first."""
    rows = connection.execute(
        "SELECT parent.service, child.service, count(*) AS calls FROM traces"
        " JOIN spans AS child ON child.trace_id = traces.trace_id"
        " JOIN spans AS parent ON parent.trace_id = child.trace_id"
        " AND parent.span_id = child.parent_span_id"
        " WHERE traces.start_time BETWEEN ? AND ?"
        " GROUP BY parent.service, child.service"
        " ORDER BY calls DESC, parent.service, child.service",
        (start, end),
    )
    return tuple(ServiceCalls(*row) for row in rows)


def _root(connection: sqlite3.Connection, trace_id: TraceId) -> Root | None:
    row = connection.execute(
        "SELECT span_id, service, name, http_method, http_status, content FROM spans"
        " WHERE trace_id = ? ORDER BY parent_span_id IS NOT NULL, start_time, id LIMIT 1",
        (trace_id,),
    ).fetchone()
    if row is None:
        return None
    span_id, service, name, method, status, content = row
    (span,) = decode_traces(content)
    paths = (span.attributes.get(key) for key in _PATHS)
    path = next((path for path in paths if isinstance(path, str) and path), "")
    words = span.attributes.get(keys.PROCESS_COMMAND_ARGS)
    command = tuple(map(str, words)) if isinstance(words, list | tuple) else ()
    return Root(span_id, service, name, method, status, path, command)
