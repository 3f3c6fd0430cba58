"""What many small blocks have together, and what a search then does not have to read."""

from __future__ import annotations

import logging
import random
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from itertools import pairwise
from pathlib import Path

import pytest

from otelhook.model import Span, TraceId
from otelhook.store import STORE_FILE, Query, Store, migrating
from otelhook.store.blocks import compacting, term_groups
from otelhook.store.blocks.postings import read_numbers
from otelhook.store.blocks.term_groups import GROUP
from otelhook.store.blocks.terms import text_term
from tests.store.version_1.writing import write_version_1


def _write(store: Store, make_span: Callable[..., Span], numbers: Sequence[int]) -> None:
    """Write a block for each, of one span with an attribute that only it has."""
    for number in numbers:
        store.write([make_span(number, attributes={"k": f"v{number}", "every": "one"})])


def _groups(store: Store) -> dict[int, set[int]]:
    rows = store._connection.execute("SELECT id, terms FROM term_groups").fetchall()
    return {group: set(read_numbers(terms)) for group, terms in rows}


def _statements(store: Store, query: Query) -> tuple[tuple[TraceId, ...], int]:
    """Return what a search finds, and how many statements it makes."""
    made: list[str] = []
    store._connection.set_trace_callback(made.append)
    try:
        return store.search(query, 50).traces, len(made)
    finally:
        store._connection.set_trace_callback(None)


def _asked(value: str) -> Query:
    return Query(attributes=(("k", value),))


def test_a_search_without_a_match_reads_a_row_a_group_and_not_one_a_block(
    store: Store, make_span: Callable[..., Span]
) -> None:
    _write(store, make_span, range(1, 10 * GROUP))
    assert len(_groups(store)) == 10
    found, statements = _statements(store, _asked("nowhere"))
    assert found == ()
    assert statements <= 10 + 3  # the list of blocks, begin and commit


def test_a_rare_value_is_looked_for_in_the_blocks_of_its_group_only(
    store: Store, make_span: Callable[..., Span]
) -> None:
    _write(store, make_span, range(1, 10 * GROUP))
    found, statements = _statements(store, _asked("v300"))
    assert found == (TraceId(f"{300:032x}"),)
    assert statements <= 10 + GROUP + 20


def test_the_newest_of_a_common_value_are_found_without_the_groups_of_old_blocks(
    store: Store, make_span: Callable[..., Span]
) -> None:
    _write(store, make_span, range(1, 10 * GROUP))
    query = Query(attributes=(("every", "one"),))
    made: list[str] = []
    store._connection.set_trace_callback(made.append)
    assert len(store.search(query, 50).traces) == 50
    store._connection.set_trace_callback(None)
    assert sum("FROM term_groups" in one for one in made) == 1


def test_a_group_has_what_each_of_its_blocks_has_whatever_comes_goes_and_is_rewritten(
    store: Store, make_span: Callable[..., Span], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(term_groups, "GROUP", 4)
    monkeypatch.setattr(compacting, "_TIERS", (3, 9))
    chance = random.Random(7)
    newest, seen = 1, 0
    for _ in range(100):
        what = chance.random()
        if what < 0.75:
            _write(store, make_span, [newest])
            newest += 1
        elif what < 0.85:
            store.compact(0)
        elif what < 0.95:
            store.delete([TraceId(f"{chance.randrange(1, newest + 1):032x}")])
        else:
            store.write([make_span(chance.randrange(1, newest + 1), end_time=10**6)])
        groups = _groups(store)
        seen += len(groups)
        for block, terms in store._connection.execute("SELECT block, terms FROM indexes"):
            assert groups.get(block // 4, set(read_numbers(terms))) >= set(read_numbers(terms))
        for number in chance.choices(range(1, newest + 1), k=4):
            found = store.search(_asked(f"v{number}"), 2).traces
            held = store.trace(TraceId(f"{number:032x}"))
            assert found == tuple(s.trace_id for s in held if "k" in s.attributes)
    assert seen > 50


def test_of_what_was_deleted_no_term_stays_in_a_group(
    store: Store, make_span: Callable[..., Span]
) -> None:
    _write(store, make_span, range(1, 3 * GROUP))
    rare = text_term("k", "v70")
    assert [group for group, terms in _groups(store).items() if rare in terms] == [1]
    store.delete([TraceId(f"{70:032x}")])
    assert not any(rare in terms for terms in _groups(store).values())
    assert rare.to_bytes(4, "little") not in store.path.read_bytes()
    assert store.search(_asked("v71"), 2).traces == (TraceId(f"{71:032x}"),)


def test_a_damaged_group_is_said_and_costs_no_answer(
    store: Store, make_span: Callable[..., Span], caplog: pytest.LogCaptureFixture
) -> None:
    _write(store, make_span, range(1, GROUP))
    store._connection.execute("UPDATE term_groups SET terms = substr(terms, 1, 40)")
    with caplog.at_level(logging.WARNING):
        assert store.search(_asked("v9"), 2).traces == (TraceId(f"{9:032x}"),)
    assert caplog.text.count("a group of blocks of the store is damaged, each is asked") == 1


def test_a_damaged_block_is_in_no_group_and_is_named(
    store: Store, make_span: Callable[..., Span], caplog: pytest.LogCaptureFixture
) -> None:
    _write(store, make_span, range(1, GROUP - 1))
    store._connection.execute("UPDATE indexes SET terms = substr(terms, 1, 20) WHERE block = 5")
    _write(store, make_span, [GROUP - 1])
    assert _groups(store) == {}
    assert store.search(_asked("nowhere"), 2).traces == ()
    assert "block 5 of the store is damaged and was not searched" in caplog.text


def test_large_blocks_are_in_no_group(
    store: Store, make_span: Callable[..., Span], monkeypatch: pytest.MonkeyPatch
) -> None:
    _write(store, make_span, range(1, GROUP - 1))
    (size,) = store._connection.execute("SELECT sum(length(terms)) FROM indexes").fetchone()
    monkeypatch.setattr(term_groups, "_MAX_BYTES", size)
    _write(store, make_span, [GROUP - 1])
    assert _groups(store) == {}


def test_a_store_of_the_first_form_becomes_more_blocks_than_a_group_has(
    tmp_path: Path, make_span: Callable[..., Span], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrating, "_SPANS", 1)
    spans = [make_span(number, attributes={"k": f"v{number}"}) for number in range(1, GROUP + 9)]
    write_version_1(tmp_path / STORE_FILE, [(1, spans)])
    with Store.open(tmp_path, clock=lambda: 1) as store:
        assert len(store.newest(1_000)) == GROUP + 8
        assert store.search(_asked("v7"), 2).traces == (TraceId(f"{7:032x}"),)


def test_a_store_from_before_there_were_groups_has_them_from_then_on(
    tmp_path: Path, make_span: Callable[..., Span]
) -> None:
    with Store.open(tmp_path, clock=lambda: 1) as store:
        _write(store, make_span, range(1, 6))
    with closing(sqlite3.connect(tmp_path / STORE_FILE)) as connection:
        connection.executescript("DROP TABLE term_groups; PRAGMA user_version = 3")
    with Store.open(tmp_path, clock=lambda: 1) as store:
        assert store.search(_asked("v3"), 2).traces == (TraceId(f"{3:032x}"),)
        _write(store, make_span, range(6, GROUP + 1))
        assert len(_groups(store)) == 1
        newest = store.newest(100)
    assert all(int(one, 16) > int(next_one, 16) for one, next_one in pairwise(newest))
    assert len(newest) == GROUP
