from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest
import requests
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import SpanKind

import otelhook
from otelhook.capture.guard import Guard
from otelhook.capture.setup.process import process
from tests.waiting import wait_until

DEADLINE = 10.0


@pytest.fixture(autouse=True)
def _our_failures_are_raised(monkeypatch: pytest.MonkeyPatch) -> None:
    """In these tests the guard lets our own failures through, so that none goes unseen."""
    monkeypatch.setattr(Guard, "absorb", lambda _guard, _error: False)


class Recorded:
    """The spans of one test's services."""

    def __init__(self) -> None:
        self.exporter = InMemorySpanExporter()

    def all(self) -> list[ReadableSpan]:
        return list(self.exporter.get_finished_spans())

    def wait(self, count: int, kind: SpanKind | None = None) -> list[ReadableSpan]:
        """Return the spans of a kind once there are that many, in order of their start."""

        def found() -> list[ReadableSpan]:
            return [span for span in self.all() if kind is None or span.kind is kind]

        wait_until(lambda: len(found()) >= count, f"{count} spans have ended", DEADLINE)
        assert len(found()) == count, [span.name for span in found()]
        return sorted(found(), key=lambda span: span.start_time or 0)

    def server(self) -> dict[str, Any]:
        """Return the attributes of the one SERVER span."""
        return dict(self.wait(1, SpanKind.SERVER)[0].attributes or {})

    def client(self) -> dict[str, Any]:
        """Return the attributes of the one CLIENT span."""
        return dict(self.wait(1, SpanKind.CLIENT)[0].attributes or {})


@pytest.fixture
def recorded() -> Recorded:
    return Recorded()


@pytest.fixture
def instrument(recorded: Recorded) -> Iterator[Callable[..., otelhook.Instrumentation]]:
    """Instrument this process for a test; taken back at its end."""
    with ExitStack() as stack:

        def start(service: str = "caller", **settings: Any) -> otelhook.Instrumentation:
            processors = [SimpleSpanProcessor(recorded.exporter)]
            settings.setdefault("environ", {"HOME": "/nonexistent"})
            handle = otelhook.instrument(service, span_processors=processors, **settings)
            stack.callback(handle.uninstrument)
            return handle

        yield start
        for known in list(process._services.values()):
            stack.callback(known.uninstrument)


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    def log_message(self, *args: object) -> None:
        pass


Serve = Callable[..., str]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Serve a WSGI application with wsgiref on a free port; returns its address."""
    with ExitStack() as stack:

        def start(app: Any) -> str:
            server = make_server("127.0.0.1", 0, app, _Server, _Quiet)
            thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
            thread.start()
            stack.callback(server.server_close)
            stack.callback(server.shutdown)
            return f"http://127.0.0.1:{server.server_port}"

        yield start


@pytest.fixture
def session() -> Iterator[requests.Session]:
    with requests.Session() as session:
        session.trust_env = False
        yield session
