"""Real programs, the demo's services that send to them, and documents out of them."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import grpc
import pytest

from otelhook.demo.cloud import CLIENT, running
from otelhook.model import TraceId
from otelhook.otlp import encode_traces
from otelhook.settings import Settings
from otelhook.sources import open_source
from tests.waiting import DEADLINE, wait_until

HERE = Path(__file__).parent
MAIN = "import sys; from otelhook.cli.main import main; sys.exit(main())"
SPANS = 23
"""Of the demo: eleven exchanges seen from both sides, and the command that made them."""

PROTOCOLS = {"http/protobuf": "OTLP_HTTP_PORT", "grpc": "OTLP_GRPC_PORT"}
"""As OTEL_EXPORTER_OTLP_PROTOCOL names them, and the port of each."""

JAEGER_PORTS = ("HEALTH_PORT", "QUERY_PORT", "QUERY_GRPC_PORT", *PROTOCOLS.values())


def _beside(name: str) -> Any:
    """Load a file of this folder, which is not a package."""
    spec = importlib.util.spec_from_file_location(f"peers_{name}", HERE / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


build: ModuleType = _beside("build")
programs: Any = _beside("programs")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--record-answers", action="store_true", help="write tests/sources/answers anew"
    )


@dataclass(frozen=True)
class Demo:
    """A run of the demo's services and client."""

    trace_id: TraceId
    data_dir: Path

    @property
    def store(self) -> str:
        """The data folder as a source."""
        return f"store:{self.data_dir}"

    def messages(self) -> list[bytes]:
        """Return its spans as messages to an OTLP receiver, a few in each."""
        spans = open_source(self.store, Settings()).trace(self.trace_id).spans
        return [encode_traces(spans[first : first + 5]) for first in range(0, len(spans), 5)]


class Peers:
    """What a test does with real programs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "programs").mkdir()
        self.programs = programs.Programs(folder / "programs")
        self.until = wait_until

    def path(self, name: str) -> Path:
        """Return a program's file; skips the test where there is none."""
        missing = build.why_missing(name)
        if missing:
            pytest.skip(missing)
        path: Path = build.PEERS[name].path
        return path

    def jaeger(self, *words: str, **environ: str) -> Any:
        """Start Jaeger in memory, or with a configuration of its own, with words and variables."""
        own = any(word.startswith("--config") for word in words)
        given = words if own else (f"--config={HERE / 'jaeger.yaml'}", *words)

        def ready(jaeger: Any) -> bool:
            return _answers(jaeger.address("HEALTH_PORT") + "/status")

        path = self.path("jaeger")
        return self.programs.start(programs.Program(path, JAEGER_PORTS, given, ready, environ))

    def collector(self, *words: str, **environ: str) -> Any:
        """Start a Collector, with words and variables."""

        def ready(collector: Any) -> bool:
            return "Everything is ready" in collector.said()

        path, ports = self.path("collector"), tuple(PROTOCOLS.values())
        return self.programs.start(programs.Program(path, ports, words, ready, environ))

    def otelhook(self) -> Any:
        """Start our own collector."""

        def ready(collector: Any) -> bool:
            return "the store: " in collector.said()

        addresses = ("--http=127.0.0.1:{OTLP_HTTP_PORT}", "--grpc=127.0.0.1:{OTLP_GRPC_PORT}")
        words = ("-c", MAIN, "collect", "--data-dir={FOLDER}/data", *addresses)
        ports = tuple(PROTOCOLS.values())
        program = programs.Program(Path(sys.executable), ports, words, ready)
        return self.programs.start(program)

    def rotel(self, *words: str) -> Any:
        """Start rotel."""

        def ready(rotel: Any) -> bool:
            return all(_listens(port) for port in rotel.ports.values())

        path, ports = self.path("rotel"), tuple(PROTOCOLS.values())
        return self.programs.start(programs.Program(path, ports, words, ready))

    def zipkin(self) -> Any:
        """Start Zipkin in memory."""

        def ready(zipkin: Any) -> bool:
            return _answers(zipkin.address("QUERY_PORT") + "/health")

        words = ("-Xmx256m", "-XX:TieredStopAtLevel=1", "-jar", str(self.path("zipkin")))
        java = Path(shutil.which("java") or "java")
        return self.programs.start(programs.Program(java, ("QUERY_PORT",), words, ready))

    def post(self, program: Any, path: str, content: object) -> None:
        """Post JSON to a program's query port."""
        kind = {"Content-Type": "application/json"}
        address = program.address("QUERY_PORT") + path
        body = json.dumps(content).encode()
        with urllib.request.urlopen(
            urllib.request.Request(address, data=body, headers=kind), timeout=DEADLINE
        ) as answer:
            assert answer.status < 300

    def fetch(self, program: Any, path: str, port: str = "QUERY_PORT") -> str:
        """Return what a port of a program's answers, as text."""
        address = program.address(port) + path
        with urllib.request.urlopen(address, timeout=DEADLINE) as answer:
            text: str = answer.read().decode()
            return text

    def demo(self, to: Any = None, protocol: str = "") -> Demo:
        """Run the demo: services that are processes of their own, and a client.

        They send to a program over a protocol, through the standard variables; else to the spool.
        """
        further = {}
        if to is not None:
            address = to.address(PROTOCOLS[protocol])
            further = {"OTEL_EXPORTER_OTLP_ENDPOINT": address}
            further |= {"OTEL_EXPORTER_OTLP_PROTOCOL": protocol}
        data_dir, work = self.folder / "data", self.folder / "work"
        work.mkdir()
        with running(work, data_dir, os.environ, further=further) as cloud:
            words = ["run", "--", sys.executable, str(CLIENT)]
            done = _otelhook(*words, env=dict(cloud.environ), cwd=work)
        assert done.returncode == 0, done.stderr
        if to is not None:
            named = re.search(r"trace ([0-9a-f]{32}) went to", done.stderr)
            assert named, done.stderr
            return Demo(TraceId(named[1]), data_dir)
        (newest,) = open_source(f"store:{data_dir}", Settings()).newest(1)
        return Demo(newest, data_dir)

    def send(
        self, program: Any, messages: Sequence[bytes], protocol: str = "http/protobuf"
    ) -> None:
        """Send messages of OTLP to a program, as they are."""
        address = program.address(PROTOCOLS[protocol])
        for message in messages:
            if protocol == "grpc":
                _over_grpc(address.removeprefix("http://"), message)
            else:
                _over_http(address, message)

    def wait_for(self, spec: str, trace_id: TraceId, spans: int = SPANS) -> None:
        """Wait until a source has the spans: exporters and backends take a moment."""

        def there() -> bool:
            found = open_source(spec, Settings())
            return bool(found.find(trace_id)) and len(found.trace(trace_id).spans) >= spans

        self.until(there, f"{spec} has {spans} spans of {trace_id}")

    def command(self, *words: str) -> str:
        """Return what the command prints; it has nothing to complain of."""
        done = _otelhook(*words)
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout

    def document(self, spec: str, trace_id: TraceId) -> str:
        """Return the document of a trace as the command prints it."""
        return self.command("render", trace_id, "--from", spec, "--format", "json")


@pytest.fixture
def peers(tmp_path: Path) -> Iterator[Peers]:
    made = Peers(tmp_path)
    yield made
    made.programs.stop_all()


@pytest.fixture(params=PROTOCOLS)
def protocol(request: pytest.FixtureRequest) -> str:
    """A protocol, as OTEL_EXPORTER_OTLP_PROTOCOL names it."""
    return str(request.param)


def _otelhook(*words: str, **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", MAIN, *words],
        capture_output=True,
        text=True,
        check=False,
        timeout=DEADLINE,
        **options,
    )


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=5) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _listens(port: int) -> bool:
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0


def _over_http(address: str, message: bytes) -> None:
    kind = {"Content-Type": "application/x-protobuf"}
    request = urllib.request.Request(f"{address}/v1/traces", data=message, headers=kind)
    with urllib.request.urlopen(request, timeout=DEADLINE) as answer:
        assert answer.status == 200


def _over_grpc(address: str, message: bytes) -> None:
    with grpc.insecure_channel(address) as channel:
        export = channel.unary_unary(
            "/opentelemetry.proto.collector.trace.v1.TraceService/Export",
            request_serializer=bytes,
            response_deserializer=bytes,
        )
        export(message, timeout=DEADLINE)
