"""A store of the first form, a row a span, written as otelhook wrote it then."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, fields
from importlib.resources import files
from operator import attrgetter
from pathlib import Path
from struct import pack, unpack

from otelhook.model import Span
from otelhook.otlp import encode_traces
from tests.store.version_1.rows import ResourceRow, SpanRow, SpanRows, StoredBody, hash_of, rows_of

__all__ = ["write_version_1"]

APPLICATION_ID = 0x6F74686B

_COLUMNS = tuple(column.name for column in fields(SpanRow))
_values = attrgetter(*_COLUMNS)

# The names are those of a dataclass, the values are bound.
_INSERT = (
    f"INSERT INTO spans ({', '.join(_COLUMNS)},"
    " resource, request_body, response_body, attribute_values)"
    f" VALUES ({', '.join('?' * (len(_COLUMNS) + 4))})"
)

_TRACE = (
    "INSERT INTO traces (trace_id, start_time, end_time, spans, received)"
    " VALUES (?, ?, ?, ?, ?) ON CONFLICT (trace_id) DO UPDATE SET"
    " start_time = min(start_time, excluded.start_time),"
    " end_time = max(end_time, excluded.end_time),"
    " spans = spans + excluded.spans,"
    " received = max(received, excluded.received)"
)


_UNUSED_BODY = (
    "DELETE FROM bodies WHERE id = ?"
    " AND NOT EXISTS (SELECT 1 FROM spans WHERE request_body = bodies.id)"
    " AND NOT EXISTS (SELECT 1 FROM spans WHERE response_body = bodies.id)"
)
_UNUSED_RESOURCE = (
    "DELETE FROM resources WHERE id = ?"
    " AND NOT EXISTS (SELECT 1 FROM spans WHERE resource = resources.id)"
)
_UNUSED_VALUE = (
    "DELETE FROM attribute_values WHERE id = ?"
    " AND NOT EXISTS (SELECT 1 FROM span_attributes WHERE value = attribute_values.id)"
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
        self._texts: dict[tuple[str, str], int] = {}
        self._bodies: dict[bytes, int] = {}
        self._resources: dict[bytes, int] = {}
        self._attributes: dict[int, list[int]] = {}
        """By span's row, until all are written in the order of their index, which is quicker."""
        self._traces: dict[str, _TraceRow] = {}

    def write(self, row: SpanRows) -> None:
        """Write one span; of two with the same trace, span and kind the later end wins."""
        span = row.span
        held = self._connection.execute(
            "SELECT id, end_time FROM spans WHERE trace_id = ? AND span_id = ? AND kind = ?",
            (span.trace_id, span.span_id, span.kind),
        ).fetchone()
        if held is not None and held[1] >= span.end_time:
            self.outcome.repeated += 1
            return
        if held is None:
            self.outcome.added += 1
        else:
            self.outcome.replaced += 1
            self._remove(held[0])
        self._trace(span, new=held is None)
        bodies = [None if body is None else self._body(body) for body in row.bodies]
        values = list(dict.fromkeys(map(self._text, row.searchable)))
        span_id = self._insert(
            _INSERT, (*_values(span), self._resource(row.resource), *bodies, _packed(values))
        )
        self._attributes[span_id] = values

    def finish(self) -> None:
        """Write what was held back; to be called once, before the transaction ends."""
        self._connection.executemany(
            "INSERT INTO span_attributes (value, span) VALUES (?, ?)",
            sorted((value, span) for span, values in self._attributes.items() for value in values),
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

    def _trace(self, span: SpanRow, *, new: bool) -> None:
        """Note a span of a trace; a trace has its row before its first span has."""
        known = self._traces.get(span.trace_id)
        if known is None:
            known = self._traces[span.trace_id] = _TraceRow(span.start_time, span.end_time)
            values = (span.trace_id, span.start_time, span.end_time, 0, self._received)
            self._connection.execute(_TRACE, values)
        known.start_time = min(known.start_time, span.start_time)
        known.end_time = max(known.end_time, span.end_time)
        known.spans += new

    def _remove(self, span_id: int) -> None:
        self._attributes.pop(span_id, None)
        forget_spans(self._connection, [span_id])
        # What was looked up may have gone with it.
        for looked_up in (self._texts, self._bodies, self._resources):
            looked_up.clear()

    def _body(self, body: StoredBody) -> int:
        digest = body.hash
        known = self._bodies.get(digest)
        if known is None:
            known = self._bodies[digest] = self._row(
                "SELECT id FROM bodies WHERE hash = ?",
                (digest,),
                "INSERT INTO bodies (hash, is_text, content) VALUES (?, ?, ?)",
                (digest, body.is_text, body.content),
            )
        return known

    def _resource(self, resource: ResourceRow) -> int:
        known = self._resources.get(resource.content)
        if known is None:
            digest = hash_of(resource.content)
            known = self._resources[resource.content] = self._row(
                "SELECT id FROM resources WHERE hash = ?",
                (digest,),
                "INSERT INTO resources (hash, service, content) VALUES (?, ?, ?)",
                (digest, resource.service, resource.content),
            )
        return known

    def _text(self, pair: tuple[str, str]) -> int:
        known = self._texts.get(pair)
        if known is None:
            key, text = pair
            values = (self._key(key), text)
            known = self._texts[pair] = self._row(
                "SELECT id FROM attribute_values WHERE key = ? AND value = ?",
                values,
                "INSERT INTO attribute_values (key, value) VALUES (?, ?)",
                values,
            )
        return known

    def _key(self, key: str) -> int:
        known = self._keys.get(key)
        if known is None:
            known = self._keys[key] = self._row(
                "SELECT id FROM attribute_keys WHERE key = ?",
                (key,),
                "INSERT INTO attribute_keys (key) VALUES (?)",
                (key,),
            )
        return known

    def _row(
        self, select: str, wanted: tuple[object, ...], insert: str, values: tuple[object, ...]
    ) -> int:
        """Return the row that is there, else one that is made."""
        held = self._connection.execute(select, wanted).fetchone()
        return self._insert(insert, values) if held is None else int(held[0])

    def _insert(self, statement: str, values: tuple[object, ...]) -> int:
        row_id = self._connection.execute(statement, values).lastrowid
        if row_id is None:  # pragma: no cover - an INSERT into a table with rowids has one
            message = "SQLite gave no row id"
            raise sqlite3.InternalError(message)
        return row_id


def forget_spans(connection: sqlite3.Connection, spans: Iterable[int]) -> None:
    """Delete the rows of spans, and what nothing else refers to any more."""
    bodies: set[int] = set()
    resources: set[int] = set()
    values: set[int] = set()
    for span in spans:
        resource, *held, packed = connection.execute(
            "SELECT resource, request_body, response_body, attribute_values FROM spans"
            " WHERE id = ?",
            (span,),
        ).fetchone()
        of_span = _unpacked(packed)
        connection.executemany(
            "DELETE FROM span_attributes WHERE value = ? AND span = ?",
            [(value, span) for value in of_span],
        )
        connection.execute("DELETE FROM spans WHERE id = ?", (span,))
        resources.add(resource)
        bodies.update(body for body in held if body is not None)
        values.update(of_span)
    for statement, numbers in (
        (_UNUSED_BODY, bodies),
        (_UNUSED_RESOURCE, resources),
        (_UNUSED_VALUE, values),
    ):
        connection.executemany(statement, [(number,) for number in sorted(numbers)])


def _packed(values: list[int]) -> bytes:
    return pack(f"<{len(values)}Q", *values)


def _unpacked(data: bytes) -> tuple[int, ...]:
    return unpack(f"<{len(data) // 8}Q", data)


def write_version_1(path: Path, batches: Sequence[tuple[int, Sequence[Span]]]) -> None:
    """Make a store, and write each batch of spans at its time (ns)."""
    schema = files("otelhook.store").joinpath("migrations").joinpath("0001_spans.sql").read_text()
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("PRAGMA auto_vacuum = INCREMENTAL")
        connection.execute("PRAGMA journal_mode = WAL")
        connection.executescript(schema)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute("PRAGMA user_version = 1")
        for received, spans in batches:
            connection.execute("BEGIN")
            writer = Writer(connection, received)
            for row in rows_of(encode_traces(spans))[0]:
                writer.write(row)
            writer.finish()
            connection.execute("COMMIT")
