"""What the chain takes of the processor for a span, part by part, beside our own collector."""

from __future__ import annotations

import http.client
import os
import re
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from deploy.harness.errors import HarnessError
from deploy.harness.loopback import free_ports, listens
from deploy.harness.processes import plain_environment, wait_until
from deploy.many.parts import STAGES
from deploy.many.places import Chain
from deploy.many.running import process
from deploy.many.sending import by_agent, post, send_message
from deploy.many.spans import SPANS_OF_A_TRACE, trace_of
from otelhook.model import Span
from otelhook.otlp import encode_traces

__all__ = ["cost"]

_TRACES: Final = 1_500
_FIRST: Final = 1_000_000
"""The first one's number: the load has others."""
_TRACES_OF_A_MESSAGE: Final = 10
_SECONDS: Final = 180.0
_IDLE: Final = 5.0
_WROTE: Final = re.compile(
    r"^otelcol_exporter_sent_spans(?:_total)?{.*jaeger_storage_exporter.*} (\S+)$", re.MULTILINE
)


def cost(chain: Chain) -> Sequence[str]:
    """Return a table: microseconds of the processor for a span, by part.

    What a part takes when nothing comes is taken off.

    Raises:
        HarnessError: the spans do not come out.
    """
    batches = [
        [span for number in range(first, first + _TRACES_OF_A_MESSAGE) for span in trace_of(number)]
        for first in range(_FIRST, _FIRST + _TRACES, _TRACES_OF_A_MESSAGE)
    ]
    spans = _TRACES * SPANS_OF_A_TRACE
    size = sum(len(encode_traces(batch)) for batch in batches) / spans
    chained = {name: taken / spans * 1e6 for name, taken in _chain_takes(chain, batches).items()}
    ours = _ours_takes(batches) / spans * 1e6
    whole = sum(chained.values())
    return [
        f"{spans:,} spans of {size:,.0f} bytes, microseconds of the processor for each:",
        *(f"  {name:12} {taken:8.0f}" for name, taken in chained.items()),
        f"  {'the chain':12} {whole:8.0f}   {1e6 / whole:8,.0f} a second and core",
        f"  {'our own':12} {ours:8.0f}   {1e6 / ours:8,.0f} a second and core, on the disk",
    ]


def _chain_takes(chain: Chain, batches: Sequence[Sequence[Span]]) -> Mapping[str, float]:
    names = [name for stage in STAGES for name in stage]
    messages = [
        (agent, encode_traces(spans))
        for batch in batches
        for agent, spans in by_agent(batch).items()
    ]
    idle, began = _processor(chain, names), time.monotonic()
    time.sleep(_IDLE)
    start = _processor(chain, names)
    rate = {name: (start[name] - idle[name]) / (time.monotonic() - began) for name in names}
    wanted = _written(chain) + sum(len(batch) for batch in batches)
    began = time.monotonic()
    for agent, message in messages:
        send_message(chain, agent, message)
    if not wait_until(lambda: _written(chain) >= wanted, _SECONDS):
        message_late = f"not all spans came out within {_SECONDS:.0f} s"
        raise HarnessError(message_late)
    end, passed = _processor(chain, names), time.monotonic() - began
    return {name: end[name] - start[name] - rate[name] * passed for name in names}


def _ours_takes(batches: Sequence[Sequence[Span]]) -> float:
    """Return the seconds of the processor that our collector takes of the same messages."""
    messages = [encode_traces(spans) for batch in batches for spans in by_agent(batch).values()]
    ports = free_ports(("http", "grpc"))
    with TemporaryDirectory(prefix="otelhook-many-") as folder:
        addresses = [f"--{name}=127.0.0.1:{port}" for name, port in ports.items()]
        words = [sys.executable, "-m", "otelhook", "collect", "--data-dir", folder, *addresses]
        ours = subprocess.Popen(
            words, cwd=folder, env=plain_environment(), stdout=subprocess.DEVNULL
        )
        try:
            if not wait_until(lambda: listens(ports["http"]), _SECONDS):
                message = "otelhook collect does not come up"
                raise HarnessError(message)
            start = _seconds(ours.pid)
            for content in messages:
                if post(ports["http"], content) != http.client.OK:
                    message = "otelhook collect took no message"
                    raise HarnessError(message)
            return _seconds(ours.pid) - start
        finally:
            ours.terminate()
            ours.wait()


def _processor(chain: Chain, names: Sequence[str]) -> Mapping[str, float]:
    return {name: _seconds(process(chain, name)) for name in names}


def _seconds(pid: int) -> float:
    """Return the seconds of the processor that a process has taken, its threads together."""
    stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    fields = stat.rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _written(chain: Chain) -> float:
    """Return how many spans Jaeger has written, by its own count."""
    port = chain.ports["ingester-metrics"]
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=10)) as connection:
        connection.request("GET", "/metrics")
        return sum(map(float, _WROTE.findall(connection.getresponse().read().decode())))
