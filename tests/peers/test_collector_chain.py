"""The OpenTelemetry Collector: services send to it, it writes files and passes on to Jaeger."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from otelhook.errors import OtelhookError
from otelhook.model import TraceId
from otelhook.settings import Settings
from otelhook.sources import open_source

pytestmark = [pytest.mark.peers, pytest.mark.timeout(300)]

HERE = Path(__file__).parent
DEPLOY = HERE.parent.parent / "deploy"
SPANS = 23
STEPS = 22

DEPLOYED = (
    f"--config={DEPLOY / 'collector' / 'config.yaml'}",
    "--set=receivers.otlp.protocols.grpc.endpoint=127.0.0.1:{OTLP_GRPC_PORT}",
    "--set=receivers.otlp.protocols.http.endpoint=127.0.0.1:{OTLP_HTTP_PORT}",
    "--set=exporters.file.path={FOLDER}/traces.otlp",
    "--set=service.telemetry.metrics.level=none",
)
"""The configuration of deploy/, but for what is elsewhere here: its ports and its file."""


def has(path: Path, trace_id: TraceId) -> bool:
    """Return whether a file holds the whole trace: the Collector writes once a second."""
    try:
        source = open_source(f"otlp:{path}", Settings())
        return bool(source.find(trace_id)) and len(source.trace(trace_id).spans) >= SPANS
    except OtelhookError:  # not there yet, or only half a record of it
        return False


def test_what_services_send_to_the_deployed_collector_is_read_from_its_file(
    peers: Any, protocol: str
) -> None:
    collector = peers.collector(*DEPLOYED)
    demo = peers.demo(to=collector, protocol=protocol)
    file = collector.folder / "traces.otlp"
    peers.until(lambda: has(file, demo.trace_id), "the file is written")
    drawn = json.loads(peers.document(f"otlp:{file}", demo.trace_id))
    assert len(drawn["steps"]) == STEPS
    assert "blank-disk" in json.dumps(drawn)


def test_files_a_log_and_jaeger_behind_a_collector_give_the_document_that_the_store_gives(
    peers: Any,
) -> None:
    jaeger = peers.jaeger()
    collector = peers.collector(
        f"--config={HERE / 'chain.yaml'}",
        "--set=exporters.file/records.path={FOLDER}/records",
        "--set=exporters.file/lines.path={FOLDER}/lines",
        f"--set=exporters.otlp_grpc.endpoint=127.0.0.1:{jaeger.ports['OTLP_GRPC_PORT']}",
        f"--set=exporters.otlp_http.endpoint={jaeger.address('OTLP_HTTP_PORT')}",
    )
    demo = peers.demo()
    peers.send(collector, demo.messages())
    expected = peers.document(demo.store, demo.trace_id)
    for name in ("records", "lines"):
        file = collector.folder / name
        peers.until(lambda path=file: has(path, demo.trace_id), f"{name} is written")
        assert peers.document(f"otlp:{file}", demo.trace_id) == expected
    # What its debug exporter prints stands among the rest of the Collector's log.
    assert peers.document(f"debug:{collector.log}", demo.trace_id) == expected
    # Jaeger gets each span twice, once by each way.
    spec = f"jaeger+{jaeger.address('QUERY_PORT')}"
    peers.wait_for(spec, demo.trace_id)
    assert peers.document(spec, demo.trace_id) == expected


@pytest.mark.parametrize(
    "file", sorted((DEPLOY / "collector").rglob("*.yaml")), ids=lambda path: path.name
)
def test_the_collector_accepts_its_files_of_deploy(peers: Any, file: Path) -> None:
    words = [peers.path("collector"), "validate", f"--config={file}"]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0, done.stderr
