"""The agent of deploy/many-machines before two gateways, one of which is gone for a while."""

from __future__ import annotations

import signal
from pathlib import Path
from typing import Any

import pytest

from otelhook.errors import OtelhookError
from otelhook.model import Resource, Span, SpanId, SpanKind, TraceId
from otelhook.otlp import encode_traces
from otelhook.settings import Settings
from otelhook.sources import open_source

pytestmark = [pytest.mark.peers, pytest.mark.timeout(300)]

HERE = Path(__file__).parent
DEPLOY = HERE.parent.parent / "deploy"
TRACES = 24


def a_span(number: int) -> Span:
    trace_id, resource = TraceId(f"{number + 1:032x}"), Resource({"service.name": "shop"})
    begun = 1_764_450_000_000_000_000 + number
    return Span(
        trace_id, SpanId(f"{1:016x}"), None, "GET", SpanKind.SERVER, begun, begun + 9,
        resource=resource,
    )  # fmt: skip


def arrived(file: Path) -> set[str]:
    """Return the traces that a gateway has written."""
    try:
        return set(open_source(f"otlp:{file}", Settings()).newest(1_000))
    except OtelhookError:  # not there yet, or only half a record of it
        return set()


def gateway(peers: Any, file: Path, port: int = 0) -> Any:
    words = [f"--config={HERE / 'gateway.yaml'}"]
    if port:
        words.append(f"--set=receivers.otlp.protocols.grpc.endpoint=127.0.0.1:{port}")
    return peers.collector(*words, GATEWAY_FILE=str(file))


def agent(peers: Any, ports: list[int]) -> Any:
    """Start the agent with its own file, and with what `make many` puts over its addresses."""
    first, second = map(str, ports)
    return peers.collector(
        f"--config={DEPLOY / 'many-machines' / 'agent.yaml'}",
        f"--config={DEPLOY / 'many' / 'overlay' / 'agent.yaml'}",
        "--set=service.telemetry.metrics.level=none",
        GRPC_PORT="{OTLP_GRPC_PORT}",
        HTTP_PORT="{OTLP_HTTP_PORT}",
        HEALTH_PORT="0",
        METRICS_PORT="0",
        GATEWAY_HOST="none",
        GATEWAY_1_PORT=first,
        GATEWAY_2_PORT=second,
        QUEUE_DIRECTORY="{FOLDER}",
    )


def test_two_gateways_get_what_is_theirs_one_of_them_once_it_is_back(
    peers: Any, tmp_path: Path
) -> None:
    files = [tmp_path / "first", tmp_path / "second"]
    gateways = [gateway(peers, file) for file in files]
    ports = [one.ports["OTLP_GRPC_PORT"] for one in gateways]
    sender = agent(peers, ports)
    peers.send(sender, [encode_traces([a_span(number)]) for number in range(TRACES)])
    wanted = {f"{number + 1:032x}" for number in range(TRACES)}
    peers.until(lambda: set.union(*map(arrived, files)) == wanted, "all have arrived")
    before = [arrived(file) for file in files]
    assert all(before)
    assert not before[0] & before[1]

    # The first is gone; what is its own waits on the agent's disk until it is back.
    gateways[0].process.send_signal(signal.SIGKILL)
    gateways[0].process.wait()
    numbers = range(TRACES, 2 * TRACES)
    peers.send(sender, [encode_traces([a_span(number)]) for number in numbers])
    peers.until(lambda: len(arrived(files[1])) > len(before[1]), "the second goes on")
    again = tmp_path / "again"
    gateway(peers, again, ports[0])
    later = {f"{number + 1:032x}" for number in numbers}
    peers.until(
        lambda: later <= arrived(again) | arrived(files[1]), "what waited has arrived", seconds=60
    )
    assert arrived(again) & later
