"""Minutes of steady load with retention on: memory stays flat and the files bounded.

OTELHOOK_SOAK_MINUTES says how many minutes; the figures are printed.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from otelhook.model import Span
from otelhook.otlp import encode_traces
from otelhook.settings import Settings
from otelhook.sources import open_source

MINUTES = float(os.environ.get("OTELHOOK_SOAK_MINUTES", "20"))
KEEP = 32 * 1024**2
LOG = 16 * 1024**2
"""Beside the store, its write-ahead log: a commit's worth, and what a reader held back."""
SENDERS = 2
SPANS = 20
PAUSE = 0.2


@dataclass(frozen=True)
class Sample:
    """What a moment looked like, in bytes."""

    memory: int
    files: int


def sample(collector: Any) -> Sample:
    status = Path(f"/proc/{collector.process.pid}/status").read_text()
    resident = next(line for line in status.splitlines() if line.startswith("VmRSS"))
    files = collector.data_dir.glob("store.sqlite3*")
    return Sample(int(resident.split()[1]) * 1024, sum(path.stat().st_size for path in files))


class Load(threading.Thread):
    """Sends a message of spans every moment, each once it was told that the last is kept."""

    def __init__(self, first: int, collector: Any, make_span: Callable[..., Span]) -> None:
        super().__init__(daemon=True)
        self.sent = 0
        self.ended = threading.Event()
        self.failure = ""
        self._first, self._collector, self._make_span = first, collector, make_span

    def run(self) -> None:
        while not self.ended.wait(PAUSE):
            first = self._first + self.sent
            # Bodies that no other span has: equal ones are kept once.
            spans = [
                self._make_span(number, body=os.urandom(2_500).hex())
                for number in range(first, first + SPANS)
            ]
            answer = self._collector.post(encode_traces(spans))
            if answer.status != 200:
                self.failure = f"{answer.status}: {answer.body!r}"
                return
            self.sent += SPANS


@pytest.mark.long
@pytest.mark.timeout(0)
def test_memory_stays_flat_and_the_files_bounded(
    collect: Any, make_span: Callable[..., Span], capsys: pytest.CaptureFixture[str]
) -> None:
    collector = collect(OTELHOOK_KEEP_BYTES=str(KEEP))
    loads = [Load(number * 10**9, collector, make_span) for number in range(1, SENDERS + 1)]
    for load in loads:
        load.start()
    began, samples = time.monotonic(), [sample(collector)]
    source = open_source(f"store:{collector.data_dir}", Settings())
    while time.monotonic() - began < 60 * MINUTES:
        threading.Event().wait(1)
        assert [load.failure for load in loads if load.failure] == []
        for trace_id in source.newest(1):
            source.trace(trace_id)  # a reader, as the page and the command are
        samples.append(sample(collector))
    for load in loads:
        load.ended.set()
        load.join(60)
    third = len(samples) // 3
    first, middle, last = (
        max(one.memory for one in part)
        for part in (samples[:third], samples[third : 2 * third], samples[2 * third :])
    )
    largest = max(one.files for one in samples)
    deleted = collector.metric("otelhook_deleted_traces_total")
    sent = sum(load.sent for load in loads)
    with capsys.disabled():
        print(
            f"\n{MINUTES:g} min, {sent} spans sent, {deleted:.0f} traces deleted; memory at most"
            f" {first / 1e6:.0f}, {middle / 1e6:.0f}, {last / 1e6:.0f} MB by thirds; files at most"
            f" {largest / 1e6:.0f} MB with {KEEP / 1e6:.0f} MB to keep"
        )
    assert deleted > 0, "retention had nothing to do"
    assert last < middle * 1.1 + 5e6
    assert largest < KEEP * 1.25 + LOG
    assert collector.end() == 0
