"""Metrics and logs of Go's and Node's SDKs at our collector: refused once, with a sentence to see.

Python's are in the tests of the collector. The programs in `senders/` send one of each signal.
"""

from __future__ import annotations

import os
import subprocess
from typing import Any

import pytest

pytestmark = [pytest.mark.peers, pytest.mark.timeout(120)]

PORTS = {"http/protobuf": "OTLP_HTTP_PORT", "http/json": "OTLP_HTTP_PORT", "grpc": "OTLP_GRPC_PORT"}
SAID = {
    "metrics": "otelhook keeps traces only, these data points are not kept: "
    "OTEL_METRICS_EXPORTER=none stops them",
    "logs": "otelhook keeps traces only, these log records are not kept: "
    "OTEL_LOGS_EXPORTER=none stops them",
}


def sent(peers: Any, collector: Any, sender: str, protocol: str, **environ: str) -> str:
    """Run a sender to its end; return what it printed."""
    path = peers.path(sender)
    words = [str(path)] if path.suffix != ".js" else ["node", str(path)]
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("OTEL")}
    told = {
        "OTEL_EXPORTER_OTLP_ENDPOINT": collector.address(PORTS[protocol]),
        "OTEL_EXPORTER_OTLP_PROTOCOL": protocol,
        "OTEL_EXPORTER_OTLP_INSECURE": "true",
        **{f"OTEL_{signal}_EXPORTER": "otlp" for signal in ("TRACES", "METRICS", "LOGS")},
    }
    done = subprocess.run(
        words, env=inherited | told | environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout + done.stderr


def refused(peers: Any, collector: Any) -> dict[str, float]:
    """Return how many items of each signal the collector was sent and does not keep."""
    metrics = peers.fetch(collector, "/metrics", port="OTLP_HTTP_PORT").splitlines()
    named = "otelhook_other_signals_total{signal="
    rows = [line.removeprefix(named) for line in metrics if line.startswith(named)]
    return {row.split('"')[1]: float(row.split()[-1]) for row in rows}


@pytest.mark.parametrize("protocol", ["http/protobuf", "grpc"])
def test_gos_sdk_sends_each_once_and_logs_why_it_is_not_kept(peers: Any, protocol: str) -> None:
    collector = peers.otelhook()
    said = sent(peers, collector, "sender-go", protocol)
    assert f"OTLP partial success: {SAID['metrics']} (1 metric data points rejected)" in said
    assert f"OTLP partial success: {SAID['logs']} (1 log records rejected)" in said
    assert len(said.splitlines()) == 2
    assert refused(peers, collector) == {"metrics": 1, "logs": 1}
    assert "sent" in peers.command("traces", "--from", f"store:{collector.folder / 'data'}")


@pytest.mark.parametrize("protocol", PORTS)
def test_nodes_sdk_sends_each_once_and_logs_why_where_it_logs_at_all(
    peers: Any, protocol: str
) -> None:
    collector = peers.otelhook()
    said = sent(peers, collector, "sender-node", protocol, OTEL_LOG_LEVEL="info")
    assert said.count("Received Partial Success response") == 2
    assert SAID["metrics"] in said
    assert SAID["logs"] in said
    assert refused(peers, collector) == {"metrics": 1, "logs": 1}
    assert "sent" in peers.command("traces", "--from", f"store:{collector.folder / 'data'}")


def test_nodes_sdk_says_nothing_by_default_and_sends_nothing_where_it_is_told_not_to(
    peers: Any,
) -> None:
    collector = peers.otelhook()
    assert sent(peers, collector, "sender-node", "grpc") == ""
    assert refused(peers, collector) == {"metrics": 1, "logs": 1}
    off = {"OTEL_METRICS_EXPORTER": "none", "OTEL_LOGS_EXPORTER": "none"}
    sent(peers, collector, "sender-node", "grpc", **off, OTEL_LOG_LEVEL="info")
    assert refused(peers, collector) == {"metrics": 1, "logs": 1}
