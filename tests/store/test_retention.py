"""Letting whole traces go."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from otelhook.model import Resource, Span
from otelhook.store import Store

SECOND = 1_000_000_000
TABLES = ("traces", "spans", "attributes", "bodies", "resources")


def _numbers(store: Store) -> list[int]:
    return sorted(int(trace_id, 16) for trace_id in store.newest(100_000))


def _rows(store: Store) -> dict[str, int]:
    return {
        table: store._connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]
        for table in TABLES
    }


def test_traces_leave_by_the_age_of_their_last_write(
    store: Store, clock: Any, make_span: Callable[..., Span]
) -> None:
    for number in (1, 2, 3):
        clock.now = number * 10 * SECOND
        store.write([make_span(trace=number)])
    clock.now = 40 * SECOND
    store.write([make_span(trace=1, span=2)])
    done = store.retain(15, 0, 41 * SECOND)
    assert done.traces == 1
    assert _numbers(store) == [1, 3]
    assert len(store.trace(make_span(trace=1).trace_id)) == 2


def test_an_old_trace_that_was_only_now_written_stays(
    store: Store, clock: Any, make_span: Callable[..., Span]
) -> None:
    clock.now = 1_000_000 * SECOND
    store.write([make_span(start_time=5, end_time=6)])
    assert store.retain(60, 0, clock.now).traces == 0


def test_zero_is_no_limit(store: Store, make_span: Callable[..., Span]) -> None:
    store.write([make_span()])
    assert store.retain(0, 0, 10**18).traces == 0


def test_the_longest_unwritten_leave_until_the_size_fits_and_the_file_shrinks(
    store: Store, clock: Any, make_span: Callable[..., Span]
) -> None:
    for number in range(1, 401):
        clock.now += SECOND
        body = f"{number:05}" * 4000
        store.write([make_span(trace=number, attributes={"http.request.body.content": body})])
    before = store.path.stat().st_size
    done = store.retain(0, 3_000_000, clock.now)
    assert done.bytes <= 3_000_000
    assert store.path.stat().st_size <= 3_000_000 < before
    left = _numbers(store)
    assert left == list(range(401 - len(left), 401))
    assert 0 < len(left) == 400 - done.traces


def test_nothing_is_left_behind_of_what_nobody_refers_to(
    store: Store, clock: Any, make_span: Callable[..., Span]
) -> None:
    shared, own = "shared body", "own body"
    store.write(
        [
            make_span(
                trace=1,
                attributes={
                    "k": "v",
                    "http.request.body.content": shared,
                    "http.response.body.content": own,
                },
                resource=Resource({"service.name": "gone"}),
            )
        ]
    )
    clock.now += 100 * SECOND
    store.write([make_span(trace=2, attributes={"http.response.body.content": shared})])
    store.retain(50, 0, clock.now)
    assert _rows(store) == {"traces": 1, "spans": 1, "attributes": 0, "bodies": 1, "resources": 1}
    (span,) = store.trace(make_span(trace=2).trace_id)
    assert span.attributes["http.response.body.content"] == shared
    store.retain(0, 1, clock.now)
    assert set(_rows(store).values()) == {0}


@pytest.mark.parametrize("max_bytes", [1, 10])
def test_a_limit_that_cannot_be_kept_ends_with_an_empty_store(
    store: Store, make_span: Callable[..., Span], max_bytes: int
) -> None:
    store.write(make_span(trace=n) for n in range(1, 250))
    assert store.retain(0, max_bytes, 10**18).traces == 249
    assert _numbers(store) == []
