"""Spans into the tables: each span one row, whatever arrives twice."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, fields
from operator import attrgetter

from otelhook.model import Resource
from otelhook.otlp import ReceivedSpan, encode_resource
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


_values = attrgetter(*_COLUMNS)

_TRACE = (
    "INSERT INTO traces (trace_id, start_time, end_time, spans, received)"
    " VALUES (?, ?, ?, ?, ?) ON CONFLICT (trace_id) DO UPDATE SET"
    " start_time = min(start_time, excluded.start_time),"
    " end_time = max(end_time, excluded.end_time),"
    " spans = spans + excluded.spans,"
    " received = max(received, excluded.received)"
)


@dataclass(slots=True)
class _TraceRow:
    """What the spans of one transaction say of their trace; times in ns."""

    start_time: int
    end_time: int
    spans: int = 0


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
        self._bodies: dict[bytes, int] = {}
        self._attributes: dict[int, list[tuple[int, str]]] = {}
        """By span's row, until all are written in the order of their index, which is quicker."""
        self._traces: dict[str, _TraceRow] = {}
        # The resource is kept beside its row's id so that its id() stays its own.
        self._resources: dict[int, tuple[Resource, int]] = {}

    def write(self, received: ReceivedSpan) -> None:
        """Write one span; of two with the same trace, span and kind the later end wins."""
        span = received.span
        held = self._connection.execute(
            "SELECT id, end_time FROM spans WHERE trace_id = ? AND span_id = ? AND kind = ?",
            (span.trace_id, span.span_id, int(span.kind)),
        ).fetchone()
        if held is not None and held[1] >= stored_integer(span.end_time):
            self.outcome.repeated += 1
            return
        row = span_row(received)
        if held is None:
            self.outcome.added += 1
        else:
            self.outcome.replaced += 1
            self._remove(held[0])
        self._trace(row, new=held is None)
        bodies = tuple(None if body is None else self._body(body) for body in body_of(span))
        resource = self._resource(span.resource)
        span_id = self._insert(_INSERT, (*_values(row), resource, *bodies))
        self._attributes[span_id] = [(self._key(key), value) for key, value in searchable(span)]

    def finish(self) -> None:
        """Write what was held back; to be called once, before the transaction ends."""
        self._connection.executemany(
            "INSERT OR IGNORE INTO attributes (key, value, span) VALUES (?, ?, ?)",
            sorted(
                (key, value, span_id)
                for span_id, pairs in self._attributes.items()
                for key, value in pairs
            ),
        )
        self._connection.executemany(
            _TRACE,
            [
                (trace_id, row.start_time, row.end_time, row.spans, self._received)
                for trace_id, row in self._traces.items()
            ],
        )
        self._attributes.clear()
        self._traces.clear()

    def _trace(self, row: SpanRow, *, new: bool) -> None:
        """Note a span of a trace; a trace has its row before its first span has."""
        known = self._traces.get(row.trace_id)
        if known is None:
            known = self._traces[row.trace_id] = _TraceRow(row.start_time, row.end_time)
            values = (row.trace_id, row.start_time, row.end_time, 0, self._received)
            self._connection.execute(_TRACE, values)
        known.start_time = min(known.start_time, row.start_time)
        known.end_time = max(known.end_time, row.end_time)
        known.spans += new

    def _remove(self, span_id: int) -> None:
        request, response = self._connection.execute(
            "SELECT request_body, response_body FROM spans WHERE id = ?", (span_id,)
        ).fetchone()
        self._attributes.pop(span_id, None)
        self._bodies.clear()
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
        known = self._bodies.get(digest)
        if known is None:
            known = self._bodies[digest] = self._body_row(digest, body)
        return known

    def _body_row(self, digest: bytes, body: Body) -> int:
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
