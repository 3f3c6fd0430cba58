"""A data folder as a source: the store and the spools beside it."""

from __future__ import annotations

import fcntl
import gc
import logging
from collections.abc import Callable
from pathlib import Path

import pytest

from otelhook.errors import DamagedDataError, StorageError
from otelhook.model import Span
from otelhook.otlp import encode_traces, frame
from otelhook.sources.store import StoreSource


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "spool").mkdir()
    return tmp_path


@pytest.fixture
def source(folder: Path):
    made = StoreSource(folder)
    yield made
    made.close()


def test_nothing_is_made_where_nothing_was_recorded(tmp_path: Path) -> None:
    source = StoreSource(tmp_path / "data")
    assert list(source.newest(1)) == []
    assert list(source.find("a")) == []
    assert list(tmp_path.iterdir()) == []


def test_what_is_appended_between_two_questions_is_found(
    folder: Path, source: StoreSource, make_span: Callable[..., Span]
) -> None:
    with (folder / "spool" / "a.otlp").open("ab", buffering=0) as spool:
        fcntl.flock(spool, fcntl.LOCK_SH)
        for number in (1, 2):
            spool.write(frame(encode_traces([make_span(number)])))
            assert len(source.newest(10)) == number
        spool.write(frame(encode_traces([make_span(1, 2)])))
        assert len(source.trace(make_span(1).trace_id).spans) == 2


def test_a_damaged_spool_is_said_once_and_the_rest_is_read(
    folder: Path,
    source: StoreSource,
    make_span: Callable[..., Span],
    caplog: pytest.LogCaptureFixture,
) -> None:
    whole = frame(encode_traces([make_span(1)]))
    (folder / "spool" / "a.otlp").write_bytes(whole + whole[:-3])
    with caplog.at_level(logging.WARNING):
        assert len(source.newest(10)) == 1
        assert len(source.newest(10)) == 1
    (record,) = caplog.records
    assert record.getMessage().startswith(f"spool a.otlp: truncated record at offset {len(whole)}")


def test_a_store_that_cannot_be_written_is_said_and_read_all_the_same(
    folder: Path,
    source: StoreSource,
    make_span: Callable[..., Span],
    caplog: pytest.LogCaptureFixture,
) -> None:
    (folder / "spool" / "a.otlp").write_bytes(frame(encode_traces([make_span(1)])))
    assert len(source.newest(10)) == 1
    assert source._store is not None
    source._store._connection.execute("PRAGMA query_only = 1")
    (folder / "spool" / "b.otlp").write_bytes(frame(encode_traces([make_span(2)])))
    with caplog.at_level(logging.WARNING):
        assert len(source.newest(10)) == 1
    assert "check its permissions" in caplog.text
    source._store._connection.execute("PRAGMA query_only = 0")
    assert len(source.newest(10)) == 2


def test_a_damaged_store_is_said_and_left(folder: Path, source: StoreSource) -> None:
    (folder / "store.sqlite3").write_bytes(b"junk" * 2000)
    with pytest.raises(DamagedDataError, match="move it away"):
        source.newest(1)
    assert (folder / "store.sqlite3").read_bytes() == b"junk" * 2000


def test_old_traces_leave_when_new_ones_come(folder: Path, make_span: Callable[..., Span]) -> None:
    now = [10**18]
    source = StoreSource(folder, clock=lambda: now[0], keep_seconds=60)
    (folder / "spool" / "a.otlp").write_bytes(frame(encode_traces([make_span(1)])))
    assert len(source.newest(10)) == 1
    now[0] += 61 * 10**9
    assert len(source.newest(10)) == 1
    (folder / "spool" / "b.otlp").write_bytes(frame(encode_traces([make_span(2)])))
    assert [int(trace_id, 16) for trace_id in source.newest(10)] == [2]
    source.close()


def test_two_sources_on_one_folder_read_the_same(
    folder: Path, source: StoreSource, make_span: Callable[..., Span]
) -> None:
    (folder / "spool" / "a.otlp").write_bytes(frame(encode_traces([make_span(1)])))
    other = StoreSource(folder)
    assert list(source.newest(5)) == list(other.newest(5)) == [make_span(1).trace_id]
    other.close()


def test_a_source_that_is_dropped_closes_its_store(folder: Path) -> None:
    source = StoreSource(folder)
    source.newest(1)
    store = source._store
    assert store is not None
    del source
    gc.collect()
    with pytest.raises(StorageError, match="closed"):
        store.newest(1)
