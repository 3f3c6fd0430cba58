"""Rewriting blocks, while others read; and blocks that are damaged."""

from __future__ import annotations

import logging
import random
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from otelhook.errors import DamagedDataError
from otelhook.model import Span, TraceId
from otelhook.store import Query, Store
from otelhook.store.blocks import compacting


def _blocks(store: Store) -> list[tuple[int, int]]:
    return store._connection.execute("SELECT id, spans FROM blocks ORDER BY id").fetchall()


def _compact(store: Store) -> None:
    while store.compact(0):
        pass


def test_small_blocks_become_one_in_the_order_of_arrival(
    store: Store, make_span: Callable[..., Span], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compacting, "_TIERS", (4, 8))
    for number in range(1, 12):
        store.write([make_span(trace=1, span=number, start_time=5)])
    before = store.version()
    _compact(store)
    assert _blocks(store) == [(1, 8), (9, 1), (10, 1), (11, 1)]
    assert [int(span.span_id, 16) for span in store.trace(make_span().trace_id)] == [*range(1, 12)]
    assert store.version() == before
    store.write([make_span(trace=1, span=20)])
    _compact(store)
    assert _blocks(store) == [(1, 8), (9, 4)]
    assert store._connection.execute("SELECT count(*) FROM segments").fetchone() == (2,)


def test_a_large_block_is_left_alone(
    store: Store, make_span: Callable[..., Span], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compacting, "_TIERS", (4,))
    for first in (1, 11):
        store.write([make_span(span=first + n) for n in range(5)])
    _compact(store)
    assert _blocks(store) == [(1, 5), (2, 5)]


def test_large_bodies_make_a_block_large(
    store: Store, make_span: Callable[..., Span], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compacting, "_TIERS", (4,))
    body = {"http.request.body.content": "x" * 30_000}
    for number in range(1, 4):
        store.write([make_span(span=number, attributes=body)])
    _compact(store)
    assert _blocks(store) == [(1, 1), (2, 1), (3, 1)]


@pytest.mark.parametrize("spans", [3, 300], ids=["small", "large"])
def test_what_hardly_compresses_is_compressed_once_nobody_waits(
    store: Store, make_span: Callable[..., Span], spans: int
) -> None:
    noise = random.Random(1)
    made = [
        make_span(
            span=number,
            attributes={"http.request.body.content": noise.randbytes(60_000 // spans * 2).hex()},
        )
        for number in range(1, spans + 1)
    ]
    store.write(made)
    for first in (1, 151):
        store.write([make_span(trace=2, span=first + number) for number in range(150)])
    assert _stored(store) > sum(len(str(span.attributes)) for span in made)
    _compact(store)
    assert _stored(store) < 0.7 * sum(len(str(span.attributes)) for span in made)
    assert list(store.trace(make_span().trace_id)) == made
    assert store._connection.execute("SELECT sum(uncompressed) FROM blocks").fetchone() == (0,)


def _stored(store: Store) -> int:
    (size,) = store._connection.execute("SELECT sum(length(content)) FROM segments").fetchone()
    return int(size)


def test_what_compresses_well_is_compressed_at_once(
    store: Store, make_span: Callable[..., Span]
) -> None:
    store.write([make_span(attributes={"http.request.body.content": "text " * 20_000})])
    assert _stored(store) < 2_000


def test_what_was_replaced_goes_and_the_rest_stays(
    store: Store, make_span: Callable[..., Span]
) -> None:
    store.write([make_span(span=1, attributes={"k": "old"}), make_span(span=2)])
    store.write([make_span(span=1, end_time=10**6)])
    assert store._connection.execute("SELECT sum(dead) FROM blocks").fetchone() == (1,)
    _compact(store)
    assert store._connection.execute("SELECT sum(dead), sum(spans) FROM blocks").fetchone() == (
        *(0, 2),
    )
    assert [span.end_time for span in store.trace(make_span().trace_id)] == [10**6, 112]


READER = """
import pathlib, sys
from otelhook.store import Query, Store
store = Store.open(pathlib.Path(sys.argv[1]), clock=lambda: 0)
print("ready", flush=True)
answers = set()
for line in sys.stdin:
    found = store.search(Query(attributes=(("kept", "yes"),)), 1000).traces
    spans = [len(store.trace(trace_id)) for trace_id in found]
    summaries = len(store.summaries(found))
    answers.add((len(found), sum(spans), summaries))
    print("asked", flush=True)
print(sorted(answers), flush=True)
"""


def test_readers_in_other_processes_see_the_same_meanwhile(
    store: Store, clock: Any, make_span: Callable[..., Span], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compacting, "_TIERS", (20, 80))
    reader = subprocess.Popen(
        [sys.executable, "-c", READER, str(store.path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert reader.stdin is not None
    assert reader.stdout is not None
    for number in range(1, 101):
        kept = {"kept": "yes"} if number <= 50 else {}
        store.write([make_span(trace=number % 50 + 1, span=number, attributes=kept)])
    assert reader.stdout.readline() == "ready\n"
    written = clock.now
    for number in range(30):
        reader.stdin.write("ask\n")
        reader.stdin.flush()
        store.compact(0)  # while it is asked
        clock.now = 5
        store.write([make_span(trace=100 + number)])
        store.compact(0)
        assert store.retain(0.5, 0, written).traces == 1
        assert reader.stdout.readline() == "asked\n"
    out, _ = reader.communicate()
    assert reader.returncode == 0
    assert out == "[(50, 100, 50)]\n"
    assert len(_blocks(store)) < 30


@pytest.fixture(
    params=[
        *(("segments", "content"), ("indexes", "columns"), ("indexes", "terms")),
        *(("indexes", "postings"), ("indexes", "operations")),
    ],
    ids=lambda place: place[1],
)
def damaged(request: pytest.FixtureRequest, store: Store, make_span: Callable[..., Span]) -> str:
    """Damage some of the second of three blocks; return which table it is in."""
    table, column = request.param
    for number in (1, 2, 3):
        store.write([make_span(trace=number, attributes={"k": "v"})])
    (content,) = store._connection.execute(
        f"SELECT {column} FROM {table} WHERE block = 2"
    ).fetchone()
    other = content[:-9] + bytes(byte ^ 0x55 for byte in content[-9:])
    store._connection.execute(f"UPDATE {table} SET {column} = ? WHERE block = 2", (other,))
    return str(table)


def test_a_damaged_block_is_named_and_costs_only_itself(
    store: Store, damaged: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(compacting, "_TIERS", (2,))
    one, two, three = (TraceId(f"{number:032x}") for number in (1, 2, 3))
    query = Query(service="image", attributes=(("k", "v"),))
    with caplog.at_level(logging.WARNING):
        found = store.search(query, 9)
    assert found.traces == (three, one)
    assert "block 2 of the store is damaged and was not searched" in caplog.text
    assert len(store.trace(one) + store.trace(three)) == 2
    assert {held.trace_id for held in store.summaries([one, two, three])} >= {one, three}
    if damaged == "segments":
        with pytest.raises(DamagedDataError, match=r"store\.sqlite3: trace 0+2: block 2: damaged"):
            store.trace(two)
    _compact(store)
    if damaged == "segments":
        assert _blocks(store) == [(1, 1), (2, 1), (3, 1)]
        assert "block 2 of the store is damaged and stays" in caplog.text
    else:  # which are made anew from the messages
        assert store.search(query, 9).traces == (three, two, one)
    assert store.retain(0, 1, 10**18).traces == 3
    assert store._connection.execute("SELECT count(*) FROM operations").fetchone() == (0,)
