"""The store: spans in, whole traces out."""

from __future__ import annotations

import random
import sqlite3
import stat
from collections.abc import Callable
from dataclasses import replace

import pytest

from otelhook.errors import StorageError
from otelhook.model import (
    Span,
    SpanKind,
)
from otelhook.store import Query, SpoolKey, SpoolPosition, Store, Written

NOISE = random.Random(1).randbytes(99_999)
"""What no compression makes smaller."""


def test_what_became_of_each_span_is_said(store: Store, make_span: Callable[..., Span]) -> None:
    span = make_span(attributes={"k": "old"})
    later = replace(span, end_time=span.end_time + 1, attributes={"k": "new"})
    other = make_span(span=2)
    assert store.write([span]) == Written(1, 0, 0)
    assert store.write([later, other]) == Written(1, 1, 0)
    assert store.write([span, later, make_span(span=3)]) == Written(1, 0, 2)
    assert store.write([]) == Written(0, 0, 0)
    assert store.trace(span.trace_id) == (later, other, make_span(span=3))
    assert not store.search(Query(attributes=(("k", "old"),)), 5).traces
    assert store.search(Query(attributes=(("k", "new"),)), 5).traces


def test_a_span_that_comes_twice_in_one_message_is_one(
    store: Store, make_span: Callable[..., Span]
) -> None:
    span = make_span()
    later = replace(span, end_time=span.end_time + 1)
    earlier = replace(span, end_time=span.end_time - 1)
    assert store.write([span, later, earlier]) == Written(1, 1, 1)
    assert store.trace(span.trace_id) == (later,)


def test_client_and_server_span_of_one_id_are_two(
    store: Store, make_span: Callable[..., Span]
) -> None:
    store.write([make_span(), make_span(kind=SpanKind.CLIENT)])
    assert len(store.trace(make_span().trace_id)) == 2


def test_text_and_bytes_of_one_content_are_two_bodies(
    store: Store, make_span: Callable[..., Span]
) -> None:
    spans = [
        make_span(span=n, attributes={"http.request.body.content": body})
        for n, body in enumerate(("same", b"same"), 1)
    ]
    store.write(spans)
    assert list(store.trace(make_span().trace_id)) == spans


def test_a_failure_within_a_transaction_leaves_nothing_of_it(
    store: Store, make_span: Callable[..., Span]
) -> None:
    def fail_halfway() -> None:
        with store.transaction():
            store.write([make_span()])
            store.move_spool(SpoolKey("a", 1), SpoolPosition(10))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail_halfway()
    assert store.newest(1) == ()
    assert store.spool(SpoolKey("a", 1)) == SpoolPosition(0)
    assert store.write([make_span()]).added == 1


def test_the_position_of_a_spool_is_kept_and_forgotten(store: Store) -> None:
    key = SpoolKey("a", 2**40)
    store.move_spool(key, SpoolPosition(5))
    store.move_spool(key, SpoolPosition(9, damaged=True))
    assert store.spool(key) == SpoolPosition(9, damaged=True)
    assert store.spool(SpoolKey("a", 1)) == SpoolPosition(0)
    store.forget_spool(key)
    assert store.spool(key) == SpoolPosition(0)


def test_a_full_disk_is_one_clear_line_and_keeps_what_was_there(
    store: Store, make_span: Callable[..., Span]
) -> None:
    store.write([make_span()])
    (pages,) = store._connection.execute("PRAGMA page_count").fetchone()
    store._connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StorageError, match=r"store\.sqlite3: the disk is full") as caught:
        store.write([make_span(trace=2, attributes={"http.request.body.content": NOISE})])
    assert "\n" not in str(caught.value)
    store._connection.execute("PRAGMA max_page_count = 100000")
    assert [int(trace_id, 16) for trace_id in store.newest(5)] == [1]
    assert store.write([make_span(trace=2)]).added == 1


def test_the_file_is_for_this_user_alone(store: Store) -> None:
    for file in store.path.parent.glob("store.sqlite3*"):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_searches_use_an_index(store: Store) -> None:
    for query in (
        "SELECT id FROM blocks WHERE to_time >= 5 ORDER BY to_time DESC",
        "SELECT id FROM segments WHERE block = 5 ORDER BY first_span",
        "SELECT spans FROM parts WHERE trace_id = x'01'",
        "SELECT name FROM operations WHERE service = 'a' AND (name, kind) > ('b', 1)",
        "SELECT trace_id FROM traces WHERE trace_id BETWEEN x'01' AND x'02'",
        "SELECT trace_id FROM traces ORDER BY start_time DESC LIMIT 5",
    ):
        plan = store._connection.execute(f"EXPLAIN QUERY PLAN {query}").fetchall()
        assert any("USING" in row[3] for row in plan), query


def test_closing_twice_is_no_error_and_sqlite_knows_the_file(store: Store) -> None:
    store.close()
    store.close()
    connection = sqlite3.connect(store.path)
    assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()
