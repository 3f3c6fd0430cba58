"""Letting whole traces go."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from otelhook.model import Resource, Span
from otelhook.store import Query, Store

SECOND = 1_000_000_000
TABLES = ("traces", "blocks", "indexes", "segments", "parts", "operations")


def _numbers(store: Store) -> list[int]:
    return sorted(int(trace_id, 16) for trace_id in store.newest(100_000))


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
        body = random.Random(number).randbytes(20_000)
        store.write([make_span(trace=number, attributes={"http.request.body.content": body})])
    before = store.path.stat().st_size
    done = store.retain(0, 3_000_000, clock.now)
    assert done.bytes <= 3_000_000
    assert store.path.stat().st_size <= 3_000_000 < before
    left = _numbers(store)
    assert left == list(range(401 - len(left), 401))
    assert 0 < len(left) == 400 - done.traces


def test_of_deleted_traces_no_byte_is_left_once_blocks_are_rewritten(
    store: Store, clock: Any, make_span: Callable[..., Span]
) -> None:
    gone, kept = (random.Random(seed).randbytes(3_000) for seed in (1, 2))
    resource = Resource({"service.name": gone[:100].hex()})
    store.write(
        [
            make_span(trace=1, attributes={"http.request.body.content": gone}, resource=resource),
            make_span(trace=2, attributes={"http.request.body.content": kept}),
        ]
    )
    clock.now += 100 * SECOND
    store.write([make_span(trace=2, span=2)])
    written = _segments(store)
    assert _held(store.path, written) == 1
    assert store.retain(50, 0, clock.now).traces == 1
    assert store.search(Query(service=gone[:100].hex()), 5).traces == ()
    assert not store.compact(1)
    assert _held(store.path, written[:1]) == 0
    assert _held(store.path, _segments(store)) == 1
    assert store.services() == ("image",)
    assert len(store.trace(make_span(trace=2).trace_id)) == 2
    store.retain(0, 1, clock.now)
    for table in TABLES:
        assert store._connection.execute(f"SELECT count(*) FROM {table}").fetchone() == (0,)


def test_of_replaced_spans_no_byte_is_left_once_blocks_are_rewritten(
    store: Store, make_span: Callable[..., Span]
) -> None:
    before, after = (random.Random(seed).randbytes(3_000) for seed in (1, 2))
    key = "http.request.body.content"
    store.write([make_span(attributes={key: before}), make_span(span=2)])
    later = make_span(attributes={key: after}, end_time=10**6)
    store.write([later])
    written = _segments(store)
    assert _held(store.path, written) == 1
    assert not store.compact(1)
    assert _held(store.path, written[:1]) == 0
    assert store.trace(later.trace_id) == (later, make_span(span=2))


def _segments(store: Store) -> list[bytes]:
    rows = store._connection.execute("SELECT content FROM segments ORDER BY id")
    return [bytes(content) for (content,) in rows]


def _held(path: Path, contents: list[bytes]) -> float:
    """Return which part of some bytes, 40 after 40, is in any of the store's files."""
    files = [file.read_bytes() for file in path.parent.glob(f"{path.name}*")]
    # SQLite's pages may end within a piece, not within both of it and the piece before.
    held = [
        any(content[at : at + 40] in file or content[at - 40 : at] in file for file in files)
        for content in contents
        for at in range(40, len(content) - 40, 40)
    ]
    return sum(held) / len(held)


@pytest.mark.parametrize("max_bytes", [1, 10])
def test_a_limit_that_cannot_be_kept_ends_with_an_empty_store(
    store: Store, make_span: Callable[..., Span], max_bytes: int
) -> None:
    store.write(make_span(trace=n) for n in range(1, 250))
    assert store.retain(0, max_bytes, 10**18).traces == 249
    assert _numbers(store) == []
