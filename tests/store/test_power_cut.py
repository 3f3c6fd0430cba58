"""The power is cut at some write or sync: what was acknowledged is there, and whole.

Runs take spans in, merge blocks and let old traces go, and some begin with a store of the first
form. The quick tests cut a few of them at some places, `make long` 200 at every write and sync.
"""

from __future__ import annotations

import os
import random
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from hashlib import sha256
from pathlib import Path

import pytest

from otelhook.store import STORE_FILE, Query, Store
from otelhook.store.blocks import term_groups
from tests.store.power_cut import Disk, Note, build, read_notes, why_not

pytestmark = pytest.mark.skipif(bool(why_not()), reason=why_not())

RUNS = range(200)
QUICK_RUNS = range(4)
QUICK_CUTS = 60

KEPT_SECONDS = 60e-9
TICK = 10
"""Nanoseconds of the program's clock between two commits; it keeps what came in the last five."""

WORKLOAD = f"""
import os, random, sys
from pathlib import Path
from otelhook.model import Resource, Span, SpanId, SpanKind, TraceId
from otelhook.store import STORE_FILE, Store, migrating
from otelhook.store.blocks import compacting, term_groups
from tests.store.version_1.writing import write_version_1

folder, chance = Path(sys.argv[1]), random.Random(int(sys.argv[2]))
compacting._TIERS, migrating._SPANS, term_groups.GROUP = (6, 20), 4, 4
said = os.open(folder / "said", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
clock = 10


def say(what, spans=()):
    words = (f"{{int(span.trace_id, 16)}}:{{int(span.span_id, 16)}}" for span in spans)
    os.write(said, " ".join((what, str(clock), *words)).encode() + b"\\n")


def spans(first, count, number):
    return [
        Span(
            TraceId(f"{{trace:032x}}"), SpanId(f"{{number:016x}}"), None, "n", SpanKind.SERVER,
            trace, trace + 5,
            attributes={{"k": chance.randbytes(chance.randrange(900)).hex()}},
            resource=Resource({{"service.name": "image"}}),
        )
        for trace in range(first, first + count)
    ]


if sys.argv[2].endswith("0") or sys.argv[2] == "1":
    batches = [(n, spans(n * 10, 3, 1)) for n in range(1, 8)]
    write_version_1(folder / STORE_FILE, batches)
    for _, written in batches:
        say("kept", written)
say("begun")
with Store.open(folder, clock=lambda: clock, durable=True) as store:
    newest = 100
    for step in range(25):
        clock += {TICK}
        count = chance.randrange(1, 4)
        # Sometimes another span of traces that are there.
        back = chance.choice((0, 0, count))
        written = spans(newest - back, count, step + 2)
        store.write(written)
        newest = max(newest, newest - back + count)
        say("kept", written)
        if chance.random() < 0.3:
            store.compact(0)
        if chance.random() < 0.15:
            say("leaving")
            store.retain({KEPT_SECONDS}, 0, clock)
"""


def _record(folder: Path, library: Path, seed: int) -> list[Note]:
    """Run the program; return what it did to its files."""
    data = folder / "data"
    data.mkdir(parents=True)
    log = folder / "notes"
    layer = {
        "LD_PRELOAD": str(library),
        "POWER_CUT_FOLDER": str(data),
        "POWER_CUT_LOG": str(log),
        "PYTHONPATH": str(Path(__file__).parent.parent.parent),
    }
    subprocess.run(
        [sys.executable, "-c", WORKLOAD, str(data), str(seed)], check=True, env=os.environ | layer
    )
    return read_notes(log)


class Promised:
    """The spans that were acknowledged and have not been told to leave since."""

    def __init__(self) -> None:
        self.begun = False
        self._traces: dict[int, tuple[int, set[int]]] = {}
        """When each was last written, and its spans."""

    def hear(self, line: str) -> None:
        """Read a line of the program."""
        what, clock, *words = line.split()
        self.begun |= what == "begun"
        if what == "leaving":
            since = int(clock) - int(KEPT_SECONDS * 1e9) + TICK
            self._traces = {t: held for t, held in self._traces.items() if held[0] >= since}
        for trace, span in (map(int, word.split(":")) for word in words):
            _, held = self._traces.get(trace, (0, set[int]()))
            self._traces[trace] = (int(clock), held | {span})

    @property
    def spans(self) -> set[tuple[int, int]]:
        """Each as trace and span."""
        return {(t, span) for t, (_, held) in self._traces.items() for span in held}


class Restart:
    """Opens what a power cut left, and looks at all of it; equal contents are read once."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._known: dict[bytes, set[tuple[int, int]]] = {}

    def __call__(self, left: dict[str, bytes]) -> set[tuple[int, int]]:
        """Return the spans that are there."""
        for file in self._folder.iterdir():
            file.unlink()
        for name, content in left.items():
            (self._folder / name).write_bytes(content)
        with Store.open(self._folder, clock=lambda: 0) as store:
            content = _content(store)
            if content not in self._known:
                self._known[content] = _spans(store)
            held = self._known[content]
        with closing(sqlite3.connect(self._folder / STORE_FILE)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        return held


def _content(store: Store) -> bytes:
    """Return a checksum of every row."""
    seen = sha256()
    for table in ("traces", "blocks", "indexes", "segments", "parts", "operations", "term_groups"):
        for row in store._connection.execute(f"SELECT * FROM {table}"):
            seen.update(repr(row).encode())
    return seen.digest()


def _spans(store: Store) -> set[tuple[int, int]]:
    """Return all spans, which can be read, found and merged."""
    traces = store.newest(10_000)
    assert set(store.search(Query(service="image"), 10_000).traces) == set(traces)
    read = {one: store.trace(one) for one in traces}
    while store.compact(1):
        pass
    assert {one: store.trace(one) for one in traces} == read
    assert store.newest(10_000) == traces
    return {(int(one, 16), int(span.span_id, 16)) for one in traces for span in read[one]}


def _cut(notes: list[Note], restart: Restart, seed: int, is_wanted: Callable[[int], bool]) -> int:
    """Cut the power after each note that is wanted; return how often."""
    disk, promised, chance, cuts = Disk(), Promised(), random.Random(seed), 0
    for place, note in enumerate(notes, 1):
        disk.take(note)
        if note.name == "said":
            promised.hear(note.data.decode())
        if promised.begun and is_wanted(place):
            assert promised.spans <= restart(disk.left_over(chance)), f"seed {seed}, note {place}"
            cuts += 1
    return cuts


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("layer"))


@pytest.fixture
def restart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Restart:
    monkeypatch.setattr(term_groups, "GROUP", 4)  # as the program has it
    folder = tmp_path / "left"
    folder.mkdir()
    return Restart(folder)


def _begun(notes: list[Note]) -> int:
    return next(place for place, note in enumerate(notes) if note.data.startswith(b"begun"))


@pytest.mark.parametrize("seed", QUICK_RUNS)
def test_nothing_that_was_acknowledged_is_lost(
    library: Path, restart: Restart, tmp_path: Path, seed: int
) -> None:
    notes = _record(tmp_path, library, seed)
    assert sum(note.what == "s" for note in notes) > 25  # each commit waited for the disk
    places = range(_begun(notes) + 1, len(notes) + 1)
    wanted = set(random.Random(seed).sample(places, QUICK_CUTS))
    assert _cut(notes, restart, seed, wanted.__contains__) == QUICK_CUTS


@pytest.mark.long
@pytest.mark.parametrize("seed", RUNS)
def test_nothing_that_was_acknowledged_is_lost_at_any_write_or_sync(
    library: Path, restart: Restart, tmp_path: Path, seed: int
) -> None:
    notes = _record(tmp_path, library, seed)
    assert _cut(notes, restart, seed, lambda _: True) == len(notes) - _begun(notes) > 500


def test_a_store_that_does_not_wait_for_the_disk_would_be_found_out(
    library: Path, restart: Restart, tmp_path: Path
) -> None:
    notes = [note for note in _record(tmp_path, library, 3) if note.what != "s"]
    lost = 0
    for last in range(len(notes) // 2, len(notes), len(notes) // 40):
        lost += _is_found_out(notes[:last], restart)
    assert lost > 5


def _is_found_out(notes: list[Note], restart: Restart) -> bool:
    try:
        _cut(notes, restart, 0, len(notes).__eq__)
    except Exception:  # noqa: BLE001 - whatever is wrong with it
        return True
    return False
