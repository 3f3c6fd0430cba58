"""The collector as a process of its own, and what senders send to it."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from otelhook.model import Resource, Span, SpanId, SpanKind, TraceId
from otelhook.otlp import encode_traces
from otelhook.settings import Settings
from otelhook.sources import open_source
from tests.waiting import wait_until

MAIN = "import sys; from otelhook.cli.main import main; sys.exit(main())"
DEADLINE = 60.0
PROTOBUF = "application/x-protobuf"


@dataclass
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def content(self) -> Any:
        return json.loads(self.body)


@dataclass
class Collector:
    """A collector that runs."""

    process: subprocess.Popen[str]
    data_dir: Path
    log: Path
    http: str = ""
    grpc: str = ""

    def ask(
        self,
        method: str,
        path: str,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
        **options: Any,
    ) -> Answer:
        """Ask over HTTP, exactly as said."""
        connection = http.client.HTTPConnection(urlsplit(self.http).netloc, timeout=DEADLINE)
        with contextlib.closing(connection):
            connection.request(method, path, body, dict(headers or {}), **options)
            answer = connection.getresponse()
            named = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, named, answer.read())

    def post(self, body: bytes, **headers: str) -> Answer:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.ask("POST", "/v1/traces", body, {"Content-Type": PROTOBUF} | named)

    def metric(self, name: str, **labels: str) -> float:
        """Return a metric's value; the sum if more labels tell it apart."""
        total = 0.0
        for line in self.ask("GET", "/metrics").body.decode().splitlines():
            found = re.fullmatch(rf"{name}(?:\{{(.*)\}})? (\S+)", line)
            if found and all(
                f'{key}="{value}"' in (found[1] or "") for key, value in labels.items()
            ):
                total += float(found[2])
        return total

    def spans(self, trace_id: str) -> Sequence[Span]:
        """Return the spans of a trace as `render` reads them."""
        source = open_source(f"store:{self.data_dir}", Settings())
        return source.trace(TraceId(trace_id)).spans

    def count(self) -> int:
        source = open_source(f"store:{self.data_dir}", Settings())
        return sum(len(source.trace(trace_id).spans) for trace_id in source.newest(1_000_000))

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(DEADLINE)

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """Ask it to end; return its exit code."""
        self.process.send_signal(number)
        return self.process.wait(DEADLINE)

    def said(self) -> str:
        return self.log.read_text()


@dataclass
class Collectors:
    """Starts collectors, ends those that a test leaves."""

    folder: Path
    started: list[Collector] = field(default_factory=list)

    def __call__(
        self,
        *words: str,
        ready: bool = True,
        popen: Mapping[str, Any] | None = None,
        **environ: str,
    ) -> Collector:
        data_dir = self.folder / "data"
        log = self.folder / f"log{len(self.started)}"
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("OTEL")}
        given = [*words]
        for option in ("--http", "--grpc"):
            if option not in words:
                given += [option, "127.0.0.1:0"]
        with log.open("wb") as file:
            process = subprocess.Popen(
                [sys.executable, "-c", MAIN, "collect", "--data-dir", str(data_dir), *given],
                cwd=self.folder,
                env=inherited | {"HOME": str(self.folder)} | environ,
                stdout=file,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                text=True,
                **(popen or {}),
            )
        collector = Collector(process, data_dir, log)
        self.started.append(collector)
        if ready:
            said = wait_until(
                lambda: (
                    found
                    if "the store: " in (found := collector.said()) or process.poll() is not None
                    else ""
                ),
                "the collector has started",
            )
            assert process.poll() is None, said
            addresses = dict(re.findall(r"OTLP over (HTTP|gRPC): (\S+)", said))
            collector.http, collector.grpc = addresses["HTTP"], addresses.get("gRPC", "")
        return collector

    def end_all(self) -> None:
        for collector in self.started:
            if collector.process.poll() is None:
                collector.kill()


@pytest.fixture
def collect(tmp_path: Path) -> Iterator[Collectors]:
    made = Collectors(tmp_path)
    yield made
    made.end_all()


def a_span(number: int, span: int = 1, *, body: str = "", name: str = "GET") -> Span:
    begun = time.time_ns()
    return Span(
        TraceId(f"{number:032x}"),
        SpanId(f"{span:016x}"),
        SpanId(f"{1:016x}") if span > 1 else None,
        name,
        SpanKind.SERVER,
        begun,
        begun + 1000,
        attributes={
            "http.request.method": "GET",
            **({"http.request.body.content": body} if body else {}),
        },
        resource=Resource({"service.name": "image"}),
    )


@pytest.fixture
def make_span() -> Callable[..., Span]:
    return a_span


@pytest.fixture
def message() -> Callable[..., bytes]:
    """Make a message of spans that are numbered from ``first`` on, each a trace of its own."""

    def make(first: int, count: int = 1, *, body: str = "") -> bytes:
        return encode_traces([a_span(number, body=body) for number in range(first, first + count)])

    return make
