"""The embedded collector as its own process, and a browser to look at it with."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest

from otelhook.model import Resource, Span, SpanId, SpanKind, TraceId
from otelhook.otlp import encode_traces

MAIN = "import sys; from otelhook.cli.main import main; sys.exit(main())"
DEADLINE = 60.0
NOW = time.time_ns()
COMPLAINTS = {"Runtime.exceptionThrown", "Log.entryAdded", "Runtime.consoleAPICalled"}


@dataclass
class Collector:
    """A collector that runs."""

    process: subprocess.Popen[str]
    address: str

    def send(self, spans: Sequence[Span]) -> None:
        """Send spans over OTLP; they are durable once this returns."""
        data = encode_traces(spans)
        kind = {"Content-Type": "application/x-protobuf"}
        request = urllib.request.Request(f"{self.address}/v1/traces", data, kind)
        with urllib.request.urlopen(request, timeout=DEADLINE) as answer:
            assert answer.status == 200

    def get(self, path: str, **headers: str) -> tuple[int, dict[str, str], bytes]:
        """Return status, headers and body of an answer; redirects are not followed."""
        opener = urllib.request.build_opener(_Stay())
        request = urllib.request.Request(self.address + path, headers=headers)
        try:
            with opener.open(request, timeout=DEADLINE) as answer:
                return answer.status, dict(answer.headers), answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, dict(error.headers), error.read()

    def rows(self, query: str = "") -> list[dict[str, Any]]:
        """Return the rows of the list."""
        status, _, body = self.get(f"/page/traces{query}")
        assert status == 200, body
        return list(json.loads(body)["traces"])


class _Stay(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        return None


@pytest.fixture
def collect(tmp_path: Path) -> Iterator[Callable[..., Collector]]:
    """Start collectors; they end with the test."""
    started: list[Collector] = []

    def start(*words: str, **environ: str) -> Collector:
        given = ("--http", "127.0.0.1:0", "--grpc", "off", "--data-dir", str(tmp_path / "data"))
        with (tmp_path / "log").open("a") as log:
            process = subprocess.Popen(
                [sys.executable, "-c", MAIN, "collect", *given, *words],
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env={**os.environ, **environ},
            )
        started.append(Collector(process, ""))
        assert process.stdout is not None
        while not started[-1].address:
            line = process.stdout.readline()
            assert line, (tmp_path / "log").read_text()
            if line.startswith("OTLP over HTTP: "):
                started[-1].address = line.partition(": ")[2].strip()
        return started[-1]

    yield start
    for collector in started:
        collector.process.send_signal(signal.SIGTERM)
        assert collector.process.stdout is not None
        collector.process.stdout.close()
        assert collector.process.wait(DEADLINE) == 0


@pytest.fixture
def collector(collect: Callable[..., Collector]) -> Collector:
    return collect()


@pytest.fixture
def make_trace() -> Callable[..., list[Span]]:
    """Make a trace of two services: a request to one, which asks the other."""

    def make(number: int, path: str = "/v2/images", **given: Any) -> list[Span]:
        status, took = given.get("status", 200), given.get("took", 0.25)
        start = NOW - 3_600 * 10**9 + number * 10**9 if "start" not in given else given["start"]
        first, second = given.get("services", ("image", "identity"))

        def span(place: int, kind: SpanKind, service: str, **changes: Any) -> Span:
            begun = start + place * 1_000_000
            values: dict[str, Any] = {
                "trace_id": TraceId(f"{0xABC0000 + number:032x}"),
                "span_id": SpanId(f"{number * 10 + place:016x}"),
                "parent_span_id": SpanId(f"{number * 10 + place - 1:016x}") if place > 1 else None,
                "name": "GET",
                "kind": kind,
                "start_time": begun,
                "end_time": start + int(took * 1e9) - place * 1_000,
                "attributes": {
                    "http.request.method": "GET",
                    "http.response.status_code": status,
                    "url.path": path,
                    "server.address": second,
                    "test.number": number,
                    "http.response.body.content": f"answer {number}",
                },
                "resource": Resource({"service.name": service}),
            }
            return Span(**(values | changes))

        return [
            span(1, SpanKind.SERVER, first, name=given.get("name", "GET")),
            span(2, SpanKind.CLIENT, first),
            span(3, SpanKind.SERVER, second),
        ]

    return make


def _devtools() -> Any:
    name = "page_devtools"
    if name not in sys.modules:
        path = Path(__file__).parent.parent / "html" / "devtools.py"
        spec = spec_from_file_location(name, path)
        assert spec is not None
        assert spec.loader is not None
        sys.modules[name] = module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


@pytest.fixture(scope="session")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    devtools = _devtools()
    chromium = devtools.find_chromium()
    if chromium is None:
        pytest.skip("no Chromium: install Debian's package chromium")
    browser = devtools.Browser(chromium, tmp_path_factory.mktemp("profile"))
    yield browser
    browser.close()


@pytest.fixture
def page(browser: Any, collector: Collector) -> Iterator[Any]:
    """A page that fails its test if it complains, or asks anything but the collector."""
    page = browser.page()
    yield page
    complaints = page.said(lambda method: method in COMPLAINTS)
    requests = page.said(lambda method: method == "Network.requestWillBeSent")
    page.close()
    assert complaints == []
    urls = [event["params"]["request"]["url"] for event in requests]
    own = (collector.address, "data:", "about:")
    assert [url for url in urls if not url.startswith(own)] == []
