"""Variants of what programs do that once went otherwise with us: each fails for the same reason.

Each program runs bare and with us, in a process of its own; what it prints is the same, and its
spans are what is named beside it.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

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

    processors = [SimpleSpanProcessor(Kept())]
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


@atexit.register
def told():
    rows = [
        (s.kind.name, s.resource.attributes["service.name"], s.status.status_code.name,
         s.attributes.get("http.response.status_code"),
         str(s.attributes.get("url.full") or s.attributes.get("url.path"))
         .replace(f":{port}", ":PORT"))
        for s in spans
        if s.kind.name != "INTERNAL"
    ]
    print(json.dumps(rows), file=sys.stderr)
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


@dataclass(frozen=True)
class Kind:
    """A program, and the spans that it has: kind, service, state, status and address of each."""

    program: str
    spans: list[list[object]]
    needs: str = "requests"


def _client(path: str, status: int = 200, service: str = "program") -> list[object]:
    return ["CLIENT", service, "UNSET", status, f"http://127.0.0.1:PORT{path}"]


def _server(path: str, service: str, status: int = 200) -> list[object]:
    return ["SERVER", service, "UNSET", status, path]


DELEGATES = """
class Delegating(http.client.HTTPConnection):
    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.real = http.client.HTTPConnection(*args, **kwargs)

    def request(self, *args, **kwargs):
        self.real.request(*args, **kwargs)

    def getresponse(self, *args, **kwargs):
        return self.real.getresponse(*args, **kwargs)
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

KINDS: dict[str, Kind] = {
    "a connection delegates to another": Kind(
        DELEGATES
        + """
connection = Delegating("127.0.0.1", port)
connection.request("GET", "/a")
print(connection.getresponse().read())
""",
        [_client("/a")],
    ),
    "urllib opens by a connection that delegates": Kind(
        DELEGATES
        + """
class Opener(urllib.request.HTTPHandler):
    def http_open(self, request):
        return self.do_open(Delegating, request)

print(urllib.request.build_opener(Opener).open(address + "/b", b"x").read())
""",
        [_client("/b")],
    ),
    "vcrpy around http.client": Kind(
        """
import tempfile, vcr
with vcr.use_cassette(tempfile.mkdtemp() + "/c.yaml"):
    connection = http.client.HTTPConnection("127.0.0.1", port)
    connection.request("POST", "/c", b"ab")
    print(connection.getresponse().read())
""",
        [_client("/c")],
        "vcr",
    ),
    "a middleware that has answered is copied": Kind(
        WRAPPED
        + """
used = wrapped(app)
print(ask(used), ask(copy.copy(used)), ask(copy.deepcopy(used)))
""",
        [_server("/a", "inner")] * 3,
    ),
    "a middleware over ASGI is copied": Kind(
        WRAPPED
        + """
import asyncio

def answered(application):
    sent = []
    async def send(message):
        sent.append(message["type"])
    async def receive():
        return {"type": "http.request"}
    scope = {"type": "http", "method": "GET", "path": "/a", "headers": [], "query_string": b""}
    asyncio.run(application(scope, receive, send))
    return sent

used = wrapped(asgi, "ASGIMiddleware")
print(answered(used), answered(copy.deepcopy(used)))
""",
        [_server("/a", "inner")] * 2,
    ),
    "a response is pickled by its type": Kind(
        """
import requests
session = requests.Session()
response = session.get(address + "/a")
again = pickle.loads(pickle.dumps(response))
print(again.text, type(response.raw) is __import__("urllib3").HTTPResponse)
print(type(copy.deepcopy(session)).__name__)
""",
        [_client("/a")],
    ),
    "an application is one of two in another": Kind(
        WRAPPED
        + """
inner, other = wrapped(app, service="inner"), wrapped(app, service="other")

def outer(environ, start):
    chosen = other if environ["PATH_INFO"] == "/other" else inner
    return chosen(environ, start)

outermost = wrapped(outer, service="outer")
print(ask(outermost, "/other"), ask(outermost, "/one"))
""",
        [
            *(_server("/other", "other"), _server("/other", "outer")),
            *(_server("/one", "inner"), _server("/one", "outer")),
        ],
    ),
    "an inner application calls for its own service": Kind(
        WRAPPED
        + """
import requests

def calling(environ, start):
    start("200 OK", [])
    return [requests.get(address + "/called").content]

inside = wrapped(calling, service="inner")
print(ask(wrapped(lambda environ, start: inside(environ, start), service="outer")))
""",
        [_client("/called", service="inner"), _server("/a", "inner"), _server("/a", "outer")],
    ),
    "one service is mounted twice": Kind(
        WRAPPED
        + """
once = wrapped(app, service="inner")
print(ask(wrapped(once, service="inner")), ask(once))
""",
        [_server("/a", "inner")] * 2,
    ),
    "http.client tunnels to the proxy's own host": Kind(
        PROXY
        + """
connection = http.client.HTTPConnection("127.0.0.1", proxy())
connection.set_tunnel("127.0.0.1", port)
connection.request("GET", "/a")
print(connection.getresponse().read())
""",
        [_client("/a")],
    ),
    "requests asks by a proxy on its own host": Kind(
        PROXY
        + """
import requests
through = {"http": f"http://127.0.0.1:{proxy()}"}
print(requests.get(address + "/b", proxies=through).text)
""",
        [_client("/b")],
    ),
    "httpx asks by a proxy on its own host": Kind(
        PROXY
        + """
import httpx
with httpx.Client(proxy=f"http://127.0.0.1:{proxy()}") as client:
    print(client.get(address + "/c").text)
""",
        [_client("/c")],
        "httpx",
    ),
}


def _run(folder: Path, program: str, *, with_us: bool) -> tuple[int, str, list[list[object]], str]:
    environ = {k: v for k, v in os.environ.items() if not k.lower().endswith("_proxy")}
    done = subprocess.run(
        [sys.executable, "-c", HEAD + program],
        cwd=folder,
        env={**environ, "WITH_US": str(int(with_us)), "OTELHOOK_DATA_DIR": str(folder / "data")},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    *said, last = done.stderr.splitlines() or [""]
    spans = json.loads(last) if last.startswith("[") else []
    return done.returncode, done.stdout, spans, "\n".join(said)


@pytest.mark.parametrize("name", KINDS)
def test_a_program_meets_the_same_as_without_us_and_its_spans_are_right(
    tmp_path: Path, name: str
) -> None:
    kind = KINDS[name]
    pytest.importorskip(kind.needs)
    bare = _run(tmp_path, kind.program, with_us=False)
    ours = _run(tmp_path, kind.program, with_us=True)
    assert (bare[0], bare[3]) == (0, "")
    assert (ours[0], ours[1], ours[3]) == (0, bare[1], "")
    # Which of two that lie in one another ends first is nobody's business.
    assert sorted(map(repr, ours[2])) == sorted(map(repr, kind.spans))
