"""What a traced WSGI request costs the whole process, its span encoded and delivered.

Everything counts here: the request's thread, the exporting thread, encoding and sending. The
receiver is a process of its own. Stock goes through the SDK's batch processor and the official
exporter, ours through our own, to the same receiver and to a spool.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.wsgi import OpenTelemetryMiddleware
from opentelemetry.sdk.trace import SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter

import otelhook
from otelhook.capture.setup.provider import make_provider
from otelhook.exporters import ByteBoundedProcessor, OtlpExporter, SpoolSpanExporter
from otelhook.exporters.http_transport import HttpTransport
from otelhook.settings import Settings
from tests.bench.measure import Case, Contender, interleave, table
from tests.bench.server_side import BODY, PEER, application, caller, floor, headers_captured

__all__ = ["CALLS", "cases", "run"]

_RECEIVER = """
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def log_message(self, *_): pass
    def do_POST(self):
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()
server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
"""

CALLS = 400
"""A round: less than the SDK's batch of 512, so that nobody drops anything."""


@contextmanager
def _receiver() -> Iterator[str]:
    command = [sys.executable, "-c", _RECEIVER]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            port = process.stdout.readline().strip() if process.stdout else ""
            yield f"http://127.0.0.1:{port}/v1/traces"
        finally:
            process.terminate()


class _Way:
    """A provider whose spans really leave, and how to wait until they have."""

    def __init__(self, stack: ExitStack, processor: SpanProcessor) -> None:
        self.provider: TracerProvider = make_provider(Settings(service="bench"), [processor])
        stack.callback(self.provider.shutdown)

    def flush(self) -> None:
        if not self.provider.force_flush():
            message = "the receiver did not take the spans in time"
            raise RuntimeError(message)


def cases() -> Iterator[Case]:
    """Yield GET 200 B, POST 200 B of JSON."""
    with ExitStack() as stack:
        endpoint = stack.enter_context(_receiver())
        folder = Path(stack.enter_context(TemporaryDirectory()))

        def official() -> BatchSpanProcessor:
            return BatchSpanProcessor(OTLPSpanExporter(endpoint))

        def our(exporter: SpanExporter) -> ByteBoundedProcessor:
            return ByteBoundedProcessor(exporter)

        stock, least = _Way(stack, official()), _Way(stack, official())
        spool = _Way(stack, our(SpoolSpanExporter(folder, service="bench")))
        wire = _Way(stack, our(OtlpExporter(HttpTransport(endpoint))))
        theirs = OpenTelemetryMiddleware(application, tracer_provider=stock.provider)
        applications: dict[str, tuple[Callable[..., Any], _Way | None]] = {
            "bare": (application, None),
            "floor: a span without attributes": (floor(application, least.provider), least),
            PEER: (theirs, stock),
            "stock, headers": (theirs, stock),
            "otelhook, all, to a spool": (_ours(spool), spool),
            "otelhook, all, over OTLP": (_ours(wire), wire),
        }
        for title, method, body in (
            ("WSGI and export, GET 200 B", "GET", b""),
            ("WSGI and export, POST 200 B of JSON", "POST", BODY),
        ):
            contenders = {
                name: Contender(
                    caller(app, method, "/", body),
                    headers_captured if name == "stock, headers" else nullcontext,
                    bool if way is None else way.flush,
                )
                for name, (app, way) in applications.items()
            }
            yield Case(title, contenders, PEER)


def run(rounds: int) -> str:
    """Return the tables, by the clock of the whole process."""
    drawn: list[str] = []
    for case in cases():
        figures = interleave(
            case.contenders, rounds=rounds, calls=CALLS, clock=time.process_time_ns
        )
        drawn.append(table(case, figures))
    return "\n\n".join(drawn)


def _ours(way: _Way) -> Callable[..., Any]:
    return otelhook.Middleware(application, service="bench", tracer_provider=way.provider)
