"""Searching the store: which traces have a span such as this, newest first.

What is asked decides how the spans are walked through: along an index by service, name and time,
from the rows of a rare attribute, from those of an HTTP status, or along time. Matches come in
the order of time without sorting where there may be many, so that a search for the newest few
ends early; and every search ends at its deadline with what it has found by then.
"""

from __future__ import annotations

import heapq
import json
import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from otelhook.model import SpanKind, StatusCode, TraceId
from otelhook.otlp import decode_resource

__all__ = [
    "MAX_TIME",
    "WENT_WRONG",
    "Found",
    "Query",
    "interrupted",
    "operations",
    "search",
    "services",
]

MAX_TIME: Final = 2**63 - 1
"""The latest time, and the longest duration, that the store holds, in ns."""

_EVERYTHING: Final = (0, MAX_TIME)
_SPARSE: Final = 5_000
"""Rows of an attribute or a status up to which walking through them and sorting is quickest."""

_STREAMS: Final = 200
"""Names of one service, or services, up to which each gets a walk of its own."""

_RESOURCES: Final = 20_000
"""Resources of which the attributes are looked at."""

_OPERATIONS: Final = 2_000
_KINDS_OF: Final = 20
"""Newest spans of a name that are asked for their kind."""


WENT_WRONG: Final = "(status = 2 OR ifnull(http_status, 0) >= 400)"
"""A span that says so itself, or an answer that refuses: what lists count as failed."""


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
    started: tuple[int, int] = _EVERYTHING
    """When the span began, ns since the epoch."""

    took: tuple[int, int] = _EVERYTHING
    """How long the span took, ns."""

    trace_took: tuple[int, int] = _EVERYTHING
    """How long the whole trace took, ns, on its services' clocks."""

    @property
    def of_any_span(self) -> bool:
        """Whether any span will do, so that only the trace's own times matter."""
        asked = (self.name, self.attributes, self.kind, self.failed, self.http_status)
        nothing = self.service is None and self.took == _EVERYTHING and not self.went_wrong
        return nothing and all(value in ("", (), None) for value in asked)


@dataclass(frozen=True, slots=True)
class Found:
    """Traces in the order in which their newest matching spans began, newest first."""

    traces: tuple[TraceId, ...]
    complete: bool = True
    """False if time was over before all spans were looked at."""


@dataclass(slots=True)
class _Conditions:
    """Conditions on a row of ``spans``, and the values bound in them."""

    texts: list[str] = field(default_factory=list[str])
    values: list[object] = field(default_factory=list[object])

    def add(self, text: str, *values: object) -> None:
        self.texts.append(text)
        self.values += values

    def between(self, expression: str, limits: tuple[int, int]) -> None:
        if limits != _EVERYTHING:
            self.add(f"{expression} BETWEEN ? AND ?", *limits)


def search(connection: sqlite3.Connection, query: Query, limit: int) -> Found:
    """Return up to ``limit`` traces; less if the connection is interrupted (see `Store.bounded`).

    Raises:
        DamagedDataError: a resource cannot be read.
    """
    found: dict[TraceId, None] = {}
    try:
        for trace_id in _matches(connection, query):
            found.setdefault(trace_id)
            if len(found) >= limit:
                break
    except sqlite3.OperationalError as error:
        if not interrupted(error):
            raise
        return Found(tuple(found), complete=False)
    return Found(tuple(found))


def interrupted(error: sqlite3.Error) -> bool:
    """Return whether a statement ended because its time was over."""
    return "interrupted" in str(error)  # codes reach Python only from 3.11 on


def services(connection: sqlite3.Connection) -> tuple[str, ...]:
    """Return the names of all services, in order; the empty one if spans have none."""
    rows = connection.execute("SELECT DISTINCT service FROM resources ORDER BY service")
    return tuple(service for (service,) in rows)


def operations(connection: sqlite3.Connection, service: str) -> tuple[tuple[str, SpanKind], ...]:
    """Return the span names of a service with each of their kinds, in order, up to 2,000 names.

    The kinds are those of the newest 20 spans of that name.
    """
    found: list[tuple[str, SpanKind]] = []
    for name in _names(connection, service, _OPERATIONS):
        kinds = connection.execute(
            "SELECT DISTINCT kind FROM (SELECT kind FROM spans INDEXED BY spans_by_service"
            " WHERE service = ? AND name = ? ORDER BY start_time DESC LIMIT ?) ORDER BY kind",
            (service, name, _KINDS_OF),
        )
        found += ((name, SpanKind(kind)) for (kind,) in kinds)
    return tuple(found)


def _matches(connection: sqlite3.Connection, query: Query) -> Iterator[TraceId]:
    """Yield the trace of each match, newest first; a trace may come more than once."""
    if query.of_any_span:
        conditions = _Conditions()
        conditions.between("start_time", query.started)
        conditions.between("end_time - start_time", query.trace_took)
        where = " AND ".join(conditions.texts) or "1"
        rows = connection.execute(
            f"SELECT trace_id FROM traces WHERE {where} ORDER BY start_time DESC, trace_id",  # noqa: S608 - own text
            conditions.values,
        )
        yield from (TraceId(trace_id) for (trace_id,) in rows)
        return
    common = _common(query)
    sparse = _sparse_status(connection, query)
    for wanted in query.attributes:
        sparse = _attribute(connection, *wanted, common) or sparse
    if sparse is not None:
        yield from _rows(connection, "spans", common, [sparse])
        return
    places = list(_places(connection, query))
    if 0 < len(places) <= _STREAMS:
        streams = [_Conditions(["service = ?", "name = ?"], [*place]) for place in places]
        yield from _rows(connection, "spans INDEXED BY spans_by_service", common, streams)
    elif places:
        yield from _rows(connection, "spans INDEXED BY spans_by_start", common, [_Conditions()])


def _common(query: Query) -> _Conditions:
    """Return the conditions that every way through the spans has."""
    conditions = _Conditions()
    if query.service is not None:
        conditions.add("service = ?", query.service)
    if query.name:
        conditions.add("name = ?", query.name)
    if query.kind is not None:
        conditions.add("kind = ?", int(query.kind))
    if query.failed is not None:
        sign = "=" if query.failed else "<>"
        conditions.add(f"status {sign} ?", int(StatusCode.ERROR))
    if query.went_wrong:
        conditions.add(WENT_WRONG)
    if query.http_status is not None:
        conditions.add("http_status BETWEEN ? AND ?", *query.http_status)
    conditions.between("start_time", query.started)
    conditions.between("end_time - start_time", query.took)
    if query.trace_took != _EVERYTHING:
        conditions.add(
            "EXISTS (SELECT 1 FROM traces WHERE traces.trace_id = spans.trace_id"
            " AND traces.end_time - traces.start_time BETWEEN ? AND ?)",
            *query.trace_took,
        )
    return conditions


def _attribute(
    connection: sqlite3.Connection, key: str, value: str, common: _Conditions
) -> _Conditions | None:
    """Ask for an attribute in ``common``; return where its few spans are, if they are few."""
    resources = json.dumps(list(_resources_with(connection, key, value)))
    common.add(
        "(resource IN (SELECT value FROM json_each(?)) OR EXISTS (SELECT 1 FROM attributes"
        " WHERE key = (SELECT id FROM attribute_keys WHERE key = ?) AND value = ?"
        " AND span = spans.id))",
        resources,
        key,
        value,
    )
    if resources != "[]":
        return None
    rows = (
        "SELECT span FROM attributes"
        " WHERE key = (SELECT id FROM attribute_keys WHERE key = ?) AND value = ?"
    )
    if not _few(connection, rows, (key, value)):
        return None
    return _Conditions([f"id IN ({rows})"], [key, value])


def _sparse_status(connection: sqlite3.Connection, query: Query) -> _Conditions | None:
    if query.http_status is None:
        return None
    rows = "SELECT id FROM spans INDEXED BY spans_by_http_status WHERE http_status BETWEEN ? AND ?"
    if not _few(connection, rows, query.http_status):
        return None
    return _Conditions([f"id IN ({rows})"], [*query.http_status])


def _few(connection: sqlite3.Connection, rows: str, values: tuple[object, ...]) -> bool:
    (count,) = connection.execute(
        f"SELECT count(*) FROM ({rows} LIMIT ?)",  # noqa: S608 - own text
        (*values, _SPARSE + 1),
    ).fetchone()
    return bool(count <= _SPARSE)


def _resources_with(connection: sqlite3.Connection, key: str, value: str) -> Iterator[int]:
    """Yield the resources that have an attribute; there are few, and they are kept encoded."""
    rows = connection.execute("SELECT id, content FROM resources LIMIT ?", (_RESOURCES,))
    for number, content in rows:
        held = decode_resource(content).attributes.get(key)
        text = str(held).lower() if isinstance(held, bool) else held
        if isinstance(text, str | int | float) and str(text) == value:
            yield number


def _places(connection: sqlite3.Connection, query: Query) -> Iterator[tuple[str, str]]:
    """Yield services and names in which there may be matches: one more than streams at most."""
    left = _STREAMS + 1
    for service in services(connection) if query.service is None else (query.service,):
        for name in (query.name,) if query.name else _names(connection, service, left):
            yield service, name
            left -= 1
            if not left:
                return


def _names(connection: sqlite3.Connection, service: str, limit: int) -> tuple[str, ...]:
    """Return span names of a service; the index is asked for the next one, not for all spans."""
    rows = connection.execute(
        "WITH RECURSIVE names (name) AS ("
        " SELECT min(name) FROM spans INDEXED BY spans_by_service WHERE service = ?"
        " UNION ALL SELECT (SELECT min(name) FROM spans INDEXED BY spans_by_service"
        " WHERE service = ? AND name > names.name) FROM names WHERE names.name IS NOT NULL)"
        " SELECT name FROM names WHERE name IS NOT NULL LIMIT ?",
        (service, service, limit),
    )
    return tuple(name for (name,) in rows)


def _rows(
    connection: sqlite3.Connection, table: str, common: _Conditions, streams: Iterable[_Conditions]
) -> Iterator[TraceId]:
    """Walk through spans, along several ways at once, in the order of time."""
    cursors: list[sqlite3.Cursor] = []
    for stream in streams:
        where = " AND ".join([*stream.texts, *common.texts]) or "1"
        text = f"SELECT trace_id, start_time FROM {table} WHERE {where} ORDER BY start_time DESC"  # noqa: S608 - own text
        cursors.append(connection.execute(text, [*stream.values, *common.values]))
    for trace_id, _ in heapq.merge(*cursors, key=lambda row: -row[1]):
        yield TraceId(trace_id)
