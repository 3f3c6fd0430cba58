"""The contract that every source keeps, kept with a real Jaeger and a real Zipkin.

``--record-answers`` writes what it answers into ``tests/sources/answers``, from where the same
contract is kept without it.
"""

from __future__ import annotations

import importlib.util
import json
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from types import ModuleType
from typing import Any

import pytest

from otelhook.model import Span
from otelhook.otlp import encode_traces
from otelhook.sources.backends.credentials import Credentials
from otelhook.sources.backends.http import Backend
from otelhook.sources.backends.whole_traces import BackendSource
from otelhook.sources.port import TraceSource

pytestmark = [pytest.mark.peers, pytest.mark.timeout(300)]

SOURCES = Path(__file__).parent.parent / "sources"


def _load(path: Path) -> ModuleType:
    """Load a file of the tests beside, which are not a package."""
    spec = importlib.util.spec_from_file_location(f"contract_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


_prepared = _load(SOURCES / "conftest.py")
_contract = _load(SOURCES / "test_source_contract.py")
make_span = _prepared.make_span
as_kept = _prepared.as_kept
globals().update({name: test for name, test in vars(_contract).items() if name.startswith("test_")})


class Recorder(BaseHTTPRequestHandler):
    """Passes questions on, and keeps the answers."""

    address: str
    api: str
    kept: dict[str, dict[str, object]]

    def do_GET(self) -> None:
        status, kind, body = 404, "text/plain", b"404 page not found\n"
        if self.api != "jaeger_v1" or not self.path.startswith("/api/v3/"):
            try:
                with urllib.request.urlopen(self.address + self.path, timeout=30) as answer:
                    status, kind, body = 200, answer.headers["Content-Type"], answer.read()
            except urllib.error.HTTPError as error:
                with error:
                    status, kind, body = error.code, error.headers["Content-Type"], error.read()
        self.kept[self.path] = {"status": status, "type": kind, "body": body.decode()}
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def kept(request: pytest.FixtureRequest) -> Iterator[dict[str, dict[str, Any]]]:
    """Answers by API, test and question; those of the tests that ran are written at the end."""
    answers: dict[str, dict[str, Any]] = {api: {} for api in _prepared.APIS}
    yield answers
    if request.config.getoption("--record-answers", default=False):
        for api, content in answers.items():
            file = SOURCES / "answers" / f"{api}.json"
            known = json.loads(file.read_text()) if file.exists() else {}
            text = json.dumps(known | content, indent=1, sort_keys=True, ensure_ascii=False)
            file.write_text(text + "\n")


@pytest.fixture(params=_prepared.APIS)
def open_with(
    request: pytest.FixtureRequest, peers: Any, kept: dict[str, Any]
) -> Iterator[Callable[[Sequence[Span]], TraceSource]]:
    """Open a backend that holds the given spans; Jaeger without v3, as older ones are, for v1."""
    tool = "zipkin" if request.param == "zipkin" else "jaeger"
    backend = getattr(peers, tool)()
    answers = kept[request.param].setdefault(request.node.originalname, {})
    given = {
        "address": backend.address("QUERY_PORT"),
        "api": request.param,
        "kept": answers,
    }
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (Recorder,), given))
    thread = Thread(target=server.serve_forever, args=(0.02,))
    thread.start()

    def make(spans: Sequence[Span]) -> TraceSource:
        for span in spans:
            if tool == "zipkin":
                peers.post(backend, "/api/v2/spans", [_prepared.as_zipkin(span)])
            else:
                peers.send(backend, [encode_traces([span])])
        for span in spans:
            peers.wait_for(f"{tool}+{backend.address('QUERY_PORT')}", span.trace_id, 1)
        address = f"http://127.0.0.1:{server.server_port}"
        return BackendSource(_prepared.APIS[request.param](Backend("it", address, Credentials(""))))

    yield make
    server.shutdown()
    thread.join()
    server.server_close()
