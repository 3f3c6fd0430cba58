"""A service of before OpenTelemetry: two spans with the real jaeger-client.

python legacy_client.py udp HOST PORT | http ADDRESS
"""

from __future__ import annotations

import sys
import urllib.request
from importlib import import_module
from threading import Event
from typing import Any

# Untyped, and loaded at run time as the product does it.
client: Any = import_module("jaeger_client")
thrift: Any = import_module("jaeger_client.thrift")
transport: Any = import_module("thrift.transport.TTransport")
binary: Any = import_module("thrift.protocol.TBinaryProtocol")

CONFIG: dict[str, Any] = {
    "sampler": {"type": "const", "param": 1},
    "logging": False,
    "generate_128bit_trace_id": True,
}


def record(tracer: Any) -> None:
    """Be asked, and ask another service."""
    asked = {
        "span.kind": "server",
        "http.method": "GET",
        "http.url": "http://orders.test/orders/7",
        "http.status_code": 200,
        "weight": 1.5,
        "ok": True,
    }
    asking = {
        "span.kind": "client",
        "http.method": "GET",
        "http.url": "http://stock.test/stock/7",
        "peer.service": "stock",
        "http.status_code": 503,
        "error": True,
    }
    with tracer.start_active_span("GET /orders", tags=asked) as scope:
        with tracer.start_active_span("GET /stock", tags=asking) as inner:
            inner.span.log_kv({"event": "error", "message": "out of stock"})
        sys.stdout.write(f"{scope.span.trace_id:032x}\n")


def over_udp(host: str, port: str) -> None:
    """Record, and let the client send."""
    agent = {"reporting_host": host, "reporting_port": int(port)}
    config = client.Config(CONFIG | {"local_agent": agent}, service_name="orders", validate=True)
    tracer = config.new_tracer()
    record(tracer)
    flushed = tracer.close()
    while not flushed.done():  # a future of the client's own event loop, in its thread
        Event().wait(0.02)


def over_http(address: str) -> None:
    """Record, and send the client's batch to the collector's port."""
    kept: list[Any] = []
    reporter = client.reporter.NullReporter()
    reporter.report_span = kept.append
    tracer = client.Tracer("orders", reporter, client.ConstSampler(decision=True))
    record(tracer)
    process = thrift.make_process("orders", tracer.tags, 1024)
    buffer = transport.TMemoryBuffer()
    thrift.make_jaeger_batch(kept, process).write(binary.TBinaryProtocol(buffer))
    request = urllib.request.Request(
        f"{address}/api/traces?format=jaeger.thrift",
        buffer.getvalue(),
        {"Content-Type": "application/x-thrift"},
    )
    with urllib.request.urlopen(request, timeout=30) as answer:
        assert answer.status == 202


if __name__ == "__main__":
    if sys.argv[1] == "udp":
        over_udp(*sys.argv[2:])
    else:
        over_http(*sys.argv[2:])
