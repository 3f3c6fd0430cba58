"""Spans into the tables: each span one row, whatever arrives twice."""

from __future__ import annotations

import sqlite3
from dataclasses import astuple, dataclass, fields

from otelhook.model import Resource, Span
from otelhook.otlp import encode_resource
from otelhook.store.rows import (
    Body,
    SpanRow,
    body_of,
    hash_of,
    searchable,
    service_of,
    span_row,
    stored_integer,
)

__all__ = ["Outcome", "Writer"]

_COLUMNS = tuple(column.name for column in fields(SpanRow))

# The names are those of a dataclass, the values are bound.
_INSERT = (
    f"INSERT INTO spans ({', '.join(_COLUMNS)}, resource, request_body, response_body)"  # noqa: S608
    f" VALUES ({', '.join('?' * (len(_COLUMNS) + 3))})"
)


@dataclass(slots=True)
class Outcome:
    """What became of the spans that were given, in spans."""

    added: int = 0
    replaced: int = 0
    repeated: int = 0


class Writer:
    """Writes spans within one transaction; it remembers what it has looked up meanwhile."""

    def __init__(self, connection: sqlite3.Connection, received: int) -> None:
        self.outcome = Outcome()
        self._connection = connection
        self._received = received
        self._keys: dict[str, int] = {}
        # The resource is kept beside its row's id so that its id() stays its own.
        self._resources: dict[int, tuple[Resource, int]] = {}

    def write(self, span: Span) -> None:
        """Write one span; of two with the same trace, span and kind the later end wins."""
        held = self._connection.execute(
            "SELECT id, end_time FROM spans WHERE trace_id = ? AND span_id = ? AND kind = ?",
            (span.trace_id, span.span_id, int(span.kind)),
        ).fetchone()
        if held is not None and held[1] >= stored_integer(span.end_time):
            self.outcome.repeated += 1
            return
        row = span_row(span)
        if held is None:
            self.outcome.added += 1
        else:
            self.outcome.replaced += 1
            self._remove(held[0])
        self._trace(row, new=held is None)
        bodies = tuple(None if body is None else self._body(body) for body in body_of(span))
        resource = self._resource(span.resource)
        span_id = self._connection.execute(_INSERT, (*astuple(row), resource, *bodies)).lastrowid
        self._connection.executemany(
            "INSERT OR IGNORE INTO attributes (key, value, span) VALUES (?, ?, ?)",
            [(self._key(key), value, span_id) for key, value in searchable(span)],
        )

    def _trace(self, row: SpanRow, *, new: bool) -> None:
        self._connection.execute(
            "INSERT INTO traces (trace_id, start_time, end_time, spans, received)"
            " VALUES (?, ?, ?, ?, ?) ON CONFLICT (trace_id) DO UPDATE SET"
            " start_time = min(start_time, excluded.start_time),"
            " end_time = max(end_time, excluded.end_time),"
            " spans = spans + excluded.spans,"
            " received = max(received, excluded.received)",
            (row.trace_id, row.start_time, row.end_time, int(new), self._received),
        )

    def _remove(self, span_id: int) -> None:
        request, response = self._connection.execute(
            "SELECT request_body, response_body FROM spans WHERE id = ?", (span_id,)
        ).fetchone()
        self._connection.execute("DELETE FROM attributes WHERE span = ?", (span_id,))
        self._connection.execute("DELETE FROM spans WHERE id = ?", (span_id,))
        for body in (request, response):
            self._connection.execute(
                "DELETE FROM bodies WHERE id = ?"
                " AND NOT EXISTS (SELECT 1 FROM spans WHERE request_body = bodies.id)"
                " AND NOT EXISTS (SELECT 1 FROM spans WHERE response_body = bodies.id)",
                (body,),
            )

    def _body(self, body: Body) -> int:
        digest = body.hash
        held = self._connection.execute("SELECT id FROM bodies WHERE hash = ?", (digest,))
        row = held.fetchone()
        if row is not None:
            return int(row[0])
        return self._insert(
            "INSERT INTO bodies (hash, is_text, content) VALUES (?, ?, ?)",
            (digest, body.is_text, body.content),
        )

    def _resource(self, resource: Resource) -> int:
        known = self._resources.get(id(resource))
        if known is None:
            known = (resource, self._resource_row(resource))
            self._resources[id(resource)] = known
        return known[1]

    def _resource_row(self, resource: Resource) -> int:
        content = encode_resource(resource)
        digest = hash_of(content)
        held = self._connection.execute("SELECT id FROM resources WHERE hash = ?", (digest,))
        row = held.fetchone()
        if row is not None:
            return int(row[0])
        return self._insert(
            "INSERT INTO resources (hash, service, content) VALUES (?, ?, ?)",
            (digest, service_of(resource), content),
        )

    def _key(self, key: str) -> int:
        if key not in self._keys:
            held = self._connection.execute("SELECT id FROM attribute_keys WHERE key = ?", (key,))
            row = held.fetchone()
            self._keys[key] = (
                int(row[0])
                if row is not None
                else self._insert("INSERT INTO attribute_keys (key) VALUES (?)", (key,))
            )
        return self._keys[key]

    def _insert(self, statement: str, values: tuple[object, ...]) -> int:
        row_id = self._connection.execute(statement, values).lastrowid
        if row_id is None:  # pragma: no cover - an INSERT into a table with rowids has one
            message = "SQLite gave no row id"
            raise sqlite3.InternalError(message)
        return row_id
