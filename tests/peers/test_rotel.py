"""rotel, a collector in Rust, between services and Jaeger."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = [pytest.mark.peers, pytest.mark.timeout(300)]

RECEIVERS = {"grpc": "OTLP_GRPC_PORT", "http": "OTLP_HTTP_PORT"}


@pytest.mark.parametrize("onwards", RECEIVERS)
def test_what_rotel_passes_on_to_jaeger_gives_the_document_that_the_store_gives(
    peers: Any, protocol: str, onwards: str
) -> None:
    jaeger = peers.jaeger()
    rotel = peers.rotel(
        "start",
        "--otlp-grpc-endpoint=127.0.0.1:{OTLP_GRPC_PORT}",
        "--otlp-http-endpoint=127.0.0.1:{OTLP_HTTP_PORT}",
        "--exporter=otlp",
        f"--otlp-exporter-endpoint={jaeger.address(RECEIVERS[onwards])}",
        f"--otlp-exporter-protocol={onwards}",
        "--pid-file={FOLDER}/pid",
        "--log-file={FOLDER}/own.log",
    )
    demo = peers.demo()
    peers.send(rotel, demo.messages(), protocol)
    spec = f"jaeger+{jaeger.address('QUERY_PORT')}"
    peers.wait_for(spec, demo.trace_id)
    assert peers.document(spec, demo.trace_id) == peers.document(demo.store, demo.trace_id)
