"""How long another sender waits while one request of 20,000 traces is taken.

python -m tests.bench turns
"""

from __future__ import annotations

import threading
from pathlib import Path
from tempfile import TemporaryDirectory

from otelhook.otlp import encode_traces
from tests.bench.ingest import Starter, Target, a_span, ours, send_one, traces_of_one_span

__all__ = ["run"]


def run(traces: int = 20_000, rounds: int = 3) -> str:
    """Send one large request, and small ones, one after another, until it is answered."""
    rows = [_round(traces) for _ in range(rounds)]
    lines = [
        f"  {took:8.1f} s{len(waited):10}{max(waited):12.3f} s" for took, waited in rows if waited
    ]
    return "\n".join(
        [
            f"Acknowledged while one request of {traces} traces is taken, each round",
            f"  {'the large one':>10}{'others':>10}{'longest':>14}",
            *lines,
        ]
    )


def _round(traces: int) -> tuple[float, list[float]]:
    large, small = traces_of_one_span(traces), encode_traces([a_span(10**6)])
    with TemporaryDirectory() as place:
        start = Starter(Path(place))
        try:
            target = ours(start, Path(place), "http")
            send_one(target, small)
            return _send(target, large, small)
        finally:
            start.stop()


def _send(target: Target, large: bytes, small: bytes) -> tuple[float, list[float]]:
    took: list[float] = []
    sender = threading.Thread(target=lambda: took.append(send_one(target, large)))
    sender.start()
    waited: list[float] = []
    while sender.is_alive():
        waited.append(send_one(target, small))
    sender.join()
    return took[0], waited
