"""Programs that run bare and with us, each in a process of its own, and the spans they have."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.spools import read_spools

__all__ = ["PROXY", "WRAPPED", "Kind", "client", "hold", "server"]

HEAD = """
import atexit, copy, http.client, io, json, os, pickle, socket, sys, threading, urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

WITH_US = os.environ["WITH_US"] == "1"
spans = []
if WITH_US:
    import otelhook
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter, SpanExportResult

    class Kept(SpanExporter):
        def export(self, batch):
            spans.extend(batch)
            return SpanExportResult.SUCCESS

    processors = None if os.environ.get("SPOOL") else [SimpleSpanProcessor(Kept())]
    otelhook.instrument("program", span_processors=processors)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        path = self.path.rpartition("/")[2].encode()
        said = b"%s %s %d" % (self.command.encode(), path, len(body))
        self.send_response(200)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    do_POST = do_GET


server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
server.daemon_threads = True
threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
port = server.server_port
address = f"http://127.0.0.1:{port}"


more = []


@atexit.register
def told():
    rows = [
        [s.kind.name, s.resource.attributes["service.name"], s.status.status_code.name,
         s.attributes.get("http.response.status_code"),
         str(s.attributes.get("url.full") or s.attributes.get("url.path"))
         .replace(f":{port}", ":PORT"), *(s.attributes.get(key) for key in more)]
        for s in spans
        if s.kind.name != "INTERNAL"
    ]
    print(json.dumps(rows, default=repr), file=sys.stderr)
"""

PROXY = """
def pump(a, b):
    try:
        while data := a.recv(65536):
            b.sendall(data)
    except OSError:
        pass


def proxy():
    listening = socket.create_server(("127.0.0.1", 0))

    def serve():
        while True:
            client, _ = listening.accept()
            head = b""
            while b"\\r\\n\\r\\n" not in head:
                head += client.recv(4096)
            word, target = head.split()[:2]
            place = target if word == b"CONNECT" else target.split(b"/")[2]
            there = socket.create_connection(("127.0.0.1", int(place.rpartition(b":")[2])))
            if word == b"CONNECT":
                client.sendall(b"HTTP/1.1 200 OK\\r\\n\\r\\n")
            else:
                there.sendall(head)
            threading.Thread(target=pump, args=(client, there), daemon=True).start()
            threading.Thread(target=pump, args=(there, client), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    return listening.getsockname()[1]
"""


WRAPPED = """
def app(environ, start):
    start("200 OK", [])
    return [b"answered"]


async def asgi(scope, receive, send):
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"answered"})


def wrapped(application, kind="Middleware", service="inner"):
    if not WITH_US:
        return application
    otelhook.instrument(service, span_processors=processors)
    return getattr(otelhook, kind)(application, service=service)


def ask(application, path="/a"):
    environ = {"REQUEST_METHOD": "GET", "PATH_INFO": path, "wsgi.input": io.BytesIO()}
    return b"".join(application(environ, lambda *_: None))
"""


@dataclass(frozen=True)
class Kind:
    """A program, and the spans that it has: kind, service, state, status and address of each, and
    the values of the attributes that it names in ``more``.
    """

    program: str
    spans: list[list[object]]
    needs: str = "requests"
    propagators: str = ""
    """What ``OTEL_PROPAGATORS`` names."""
    beside: tuple[str, ...] = ()
    """Paths of calls that are recorded or not, by when they came."""
    spools: bool = False
    """Whether spans go the way that they go without a word: those of forked children as well."""


def client(path: str, status: int = 200, service: str = "program", *more: object) -> list[object]:
    """Return the row of a call to the program's own server."""
    return ["CLIENT", service, "UNSET", status, f"http://127.0.0.1:PORT{path}", *more]


def server(path: str, service: str, status: int = 200, *more: object) -> list[object]:
    """Return the row of a request that was answered."""
    return ["SERVER", service, "UNSET", status, path, *more]


@dataclass(frozen=True)
class _Ran:
    code: int
    out: str
    said: str
    spans: list[list[object]]


def _run(folder: Path, kind: Kind, *, with_us: bool) -> _Ran:
    environ = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
    environ |= {"OTEL_PROPAGATORS": kind.propagators} if kind.propagators else {}
    environ |= {"SPOOL": "1"} if kind.spools else {}
    environ |= {"EVENTLET_NO_GREENDNS": "yes"}  # see test_greenlets
    # Python 3.12 warns of what these programs do on purpose: a fork in a thread.
    quiet = ["-W", "ignore:This process:DeprecationWarning"]
    done = subprocess.run(
        [sys.executable, *quiet, "-c", HEAD + kind.program],
        cwd=folder,
        env={**environ, "WITH_US": str(int(with_us)), "OTELHOOK_DATA_DIR": str(folder / "data")},
        capture_output=True,
        text=True,
        check=False,
        timeout=40,
    )
    lines = done.stderr.splitlines()
    said = "\n".join(line for line in lines if not line.startswith("["))
    spans = [span for line in lines if line.startswith("[") for span in json.loads(line)]
    return _Ran(done.returncode, done.stdout, said, _spooled(folder) if kind.spools else spans)


def _spooled(folder: Path) -> list[list[object]]:
    """Return kind, method and path of what the spools hold."""
    return [
        [
            span.kind.name,
            span.attributes.get("http.request.method"),
            "/" + str(span.attributes.get("url.full")).split("/", 3)[-1],
        ]
        for span in read_spools(folder / "data" / "spool")
        if span.kind.name == "CLIENT"
    ]


def hold(folder: Path, kind: Kind) -> None:
    """Run a program bare and with us, and hold the two to each other and the spans to its own."""
    pytest.importorskip(kind.needs)
    bare = _run(folder, kind, with_us=False)
    ours = _run(folder, kind, with_us=True)
    assert (bare.code, bare.said) == (0, ""), bare
    assert (ours.code, ours.out, ours.said) == (0, bare.out, ""), (bare.out, ours)
    # Which of two that lie in one another ends first is nobody's business.
    found = [span for span in ours.spans if span[2] not in kind.beside]
    expected = [span for span in kind.spans if span[2] not in kind.beside]
    assert Counter(map(repr, found)) == Counter(map(repr, expected)), ours.spans
