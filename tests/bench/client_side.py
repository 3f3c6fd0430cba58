"""What a traced `requests` call costs the caller's thread, against a server in another process."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import requests
from opentelemetry.instrumentation.requests import RequestsInstrumentor
from opentelemetry.sdk.trace.export import SimpleSpanProcessor

import otelhook
from tests.bench.measure import Case, Contender, tables
from tests.bench.server_side import OURS, PEER, Discard, headers_captured, provider

__all__ = ["cases", "ours", "run", "serving", "warm"]

_SERVER = """
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    def log_message(self, *_): pass
    def answer(self):
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        large = self.path == "/large"
        body = b"x" * 1_000_000 if large else b'{"id": "%s"}' % (b"a" * 190)
        self.send_response(200)
        kind = "application/octet-stream" if large else "application/json"
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    do_GET = do_POST = answer
server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
"""


@contextmanager
def serving() -> Iterator[str]:
    """Run the server in another process; its address."""
    command = [sys.executable, "-c", _SERVER]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
        try:
            port = server.stdout.readline().strip() if server.stdout else ""
            yield f"http://127.0.0.1:{port}/"
        finally:
            server.terminate()


@contextmanager
def _stock() -> Iterator[None]:
    instrumentor = RequestsInstrumentor()
    instrumentor.instrument(tracer_provider=provider())
    try:
        yield
    finally:
        instrumentor.uninstrument()


@contextmanager
def _stock_with_headers() -> Iterator[None]:
    with headers_captured(), _stock():
        yield


@contextmanager
def ours() -> Iterator[None]:
    """Record with otelhook meanwhile."""
    handle = otelhook.instrument("bench", span_processors=[SimpleSpanProcessor(Discard())])
    try:
        yield
    finally:
        handle.uninstrument()


def warm(
    within: Callable[[], AbstractContextManager[None]], call: Callable[[], object]
) -> Callable[[], AbstractContextManager[None]]:
    """Make one call before the timing begins: the first one sets up what the others use."""

    @contextmanager
    def warmed() -> Iterator[None]:
        with within():
            call()
            yield

    return warmed


def _post(session: requests.Session, url: str) -> Callable[[], object]:
    def call() -> None:
        session.post(url, json={"name": "cirros", "tags": ["x"] * 40}).json()

    return call


def _stream(session: requests.Session, url: str) -> Callable[[], object]:
    def call() -> None:
        with session.get(f"{url}large", stream=True) as response:
            for _ in response.iter_content(65536):
                pass

    return call


def cases() -> Iterator[Case]:
    """Yield a POST of 200 B of JSON, and 1 MB read as a stream."""
    with serving() as url:
        for title, make in (
            ("requests, POST 200 B of JSON", _post),
            ("requests, GET 1 MB as a stream", _stream),
        ):
            call = make(requests.Session(), url)
            contenders = {
                "bare": Contender(call),
                PEER: Contender(call, warm(_stock, call)),
                "stock, headers": Contender(call, warm(_stock_with_headers, call)),
                OURS: Contender(call, warm(ours, call)),
            }
            yield Case(title, contenders, PEER)


def run(rounds: int, calls: int) -> str:
    """Return the tables, by the thread's own clock."""
    return "\n\n".join(tables(cases(), rounds=rounds, calls=calls))
