"""Stores of the first form, opened."""

from __future__ import annotations

import logging
import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from otelhook.errors import StorageError
from otelhook.model import Span, TraceId
from otelhook.store import STORE_FILE, Query, SpoolKey, SpoolPosition, Store, migrating
from tests.store.version_1.spans import RECEIVED, SPANS
from tests.store.version_1.writing import write_version_1

FIRST_FORM = {"spans", "bodies", "resources", "traces_1", "span_attributes", "attribute_values"}
OPEN = (
    "import sys, pathlib; from otelhook.store import Store;"
    " Store.open(pathlib.Path(sys.argv[1]), clock=lambda: 0).close()"
)


def _tables(path: Path) -> set[str]:
    with closing(sqlite3.connect(path)) as connection:
        return {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}


def _version(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        return int(connection.execute("PRAGMA user_version").fetchone()[0])


@pytest.fixture
def old(tmp_path: Path, make_span: Callable[..., Span]) -> Path:
    """A store of the first form, with 30 traces of 3 spans."""
    path = tmp_path / STORE_FILE
    body = {"http.request.body.content": "x" * 5_000}
    batches = [
        (1_000 + n, [make_span(trace=n, span=s, attributes=body) for s in (1, 2, 3)])
        for n in range(1, 31)
    ]
    write_version_1(path, batches)
    return path


def _is_whole(path: Path) -> bool:
    with Store.open(path, clock=lambda: 0) as store:
        received = [one.received for one in store.summaries(store.newest(99))]
        spans = [len(store.trace(trace_id)) for trace_id in store.newest(99)]
    return received == list(range(1_030, 1_000, -1)) and spans == [3] * 30


def test_a_store_of_the_first_form_moves_when_it_is_opened_and_that_is_said(
    old: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        assert _is_whole(old)
    assert [record.getMessage() for record in caplog.records] == [
        f"{old}: migrating the store from version 1 to 4"
    ]
    assert not _tables(old) & FIRST_FORM
    assert _version(old) == 4


def test_a_store_that_was_written_before_there_were_blocks_is_read_as_it_was(
    tmp_path: Path,
) -> None:
    path = tmp_path / STORE_FILE
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript((Path(__file__).parent / "version_1" / "store.sql").read_text())
    with Store.open(path, clock=lambda: 0) as store:
        one, two = (TraceId(f"{number:032x}") for number in (1, 2))
        assert (store.trace(one), store.trace(two)) == (SPANS[:3], SPANS[3:])
        assert [held.received for held in store.summaries([one, two])] == [RECEIVED[1]] * 2
        assert store.search(Query(attributes=(("http.status_code", "503"),)), 5).traces == (two,)
        assert store.search(Query(attributes=(("process.pid", "7"),)), 5).traces == (one,)


def test_an_otelhook_of_before_refuses_it_by_its_version(old: Path) -> None:
    Store.open(old, clock=lambda: 0).close()
    # It knew one migration, and said "a store of version 3, this otelhook reads up to 1".
    assert _version(old) > 1


def test_the_positions_of_spools_are_kept(old: Path) -> None:
    with closing(sqlite3.connect(old)) as connection:
        connection.execute("INSERT INTO spools VALUES ('a.otlp', 7, 123, 1)")
        connection.commit()
    with Store.open(old, clock=lambda: 0) as store:
        assert store.spool(SpoolKey("a.otlp", 7)) == SpoolPosition(123, damaged=True)


def test_who_is_killed_in_between_is_followed_by_who_goes_on(
    old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrating, "_SPANS", 9)
    steps = 0
    migrate_some = migrating.migrate_some

    class Killed(BaseException):
        pass

    def killed(connection: sqlite3.Connection) -> bool:
        nonlocal steps
        steps += 1
        moved = migrate_some(connection)
        if steps % 3 == 0:
            raise Killed  # the third of each opening is undone
        return moved

    monkeypatch.setattr("otelhook.store.opening._STEPS", {2: killed})
    for attempt in range(1, 5):
        with pytest.raises(Killed):
            Store.open(old, clock=lambda: 0)
        assert _version(old) == 2
        with closing(sqlite3.connect(old)) as connection:
            left = connection.execute("SELECT count(*) FROM traces_1").fetchone()
            moved = connection.execute("SELECT count(*) FROM traces").fetchone()
        assert (left, moved) == ((30 - 6 * attempt,), (6 * attempt,))
    monkeypatch.setattr("otelhook.store.opening._STEPS", {2: migrate_some})
    assert _is_whole(old)


def test_several_processes_may_open_it_at_once(old: Path) -> None:
    openers = [subprocess.Popen([sys.executable, "-c", OPEN, str(old)]) for _ in range(4)]
    assert [opener.wait() for opener in openers] == [0] * 4
    assert _is_whole(old)


def test_a_process_that_is_killed_leaves_a_store_that_goes_on(
    tmp_path: Path, make_span: Callable[..., Span]
) -> None:
    path = tmp_path / STORE_FILE
    write_version_1(
        path,
        [(n, [make_span(trace=n, span=s) for s in range(1, 21)]) for n in range(1, 301)],
    )
    code = f"from otelhook.store import migrating; migrating._SPANS = 20; {OPEN}"
    opener = subprocess.Popen([sys.executable, "-c", code, str(path)])
    with closing(sqlite3.connect(path, timeout=30)) as connection:
        while opener.poll() is None:
            try:
                (left,) = connection.execute("SELECT count(*) FROM traces_1").fetchone()
            except sqlite3.OperationalError:  # not begun
                continue
            if left < 290:
                os.kill(opener.pid, signal.SIGKILL)
                opener.wait()
    assert _version(path) == 2
    with Store.open(path, clock=lambda: 0) as store:
        assert [len(store.trace(trace_id)) for trace_id in store.newest(999)] == [20] * 300


def test_a_span_that_cannot_be_read_is_named_and_the_rest_moves(
    old: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with closing(sqlite3.connect(old)) as connection:
        connection.execute("UPDATE spans SET content = x'ffff' WHERE id = 5")
        connection.commit()
    with caplog.at_level(logging.WARNING), Store.open(old, clock=lambda: 0) as store:
        assert len(store.newest(99)) == 30
        assert len(store.trace(TraceId(f"{2:032x}"))) == 2
    assert f"trace {2:032x}: a span of it cannot be read" in caplog.text


def test_a_full_disk_leaves_it_to_be_gone_on_with(
    old: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrating, "_SPANS", 9)
    migrate_some = migrating.migrate_some

    def on_a_full_disk(connection: sqlite3.Connection) -> bool:
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages}")
        return migrate_some(connection)

    monkeypatch.setattr("otelhook.store.opening._STEPS", {2: on_a_full_disk})
    with pytest.raises(StorageError, match="the disk is full"):
        Store.open(old, clock=lambda: 0)
    monkeypatch.setattr("otelhook.store.opening._STEPS", {2: migrate_some})
    assert _is_whole(old)
