"""The questions of the collector's page, to stores of 100,000 to 1,000,000 spans.

Each is asked as the page asks it, with a connection of its own. The largest store takes some
minutes to fill: it is measured where OTELHOOK_BENCH_SPANS asks for it.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from otelhook.store import Query, Store, block_of
from tests.bench.many import many_messages

__all__ = ["run"]

COUNTS = (100_000,)
NEWEST = 50

QUESTIONS: Mapping[str, Query] = {
    "newest of a service": Query(service="service-3"),
    "newest of a name": Query(service="service-3", name="GET /v2/images/3"),
    "a common value": Query(attributes=(("server.address", "image"),)),
    "a rare value": Query(attributes=(("url.path", "/v2/images/0004321"),)),
    "a value that is nowhere": Query(attributes=(("url.path", "/v3"),)),
    "two that are never together": Query(
        service="service-3", attributes=(("url.path", "/v2/images/0004321"),)
    ),
    "a service that is nowhere": Query(service="nobody"),
    "failed, of which there are none": Query(failed=True),
    "longer than any": Query(took=(10**10, 2**63 - 1)),
}
"""Of spans as `tests.bench.ingest` makes them."""


def _fill(folder: Path, count: int) -> None:
    """Put spans into a store, 50 a block, as a collector gets them."""
    with Store.open(folder, clock=time.time_ns) as store:
        for messages in many_messages(count):
            blocks = (block_of([message])[0] for message in messages)
            store.write_blocks(block for block in blocks if block is not None)


def _milliseconds(folder: Path, ask: Callable[[Store], object]) -> tuple[float, float]:
    """Return how long it took, by the clock and of CPU."""
    began, used = time.perf_counter(), time.process_time()
    with Store.open(folder, clock=time.time_ns) as store:
        ask(store)
    return 1000 * (time.perf_counter() - began), 1000 * (time.process_time() - used)


def _figures(folder: Path, rounds: int, ask: Callable[[Store], object]) -> str:
    taken, used = zip(*(_milliseconds(folder, ask) for _ in range(rounds)), strict=True)
    spread = f"{statistics.median(taken):.1f} ({min(taken):.1f}, {max(taken):.1f})"
    return f"{spread}{statistics.median(used):8.1f}".rjust(36)


def _asked(query: Query) -> Callable[[Store], object]:
    return lambda store: store.search(query, NEWEST)


def _listed(store: Store) -> object:
    return store.summaries(store.newest(NEWEST))


def run(rounds: int = 9, counts: Sequence[int] = COUNTS) -> str:
    """Ask each question of each store, as it was filled and with its blocks rewritten."""
    more = os.environ.get("OTELHOOK_BENCH_SPANS", "")
    counts = [*counts, *([int(more)] if more else [])]
    rows: list[str] = []
    for count in counts:
        with TemporaryDirectory() as place:
            folder = Path(place)
            _fill(folder, count)
            asked = {name: _asked(query) for name, query in QUESTIONS.items()}
            asked["the list's newest 50"] = _listed
            before = [_figures(folder, rounds, ask) for ask in asked.values()]
            with Store.open(folder, clock=time.time_ns) as store:
                while store.compact(60):
                    pass
            after = [_figures(folder, rounds, ask) for ask in asked.values()]
            rows += [
                f"Searching {count:,} spans (ms, median of {rounds}; least, most; CPU)",
                f"  {'':34}{'blocks of 50':>36}{'rewritten':>36}",
            ]
            rows += [
                f"  {name:34}{small}{large}"
                for name, small, large in zip(asked, before, after, strict=True)
            ]
    return "\n".join(rows)
