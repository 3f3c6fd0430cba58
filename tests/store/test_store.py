"""The store: spans in, whole traces out."""

from __future__ import annotations

import sqlite3
import stat
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from otelhook.errors import DamagedDataError, StorageError
from otelhook.model import (
    Event,
    Link,
    Resource,
    Span,
    SpanId,
    SpanKind,
    Status,
    StatusCode,
    TraceId,
)
from otelhook.store import SpoolKey, SpoolPosition, Store, Written


def _rows(store: Store, table: str) -> int:
    (count,) = store._connection.execute(f"SELECT count(*) FROM {table}").fetchone()
    return int(count)


def test_a_span_comes_back_whole(store: Store, make_span: Callable[..., Span]) -> None:
    span = make_span(
        parent_span_id=SpanId("00000000000000ff"),
        attributes={
            "http.request.method": "PUT",
            "http.response.status_code": 201,
            "http.request.header.accept": ("a", "b"),
            "http.request.body.content": "text ü\0",
            "http.response.body.content": b"\0\xff",
            "nested": {"a": (1, None, True)},
        },
        status=Status(StatusCode.ERROR, "no"),
        events=(Event(5, "e", {"k": 1.5}),),
        links=(Link(TraceId("1" * 32), SpanId("2" * 16)),),
        flags=257,
        trace_state="a=b",
        start_time=2**64 - 2,
        end_time=2**64 - 1,
    )
    assert store.write([span]) == Written(1, 0, 0)
    assert store.trace(span.trace_id) == (span,)


@settings(max_examples=50, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.integers(1, 3),
            st.integers(1, 3),
            st.sampled_from((SpanKind.SERVER, SpanKind.CLIENT)),
            st.integers(0, 5),
            st.one_of(st.none(), st.sampled_from(("x", "y", b"x"))),
        ),
        max_size=12,
    )
)
def test_whatever_comes_however_often_each_span_is_one_row_and_the_latest_end_wins(
    tmp_path_factory: pytest.TempPathFactory, arrivals: list[tuple[Any, ...]]
) -> None:
    wanted: dict[tuple[object, ...], Span] = {}
    with Store.open(tmp_path_factory.mktemp("store"), clock=lambda: 0) as store:
        for trace, number, kind, end, body in arrivals:
            span = Span(
                *(TraceId(f"{trace:032x}"), SpanId(f"{number:016x}"), None, "n", kind, 0, end),
                attributes={} if body is None else {"http.request.body.content": body},
            )
            store.write([span])
            key = (span.trace_id, span.span_id, span.kind)
            if key not in wanted or wanted[key].end_time < end:
                wanted[key] = span
        found = [span for trace in store.newest(10) for span in store.trace(trace)]
        assert len(found) == len(wanted)
        assert {(span.trace_id, span.span_id, span.kind): span for span in found} == wanted
        # No body is kept that nothing refers to, and none twice.
        bodies = {span.attributes.get("http.request.body.content") for span in wanted.values()}
        assert _rows(store, "bodies") == len(bodies - {None})


def test_client_and_server_span_of_one_id_are_two(
    store: Store, make_span: Callable[..., Span]
) -> None:
    store.write([make_span(), make_span(kind=SpanKind.CLIENT)])
    assert len(store.trace(make_span().trace_id)) == 2


def test_bodies_and_resources_are_kept_once(store: Store, make_span: Callable[..., Span]) -> None:
    body = "x" * 50_000
    store.write(
        make_span(
            span=n,
            attributes={"http.request.body.content": body, "http.response.body.content": body},
            resource=Resource({"service.name": "image"}),
        )
        for n in range(1, 20)
    )
    assert (_rows(store, "bodies"), _rows(store, "resources")) == (1, 1)
    assert all(len(s.attributes) == 2 for s in store.trace(make_span().trace_id))


def test_text_and_bytes_of_one_content_are_two_bodies(
    store: Store, make_span: Callable[..., Span]
) -> None:
    spans = [
        make_span(span=n, attributes={"http.request.body.content": body})
        for n, body in enumerate(("same", b"same"), 1)
    ]
    store.write(spans)
    assert list(store.trace(make_span().trace_id)) == spans


def test_a_later_end_replaces_the_row_and_its_attributes(
    store: Store, make_span: Callable[..., Span]
) -> None:
    span = make_span(attributes={"k": "old", "http.request.body.content": "old"})
    later = replace(
        span,
        end_time=span.end_time + 1,
        attributes={"k": "new", "http.request.body.content": "new"},
    )
    assert store.write([span]) == Written(1, 0, 0)
    assert store.write([later]) == Written(0, 1, 0)
    assert store.write([span, later]) == Written(0, 0, 2)
    assert store.trace(span.trace_id) == (later,)
    assert (_rows(store, "attributes"), _rows(store, "bodies"), _rows(store, "spans")) == (1, 1, 1)
    assert store._connection.execute("SELECT spans FROM traces").fetchall() == [(1,)]


def test_short_attributes_are_in_the_index_and_bodies_are_not(
    store: Store, make_span: Callable[..., Span]
) -> None:
    store.write(
        [
            make_span(
                attributes={
                    "short": "x" * 256,
                    "long": "x" * 257,
                    "list": ("a", "b", "a"),
                    "number": 7,
                    "flag": True,
                    "http.request.body.content": "body",
                }
            )
        ]
    )
    rows = store._connection.execute(
        "SELECT attribute_keys.key, value FROM attributes"
        " JOIN attribute_keys ON attribute_keys.id = attributes.key ORDER BY 1, 2"
    ).fetchall()
    assert rows == [
        ("flag", "true"),
        ("list", "a"),
        ("list", "b"),
        ("number", "7"),
        ("short", "x" * 256),
    ]


@pytest.mark.parametrize(
    ("attributes", "method", "status"),
    [
        ({"http.request.method": "GET", "http.response.status_code": 200}, "GET", 200),
        ({"http.method": "PUT", "http.status_code": "404"}, "PUT", 404),
        ({"http.method": 5, "http.status_code": "many"}, None, None),
        ({"http.status_code": 2**63 - 1}, None, 2**63 - 1),
        ({}, None, None),
    ],
)
def test_method_and_status_have_columns(
    store: Store,
    make_span: Callable[..., Span],
    attributes: dict[str, Any],
    method: str | None,
    status: int | None,
) -> None:
    store.write([make_span(attributes=attributes)])
    row = store._connection.execute("SELECT http_method, http_status, service FROM spans")
    assert row.fetchone() == (method, status, "image")


def test_text_that_is_no_unicode_is_stored_all_the_same(
    store: Store, make_span: Callable[..., Span]
) -> None:
    odd = "\ud800"
    store.write(
        [
            make_span(
                name=odd,
                attributes={odd: odd, "http.request.body.content": odd},
                resource=Resource({"service.name": odd}),
            )
        ]
    )
    (span,) = store.trace(make_span().trace_id)
    assert (span.name, span.attributes["http.request.body.content"]) == ("?", "?")


def test_ids_are_found_by_their_beginning(store: Store, make_span: Callable[..., Span]) -> None:
    store.write(make_span(trace=n << 100) for n in range(1, 15))
    assert store.find("0000001") == (TraceId(f"{1 << 100:032x}"),)
    assert len(store.find("000000")) == 10
    assert store.find("") == store.find("0")
    assert store.find("000000e") == (TraceId(f"{14 << 100:032x}"),)
    assert store.find("f") == ()


def test_the_newest_are_those_that_started_last(
    store: Store, make_span: Callable[..., Span]
) -> None:
    store.write([make_span(trace=3), make_span(trace=1), make_span(trace=2)])
    store.write([make_span(trace=1, span=2)])
    assert [int(trace_id, 16) for trace_id in store.newest(2)] == [3, 2]


def test_what_is_not_there_is_empty(store: Store) -> None:
    assert store.trace(TraceId("1" * 32)) == ()
    assert store.newest(5) == ()


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
        store.write([make_span(trace=2, attributes={"http.request.body.content": "x" * 99_999})])
    assert "\n" not in str(caught.value)
    store._connection.execute("PRAGMA max_page_count = 100000")
    assert [int(trace_id, 16) for trace_id in store.newest(5)] == [1]
    assert store.write([make_span(trace=2)]).added == 1


def test_a_row_that_cannot_be_read_is_damaged_data(
    store: Store, make_span: Callable[..., Span]
) -> None:
    store.write([make_span()])
    store._connection.execute("UPDATE spans SET content = x'ffff'")
    with pytest.raises(DamagedDataError, match=r"store\.sqlite3: trace 0000"):
        store.trace(make_span().trace_id)
    store._connection.execute("UPDATE spans SET content = x''")
    with pytest.raises(DamagedDataError, match="holds 0 spans"):
        store.trace(make_span().trace_id)


def test_the_file_is_for_this_user_alone(store: Store) -> None:
    for file in store.path.parent.glob("store.sqlite3*"):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_searches_use_an_index(store: Store) -> None:
    for query in (
        "SELECT span FROM attributes WHERE key = 1 AND value = 'x'",
        "SELECT * FROM spans WHERE service = 'a' AND start_time > 5",
        "SELECT * FROM spans WHERE http_status >= 500",
        "SELECT trace_id FROM traces WHERE trace_id >= 'a' AND trace_id < 'b'",
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
