"""A receiver in a process of its own, which may be busy, small, or killed.

    python receiver.py PROTOCOL PORT LIMIT BUSY REPORT

It takes requests of at most LIMIT bytes, refuses all for BUSY seconds from the first on, and
appends a line for each span it takes to REPORT before it answers. It prints its port.
"""

from __future__ import annotations

import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import grpc
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2, trace_service_pb2_grpc

_ENCODED = trace_service_pb2.ExportTraceServiceRequest


class Desk:
    """Decides on requests and keeps the report."""

    def __init__(self, limit: int, busy: float, report: Path) -> None:
        self.limit = limit
        self._busy = busy
        self._report = report.open("a", buffering=1)
        self._lock = threading.Lock()
        self._first: float | None = None

    def is_busy(self) -> bool:
        with self._lock:
            self._first = time.monotonic() if self._first is None else self._first
            return time.monotonic() < self._first + self._busy

    def take(self, request: Any) -> None:
        lines: list[str] = []
        for resource in request.resource_spans:
            for scope in resource.scope_spans:
                for span in scope.spans:
                    held = {pair.key: pair.value for pair in span.attributes}
                    body = (
                        len(held["http.request.body.content"].string_value)
                        if ("http.request.body.content" in held)
                        else 0
                    )
                    why = held.get("otelhook.request.body.left_out")
                    why = why.string_value if why is not None else "-"
                    lines.append(f"{span.span_id.hex()}\t{body}\t{why}\n")
        with self._lock:
            self._report.write("".join(lines))


def serve_http(desk: Desk, port: int) -> None:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            data = self.rfile.read(int(self.headers["content-length"]))
            status = 200
            if desk.is_busy():
                status = 503
            elif len(data) > desk.limit:
                status = 413
            else:
                desk.take(_ENCODED.FromString(data))
            self.send_response(status)
            if status == 503:
                self.send_header("Retry-After", "1")
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
    sys.stdout.write(f"{server.server_port}\n")
    sys.stdout.flush()
    server.serve_forever()


def serve_grpc(desk: Desk, port: int) -> None:
    class Service(trace_service_pb2_grpc.TraceServiceServicer):
        def Export(self, request: Any, context: Any):  # noqa: N802 - gRPC's name
            if desk.is_busy():
                context.abort(grpc.StatusCode.UNAVAILABLE, "busy")
            desk.take(request)
            return trace_service_pb2.ExportTraceServiceResponse()

    options = [("grpc.max_receive_message_length", desk.limit), ("grpc.so_reuseport", 0)]
    server = grpc.server(ThreadPoolExecutor(max_workers=2), options=options)
    trace_service_pb2_grpc.add_TraceServiceServicer_to_server(Service(), server)
    bound = server.add_insecure_port(f"127.0.0.1:{port}")
    server.start()
    sys.stdout.write(f"{bound}\n")
    sys.stdout.flush()
    server.wait_for_termination()


if __name__ == "__main__":
    protocol, port, limit, busy, report = sys.argv[1:]
    serve = serve_grpc if protocol == "grpc" else serve_http
    serve(Desk(int(limit), float(busy), Path(report)), int(port))
