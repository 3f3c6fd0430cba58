"""Searching the store: the newest traces that have a span such as this, and what there is.

Every search ends at its deadline with what it has found by then.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from typing import Final

from otelhook.model import SpanKind, TraceId
from otelhook.store.blocks.searching import matches
from otelhook.store.database import reading
from otelhook.store.query import Found, Query

__all__ = ["interrupted", "operations", "search", "services"]

_OPERATIONS: Final = 2_000


def search(
    connection: sqlite3.Connection, query: Query, limit: int, check: Callable[[], None]
) -> Found:
    """Return up to ``limit`` traces; less if time is over (see `Store.bounded`)."""
    found: dict[bytes, None] = {}
    complete = True
    try:
        with reading(connection):
            for trace_id in matches(connection, query, check):
                found.setdefault(trace_id)
                if len(found) >= limit:
                    break
    except sqlite3.OperationalError as error:
        if not interrupted(error):
            raise
        complete = False
    return Found(tuple(TraceId(trace_id.hex()) for trace_id in found), complete)


def interrupted(error: sqlite3.Error) -> bool:
    """Return whether a statement ended because its time was over."""
    return "interrupted" in str(error)  # codes reach Python only from 3.11 on


def services(connection: sqlite3.Connection) -> tuple[str, ...]:
    """Return the names of all services, in order; the empty one if spans have none."""
    # The index is asked for the next name, not for all of its rows.
    rows = connection.execute(
        "WITH RECURSIVE names (name) AS (SELECT min(service) FROM operations"
        " UNION ALL SELECT (SELECT min(service) FROM operations WHERE service > names.name)"
        " FROM names WHERE names.name IS NOT NULL)"
        " SELECT name FROM names WHERE name IS NOT NULL"
    )
    return tuple(service for (service,) in rows)


def operations(connection: sqlite3.Connection, service: str) -> tuple[tuple[str, SpanKind], ...]:
    """Return the span names of a service with each of their kinds, in order, up to 2,000."""
    rows = connection.execute(
        "WITH RECURSIVE names (name, kind) AS ("
        " SELECT * FROM (SELECT name, kind FROM operations WHERE service = :service"
        " ORDER BY name, kind LIMIT 1)"
        " UNION ALL SELECT (SELECT name FROM operations WHERE service = :service"
        " AND (name, kind) > (names.name, names.kind) ORDER BY name, kind LIMIT 1),"
        " (SELECT kind FROM operations WHERE service = :service"
        " AND (name, kind) > (names.name, names.kind) ORDER BY name, kind LIMIT 1)"
        " FROM names WHERE names.name IS NOT NULL)"
        " SELECT name, kind FROM names WHERE name IS NOT NULL LIMIT :limit",
        {"service": service, "limit": _OPERATIONS},
    )
    return tuple((name, SpanKind(kind)) for name, kind in rows)
