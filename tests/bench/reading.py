"""``otelhook traces`` and ``render`` from stores of 1,000 to 1,000,000 spans, and from a collector.

The largest store takes some minutes to fill: it is measured where OTELHOOK_BENCH_SPANS asks for it.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from otelhook.store import Store, block_of
from tests.bench.ingest import SPANS_A_TRACE, Starter, messages

__all__ = ["run"]

COUNTS = (1_000, 100_000)
MAIN = "import sys; from otelhook.cli.main import main; sys.exit(main())"
CHUNK = 5_000


def _seconds(*words: object) -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", MAIN, *map(str, words)], check=True, capture_output=True)
    return time.perf_counter() - began


def _fill(folder: Path, count: int) -> None:
    with Store.open(folder, clock=time.time_ns) as store:
        for first in range(0, count, CHUNK):
            sent = messages(min(CHUNK, count - first), first)
            blocks = (block_of([message])[0] for message in sent)
            store.write_blocks(block for block in blocks if block is not None)


def _figures(rounds: int, *words: object) -> str:
    taken = sorted(1000 * _seconds(*words) for _ in range(rounds + 1))[:rounds]
    return f"{statistics.median(taken):6.0f} ms ({taken[0]:.0f}, {taken[-1]:.0f})".rjust(24)


def run(rounds: int = 7, counts: Sequence[int] = COUNTS) -> str:
    """Time both commands as processes, in each source."""
    more = os.environ.get("OTELHOOK_BENCH_SPANS", "")
    counts = [*counts, *([int(more)] if more else [])]
    rows = [
        f"Reading, as processes (median of {rounds}; least, most)",
        f"  {'':34}{'traces --limit 20':>24}{'render, 10 spans':>24}{'store':>10}",
    ]
    for count in counts:
        with TemporaryDirectory() as place:
            folder = Path(place)
            _fill(folder / "data", count)
            wanted = f"{count // SPANS_A_TRACE // 2 or 1:032x}"
            size = (folder / "data" / "store.sqlite3").stat().st_size / 1024**2
            start = Starter(folder)
            words = ["-c", MAIN, "collect", "--data-dir", str(folder / "data")]
            words += ["--http", "127.0.0.1:{HTTP}", "--grpc", "off"]
            try:
                target = start("", words, ("HTTP",))
                sources = {
                    f"store, {count:,} spans": f"store:{folder / 'data'}",
                    f"collector, {count:,} spans": f"collector+{target.address}",
                }
                for name, source in sources.items():
                    listed = _figures(rounds, "traces", "--limit", 20, "--from", source)
                    drawn = _figures(
                        rounds, "render", wanted, "--format", "mermaid", "--from", source
                    )
                    rows.append(f"  {name:34}{listed}{drawn}{size:7.0f} MB")
            finally:
                start.stop()
    return "\n".join(rows)
