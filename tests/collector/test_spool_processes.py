"""Ten processes write, one is killed, readers read all the while: each span is found once."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from otelhook.errors import StorageError
from otelhook.settings import Settings
from otelhook.sources import open_source
from otelhook.store import Store
from tests.waiting import wait_until

HERE = Path(__file__).parent

READER = """
import sys, time
from pathlib import Path
from otelhook.collector.spools import take_in
from otelhook.store import Store
with Store.open(Path(sys.argv[1]), clock=time.time_ns) as store:
    while not Path(sys.argv[1], "stop").exists():
        for warning in take_in(Path(sys.argv[1], "spool"), store).warnings:
            print(warning)
        for trace_id in store.newest(3):
            assert len(store.trace(trace_id)) == 1
"""


def _python(*arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


@pytest.mark.parametrize("count", [40, pytest.param(4000, marks=pytest.mark.long)])
def test_each_completely_written_span_is_found_once(tmp_path: Path, count: int) -> None:
    notes = tmp_path / "notes"
    notes.mkdir()
    readers = [_python("-c", READER, str(tmp_path)) for _ in range(3)]
    writers = _python(
        str(HERE / "spool_writers.py"), str(tmp_path / "spool"), str(notes), str(count)
    )
    try:
        wait_until((notes / "9").exists, "the last writer has begun")
        readers[0].kill()
        said = writers.communicate(timeout=100)
        assert (writers.returncode, *said) == (0, "", "")
    finally:
        (tmp_path / "stop").touch()
        ended = [(reader.communicate(timeout=100)[1], reader.returncode) for reader in readers]
    assert ended == [("", -signal.SIGKILL), ("", 0), ("", 0)]

    noted = Counter(line for note in notes.iterdir() for line in note.read_text().split())
    assert len(noted) >= 9 * count + count // 2
    source = open_source("", Settings(data_dir=tmp_path))
    found = Counter[str](
        str(span.span_id) for trace in source.newest(100_000) for span in source.trace(trace).spans
    )
    assert set(found.values()) == {1}
    assert noted - found == Counter()
    # The writer that was killed may have written one more than it came to note.
    assert len(found - noted) <= 1
    assert list((tmp_path / "spool").glob("*.otlp")) == []


def test_a_lock_that_stays_is_one_clear_line(tmp_path: Path) -> None:
    with (
        Store.open(tmp_path, clock=lambda: 0) as one,
        Store.open(tmp_path, clock=lambda: 0, busy_seconds=0.05) as other,
        one.transaction(),
        pytest.raises(StorageError, match="another process keeps it locked: try again"),
    ):
        other.write([])
