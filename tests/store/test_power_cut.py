"""The power is cut at some write or sync: what was acknowledged is there, and whole.

By default at some places of a few runs; where OTELHOOK_POWER_CUTS is a number, at as many of each
of 200 runs, and at every one where it is ``all``.
"""

from __future__ import annotations

import os
import random
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from otelhook.model import TraceId
from otelhook.store import STORE_FILE, Store
from tests.store.power_cut import Note, build, left_over, read_notes, why_not

pytestmark = pytest.mark.skipif(bool(why_not()), reason=why_not())

ASKED = os.environ.get("OTELHOOK_POWER_CUTS", "")
RUNS = 200 if ASKED else 4
CUTS = 10**9 if ASKED == "all" else int(ASKED or 25)

WORKLOAD = """
import os, random, sys
from pathlib import Path
from otelhook.model import Resource, Span, SpanId, SpanKind, TraceId
from otelhook.store import STORE_FILE, Store, migrating
from otelhook.store.blocks import compacting
from tests.store.version_1.writing import write_version_1

folder, chance = Path(sys.argv[1]), random.Random(int(sys.argv[2]))
compacting._TIERS, migrating._SPANS = (6, 20), 4
said = os.open(folder / "said", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
say = lambda line: os.write(said, line.encode() + b"\\n")
clock = 10


def spans(first, count, number):
    return [
        Span(
            TraceId(f"{trace:032x}"), SpanId(f"{number:016x}"), None, "n", SpanKind.SERVER,
            trace, trace + 5,
            attributes={"k": chance.randbytes(chance.randrange(900)).hex()},
            resource=Resource({"service.name": "image"}),
        )
        for trace in range(first, first + count)
    ]


if sys.argv[2].endswith("0") or sys.argv[2] == "1":
    write_version_1(folder / STORE_FILE, [(n, spans(n * 10, 3, 1)) for n in range(1, 8)])
    for n in range(1, 8):
        say("kept " + " ".join(map(str, range(n * 10, n * 10 + 3))))
say("begun")
with Store.open(folder, clock=lambda: clock, durable=True) as store:
    newest = 100
    for step in range(25):
        clock += 10
        count = chance.randrange(1, 4)
        # Sometimes another span of traces that are there.
        back = chance.choice((0, 0, count))
        store.write(spans(newest - back, count, step + 2))
        newest = max(newest, newest - back + count)
        say("kept " + " ".join(map(str, range(newest - count, newest))))
        if chance.random() < 0.3:
            store.compact(0)
        if chance.random() < 0.15:
            say("leaving")
            store.retain(60e-9, 0, clock)
"""


def _record(folder: Path, library: Path, seed: int) -> list[Note]:
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


def _promised(notes: list[Note]) -> set[int]:
    """Return the traces that have to be there after these notes: none that were to leave."""
    promised: set[int] = set()
    for line in b"".join(note.data for note in notes if note.name == "said").decode().splitlines():
        what, *traces = line.split()
        if what == "leaving":
            promised.clear()  # those that were just written are asked for again later
        promised.update(map(int, traces))
    return promised


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("layer"))


@pytest.mark.parametrize("seed", range(RUNS))
def test_nothing_that_was_acknowledged_is_lost(library: Path, tmp_path: Path, seed: int) -> None:
    notes = _record(tmp_path, library, seed)
    syncs = sum(note.what == "s" for note in notes)
    assert syncs > 25  # each commit waited for the disk
    begun = next(place for place, note in enumerate(notes) if note.data == b"begun\n")
    places = range(begun, len(notes) + 1)
    chance = random.Random(seed)
    for cut in sorted(chance.sample(places, min(CUTS, len(places)))):
        folder = tmp_path / f"cut{cut}"
        folder.mkdir()
        for name, content in left_over(notes[:cut], chance).items():
            if not name.endswith("-shm"):  # which nobody reads after a restart
                (folder / name).write_bytes(content)
        promised = _promised(notes[:cut])
        with Store.open(folder, clock=lambda: 0) as store:
            held = {int(trace_id, 16) for trace_id in store.newest(10_000)}
            assert promised <= held, cut
            assert all(store.trace(TraceId(f"{trace:032x}")) for trace in held)
        with closing(sqlite3.connect(folder / STORE_FILE)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_a_store_that_does_not_wait_for_the_disk_would_be_found_out(
    library: Path, tmp_path: Path
) -> None:
    notes = [note for note in _record(tmp_path, library, 3) if note.what != "s"]
    lost = 0
    for cut in range(len(notes) // 2, len(notes), len(notes) // 40):
        left = left_over(notes[:cut], random.Random(cut))
        folder = tmp_path / f"cut{cut}"
        folder.mkdir()
        for name, content in left.items():
            if not name.endswith("-shm"):
                (folder / name).write_bytes(content)
        try:
            with Store.open(folder, clock=lambda: 0) as store:
                held = {int(trace_id, 16) for trace_id in store.newest(10_000)}
        except Exception:  # noqa: BLE001 - whatever is wrong with it
            held = set()
        lost += not _promised(notes[:cut]) <= held
    assert lost > 5
