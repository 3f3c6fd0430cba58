"""Spools into the store."""

from __future__ import annotations

import fcntl
import os
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from otelhook.collector import spool_file
from otelhook.collector.spools import take_in
from otelhook.errors import StorageError
from otelhook.otlp import MAX_RECORD
from otelhook.store import Store


def _numbers(store: Store) -> list[int]:
    return sorted(int(trace_id, 16) for trace_id in store.newest(10_000))


def test_a_folder_that_is_not_there_holds_nothing(tmp_path: Path, store: Store) -> None:
    taken = take_in(tmp_path / "none", store)
    assert (taken.spans, taken.records, taken.warnings) == (0, 0, [])


def test_whole_records_are_taken_in_and_a_dead_writers_spool_is_removed(
    spool_folder: Path, store: Store, record: Callable[..., bytes]
) -> None:
    spool = spool_folder / "a.otlp"
    spool.write_bytes(b"".join(record(n) for n in range(1, 6)))
    taken = take_in(spool_folder, store)
    assert (taken.spans, taken.records, taken.warnings) == (5, 5, [])
    assert _numbers(store) == [1, 2, 3, 4, 5]
    assert not spool.exists()


def test_a_living_writers_spool_is_read_on_from_where_it_was(
    spool_folder: Path, store: Store, record: Callable[..., bytes]
) -> None:
    with (spool_folder / "a.otlp").open("ab", buffering=0) as writer:
        fcntl.flock(writer, fcntl.LOCK_SH)
        writer.write(record(1) + record(2)[:9])
        assert take_in(spool_folder, store).spans == 1
        assert take_in(spool_folder, store).records == 0
        writer.write(record(2)[9:] + record(3))
        taken = take_in(spool_folder, store)
        assert (taken.records, taken.spans, taken.warnings) == (2, 2, [])
        assert (spool_folder / "a.otlp").exists()
    assert take_in(spool_folder, store).records == 0
    assert list(spool_folder.iterdir()) == []
    assert _numbers(store) == [1, 2, 3]


def test_a_cut_spool_loses_only_the_cut_record_and_says_which(
    spool_folder: Path, store: Store, record: Callable[..., bytes]
) -> None:
    whole = record(1) + record(2)
    (spool_folder / "a.otlp").write_bytes(whole + record(3)[:-1])
    (spool_folder / "b.otlp").write_bytes(record(4))
    taken = take_in(spool_folder, store)
    assert _numbers(store) == [1, 2, 4]
    (warning,) = taken.warnings
    assert "a.otlp" in warning
    assert f"offset {len(whole)} ({len(record(3)) - 1} bytes)" in warning
    assert [path.name for path in spool_folder.iterdir()] == ["a.otlp.damaged"]
    assert take_in(spool_folder, store).warnings == []


@pytest.mark.parametrize(
    "damage",
    [
        b"\x00" * 64,
        b"\xff" * 33,
        (MAX_RECORD + 1).to_bytes(4, "big") + b"x",
        b"\x00\x00\x00\x05\x0a\xff\xff\xff\xff",
        # A length that is far too long for the record that follows it.
        b"\x03\xff\xff\xff",
    ],
    ids=["zeros", "ones", "too long", "no protobuf", "a length too long"],
)
def test_damaged_bytes_are_set_aside_and_what_follows_is_taken_in(
    spool_folder: Path, store: Store, record: Callable[..., bytes], damage: bytes
) -> None:
    spool = spool_folder / "a.otlp"
    spool.write_bytes(record(1) + damage + record(2) + record(3))
    content = spool.read_bytes()
    taken = take_in(spool_folder, store)
    assert _numbers(store) == [1, 2, 3]
    assert any(f"offset {len(record(1))} ({len(damage)} bytes)" in w for w in taken.warnings)
    assert (spool_folder / "a.otlp.damaged").read_bytes() == content


def test_damage_in_a_living_spool_is_passed_once_a_record_follows(
    spool_folder: Path, store: Store, record: Callable[..., bytes]
) -> None:
    with (spool_folder / "a.otlp").open("ab", buffering=0) as writer:
        fcntl.flock(writer, fcntl.LOCK_SH)
        writer.write(record(1) + bytes(20))
        assert take_in(spool_folder, store).warnings == []
        writer.write(record(2))
        taken = take_in(spool_folder, store)
        assert (taken.spans, len(taken.warnings)) == (1, 1)
    assert take_in(spool_folder, store).warnings == []
    assert (spool_folder / "a.otlp.damaged").exists()
    assert _numbers(store) == [1, 2]


def test_a_record_that_is_there_twice_is_one_span(
    spool_folder: Path, store: Store, record: Callable[..., bytes]
) -> None:
    (spool_folder / "a.otlp").write_bytes(record(1) + record(1))
    (spool_folder / "b.otlp").write_bytes(record(1))
    assert take_in(spool_folder, store).spans == 1
    assert len(store.trace(store.newest(1)[0])) == 1


def test_a_new_file_of_an_old_name_is_read_from_its_beginning(
    spool_folder: Path, store: Store, record: Callable[..., bytes]
) -> None:
    spool = spool_folder / "a.otlp"
    with spool.open("ab", buffering=0) as writer:
        fcntl.flock(writer, fcntl.LOCK_SH)
        writer.write(record(1) + record(2))
        take_in(spool_folder, store)
        spool.unlink()
        spool.write_bytes(record(3) + record(4))
        take_in(spool_folder, store)
    assert _numbers(store) == [1, 2, 3, 4]


def test_what_is_appended_after_the_unlinking_is_still_read(
    spool_folder: Path, store: Store, record: Callable[..., bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    # A file system without locks: the reader believes the writer gone while it still writes.
    spool = spool_folder / "a.otlp"
    unlink = type(spool).unlink
    with spool.open("ab", buffering=0) as writer:
        writer.write(record(1))

        def append_then_unlink(path: Any, **options) -> None:
            writer.write(record(2))
            unlink(path, **options)
            writer.write(record(3))

        monkeypatch.setattr(type(spool), "unlink", append_then_unlink)
        take_in(spool_folder, store)
        assert os.fstat(writer.fileno()).st_nlink == 0
    assert _numbers(store) == [1, 2, 3]


def test_a_large_spool_is_committed_in_parts(
    spool_folder: Path, store: Store, record: Callable[..., bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spool_file, "_BATCH_BYTES", 10_000)
    (spool_folder / "a.otlp").write_bytes(
        b"".join(record(n, body=f"{n}" * 1000) for n in range(1, 51))
    )
    commits: list[str] = []
    store._connection.set_trace_callback(lambda said: commits.append(said[:6]))
    assert take_in(spool_folder, store).spans == 50
    assert commits.count("COMMIT") > 5


def test_a_store_that_is_full_leaves_everything_in_the_spool(
    spool_folder: Path, store: Store, record: Callable[..., bytes]
) -> None:
    spool = spool_folder / "a.otlp"
    spool.write_bytes(
        b"".join(record(n, body=random.Random(n).randbytes(10_000).hex()) for n in range(1, 200))
    )
    (pages,) = store._connection.execute("PRAGMA page_count").fetchone()
    store._connection.execute(f"PRAGMA max_page_count = {pages + 50}")
    with pytest.raises(StorageError, match="the disk is full: free space"):
        take_in(spool_folder, store)
    assert spool.exists()
    store._connection.execute("PRAGMA max_page_count = 1000000")
    assert take_in(spool_folder, store).spans == 199
    assert not spool.exists()


def test_folders_and_other_files_are_left_alone(spool_folder: Path, store: Store) -> None:
    (spool_folder / "folder.otlp").mkdir()
    (spool_folder / "notes.txt").write_text("mine")
    os.mkfifo(spool_folder / "pipe.otlp")
    taken = take_in(spool_folder, store)
    assert taken.records == 0
    assert len(list(spool_folder.iterdir())) == 3


def test_an_empty_spool_of_a_dead_writer_is_removed(spool_folder: Path, store: Store) -> None:
    (spool_folder / "a.otlp").touch()
    assert take_in(spool_folder, store).warnings == []
    assert list(spool_folder.iterdir()) == []


def test_a_span_with_an_invalid_id_is_said(
    spool_folder: Path, store: Store, record: Callable[..., bytes]
) -> None:
    damaged = record(1).replace(bytes(15) + b"\x01", bytes(16))
    (spool_folder / "a.otlp").write_bytes(damaged + record(2))
    (warning,) = take_in(spool_folder, store).warnings
    assert "trace id is zero" in warning
    assert _numbers(store) == [2]
