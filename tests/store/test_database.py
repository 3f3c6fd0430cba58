"""Opening the store's file."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from otelhook.errors import DamagedDataError, StorageError
from otelhook.model import Span
from otelhook.store import STORE_FILE, Store, opening
from otelhook.store.database import store_path
from otelhook.store.opening import APPLICATION_ID


def _open(place: Path) -> Store:
    return Store.open(place, clock=lambda: 0, busy_seconds=0.1)


def _sqlite(path: Path, *statements: str) -> None:
    connection = sqlite3.connect(path)
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


def _read_everything(place: Path) -> None:
    with _open(place) as store:
        for trace_id in store.newest(1000):
            store.trace(trace_id)


@pytest.mark.parametrize("name", ["data", "deep/data", "store.sqlite3", "deep/other.db"])
def test_folder_and_file_are_made_where_missing(tmp_path: Path, name: str) -> None:
    with _open(tmp_path / name) as store:
        assert store.path == store_path(tmp_path / name)
        assert store.path.is_file()
        assert (store.path.name == STORE_FILE) == (name != "deep/other.db")


def test_an_existing_file_is_the_store_whatever_its_name(tmp_path: Path) -> None:
    _open(tmp_path / "a.sqlite3").close()
    (tmp_path / "a.sqlite3").rename(tmp_path / "kept")
    with _open(tmp_path / "kept") as store:
        assert store.path == tmp_path / "kept"


def test_the_file_is_marked_and_in_wal_mode_and_gives_pages_back(tmp_path: Path) -> None:
    with _open(tmp_path) as store:
        found = [
            store._connection.execute(f"PRAGMA {pragma}").fetchone()[0]
            for pragma in ("application_id", "user_version", "journal_mode", "auto_vacuum")
        ]
    assert found == [APPLICATION_ID, 4, "wal", 2]


def test_opening_again_changes_nothing(tmp_path: Path) -> None:
    _open(tmp_path).close()
    before = (tmp_path / STORE_FILE).read_bytes()
    _open(tmp_path).close()
    assert (tmp_path / STORE_FILE).read_bytes() == before


def test_a_newer_version_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    _open(tmp_path).close()
    _sqlite(tmp_path / STORE_FILE, "PRAGMA user_version = 99")
    before = (tmp_path / STORE_FILE).read_bytes()
    with pytest.raises(DamagedDataError, match=r"store of version 99.*upgrade otelhook"):
        _open(tmp_path)
    assert (tmp_path / STORE_FILE).read_bytes() == before


def test_another_programs_database_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "mine.db"
    _sqlite(path, "CREATE TABLE mine (a)")
    before = path.read_bytes()
    with pytest.raises(DamagedDataError, match="not an otelhook store"):
        _open(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "content",
    [b"not SQLite at all" * 100, b"SQLite format 3\0" + b"\xff" * 5000],
    ids=["text", "only the header"],
)
def test_a_damaged_file_is_named_with_what_to_do_and_left_as_it_is(
    tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / STORE_FILE
    path.write_bytes(content)
    with pytest.raises(DamagedDataError) as caught:
        _open(tmp_path)
    assert str(path) in str(caught.value)
    assert "move it away" in str(caught.value)
    assert "\n" not in str(caught.value)
    assert path.read_bytes() == content


def test_damage_in_the_middle_is_said_when_it_is_met(
    tmp_path: Path, make_span: Callable[..., Span]
) -> None:
    with _open(tmp_path) as store:
        store.write(make_span(trace=n, attributes={"a": "x" * 200}) for n in range(1, 500))
    path = tmp_path / STORE_FILE
    content = bytearray(path.read_bytes())
    content[4096 * 3 :] = b"\xa5" * (len(content) - 4096 * 3)
    path.write_bytes(content)
    with pytest.raises(DamagedDataError, match="damaged store"):
        _read_everything(tmp_path)


@pytest.mark.parametrize("place", ["file/data", "file/store.sqlite3"])
def test_a_place_that_cannot_be_is_one_clear_line(tmp_path: Path, place: str) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError) as caught:
        _open(tmp_path / place)
    assert str(tmp_path / "file") in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_folder_in_the_place_of_the_file_is_one_clear_line(tmp_path: Path) -> None:
    (tmp_path / STORE_FILE).mkdir()
    with pytest.raises(StorageError, match="cannot be opened"):
        _open(tmp_path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everything")
def test_a_store_that_may_only_be_read_cannot_be_written(
    tmp_path: Path, make_span: Callable[..., Span]
) -> None:
    _open(tmp_path).close()
    (tmp_path / STORE_FILE).chmod(0o400)
    with _open(tmp_path) as store, pytest.raises(StorageError, match="check its permissions"):
        store.write([make_span()])


def test_many_may_make_the_same_store_at_once(tmp_path: Path) -> None:
    code = (
        "import sys, pathlib; from otelhook.store import Store;"
        "sys.stdin.read(1);"
        "Store.open(pathlib.Path(sys.argv[1]), clock=lambda: 0).close()"
    )
    openers = [
        subprocess.Popen(
            [sys.executable, "-c", code, str(tmp_path)],
            stdin=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for _ in range(6)
    ]
    assert [opener.communicate("x")[1] for opener in openers] == [""] * 6
    with _open(tmp_path) as store:
        assert store.newest(1) == ()


def test_a_migration_that_fails_leaves_the_store_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _open(tmp_path).close()
    good = opening._migrations()
    monkeypatch.setattr(opening, "_migrations", lambda: [*good, "CREATE TABLE later (a);\n" * 2])
    with pytest.raises(StorageError, match="already exists"):
        _open(tmp_path)
    monkeypatch.setattr(opening, "_migrations", lambda: [*good, "CREATE TABLE later (a);"])
    with _open(tmp_path) as store:
        assert store._connection.execute("PRAGMA user_version").fetchone() == (5,)
        assert store._connection.execute("SELECT count(*) FROM later").fetchone() == (0,)
