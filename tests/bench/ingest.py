"""Spans per second into the embedded collector, beside other programs, each sent the same.

    python -m tests.bench ingest

What "taken" means differs: ours answers once the spans are on the disk; Jaeger with Badger and the
Collector's file exporter answer before that; rotel only hands them on, to a Collector.
The other programs are those of `make peers`; one that is not built is left out and named.
"""

from __future__ import annotations

import base64
import http.client
import importlib.util
import os
import random
import socket
import statistics
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from types import ModuleType
from typing import Any
from urllib.parse import urlsplit

import grpc

from otelhook.model import Resource, Span, SpanId, SpanKind, TraceId
from otelhook.otlp import encode_traces

__all__ = ["Starter", "Target", "a_span", "ours", "run", "send_one", "traces_of_one_span"]

ROOT = Path(__file__).parent.parent.parent
METHOD = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
SPANS_A_TRACE = 10
SPANS_A_MESSAGE = 50
SENDERS = 4
HEADERS = 30
MAIN = "import sys; from otelhook.cli.main import main; sys.exit(main())"


@dataclass(frozen=True)
class Target:
    """A program that runs: where it takes spans, and its process."""

    address: str
    process: int
    protocol: str


class Starter:
    """Starts programs of the peers suite, each in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self._build, self._programs = _beside("build"), _beside("programs")
        (folder / "programs").mkdir()
        self._running = self._programs.Programs(folder / "programs")

    def missing(self, *names: str) -> str:
        """Say why one of the programs cannot run, nothing if all can."""
        return next(filter(None, (self._build.why_missing(name) for name in names)), "")

    def __call__(
        self, program: str, words: Sequence[str], ports: Sequence[str], protocol: str = "http"
    ) -> Target:
        """Start a program that listens on ``HTTP`` or ``GRPC`` among the ports that it gets."""
        path = Path(sys.executable) if not program else self._build.PEERS[program].path
        listens = protocol.upper()
        running = self._running.start(
            self._programs.Program(path, ports, words, lambda one: _listens(one.ports[listens]))
        )
        return Target(running.address(listens), running.process.pid, protocol)

    def stop(self) -> None:
        """Stop all of them."""
        self._running.stop_all()


def _listens(port: int) -> bool:
    with socket.socket() as one:
        return one.connect_ex(("127.0.0.1", port)) == 0


def _beside(name: str) -> ModuleType:
    """Load a module of the peers suite, which is not a package."""
    file = ROOT / "tests" / "peers" / f"{name}.py"
    spec = importlib.util.spec_from_file_location(f"bench_{name}", file)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def a_span(number: int) -> Span:
    """Make a span of about 5 KB: headers, and a body on each side that no other span has."""
    begun = time.time_ns()
    headers: dict[str, tuple[str, ...]] = {
        f"http.request.header.x-{place}": (f"the value of header {place}",)
        for place in range(HEADERS)
    }
    return Span(
        TraceId(f"{number // SPANS_A_TRACE + 1:032x}"),
        SpanId(f"{number + 1:016x}"),
        None if number % SPANS_A_TRACE == 0 else SpanId(f"{number:016x}"),
        f"GET /v2/images/{number % 20}",
        SpanKind.SERVER,
        begun,
        begun + 1_000_000,
        attributes={
            "http.request.method": "GET",
            "http.response.status_code": 200,
            "url.path": f"/v2/images/{number}",
            "server.address": "image",
            **headers,
            "http.request.body.content": f"{number} request " * 110,
            "http.response.body.content": f"{number} response " * 150,
        },
        resource=Resource({"service.name": f"service-{number % 5}", "host.name": "bench"}),
    )


def messages(count: int, first: int) -> list[bytes]:
    """Return messages of 50 spans each."""
    numbers = range(first, first + count, SPANS_A_MESSAGE)
    return [
        encode_traces([a_span(number) for number in range(start, start + SPANS_A_MESSAGE)])
        for start in numbers
    ]


def traces_of_one_span(count: int) -> bytes:
    """Return one message of small spans, each a trace of its own."""
    made = (a_span(number) for number in range(count))
    return encode_traces(
        replace(
            span,
            trace_id=TraceId(f"{number + 1:032x}"),
            parent_span_id=None,
            attributes={"http.request.method": "GET", "url.path": f"/{number}"},
        )
        for number, span in enumerate(made)
    )


def hard_messages(count: int, first: int) -> list[bytes]:
    """Return messages of spans that hardly compress: random bodies, eight headers of their own."""
    chance = random.Random(first)
    made: list[bytes] = []
    for start in range(first, first + count, SPANS_A_MESSAGE):
        spans = [a_span(number) for number in range(start, start + SPANS_A_MESSAGE)]
        made.append(encode_traces([_hard(span, chance) for span in spans]))
    return made


def _hard(span: Span, chance: random.Random) -> Span:
    unique = {
        f"http.request.header.x-{place}": (f"{chance.getrandbits(128):032x}",) for place in range(8)
    }
    bodies = {
        f"http.{side}.body.content": base64.b64encode(chance.randbytes(size)).decode()
        for side, size in (("request", 1100), ("response", 1900))
    }
    return replace(span, attributes={**span.attributes, **unique, **bodies})


def _over_http(target: Target, queue: Iterator[bytes], lock: threading.Lock) -> None:
    connection = http.client.HTTPConnection(urlsplit(target.address).netloc, timeout=120)
    while True:
        with lock:
            data = next(queue, None)
        if data is None:
            connection.close()
            return
        connection.request("POST", "/v1/traces", data, {"Content-Type": "application/x-protobuf"})
        answer = connection.getresponse()
        answer.read()
        assert answer.status == http.client.OK, answer.status


def _over_grpc(target: Target, queue: Iterator[bytes], lock: threading.Lock) -> None:
    with grpc.insecure_channel(urlsplit(target.address).netloc) as channel:
        export: Any = channel.unary_unary(
            METHOD, request_serializer=bytes, response_deserializer=bytes
        )
        while True:
            with lock:
                data = next(queue, None)
            if data is None:
                return
            export(data, timeout=120)


def _cpu(process: int) -> float:
    """Return the seconds of CPU that a process has used."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / float(os.sysconf("SC_CLK_TCK"))


def _send(target: Target, sent: Sequence[bytes]) -> tuple[float, float]:
    """Send all; return the seconds it took, and those of CPU in the program."""
    queue, lock = iter(sent), threading.Lock()
    send = _over_http if target.protocol == "http" else _over_grpc
    senders = [threading.Thread(target=send, args=(target, queue, lock)) for _ in range(SENDERS)]
    used, began = _cpu(target.process), time.perf_counter()
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    return time.perf_counter() - began, _cpu(target.process) - used


def send_one(target: Target, data: bytes) -> float:
    """Send a request over HTTP; return the seconds until it was answered."""
    began = time.perf_counter()
    _over_http(target, iter([data]), threading.Lock())
    return time.perf_counter() - began


def ours(start: Starter, folder: Path, protocol: str) -> Target:
    """Start otelhook's collector."""
    words = ["-c", MAIN, "collect", "--data-dir", str(folder / "data")]
    words += ["--http", "127.0.0.1:{HTTP}", "--grpc", "127.0.0.1:{GRPC}"]
    return start("", words, ("HTTP", "GRPC"), protocol)


def _jaeger(start: Starter, folder: Path, protocol: str) -> Target:
    badger = "extensions.jaeger_storage.backends.disk.badger.directories"
    words = [
        f"--config={ROOT / 'deploy' / 'jaeger' / 'badger.yaml'}",
        f"--set={badger}.keys={folder}/keys",
        f"--set={badger}.values={folder}/values",
        "--set=extensions.healthcheckv2.http.endpoint=127.0.0.1:{HEALTH}",
        "--set=extensions.jaeger_query.http.endpoint=127.0.0.1:{QUERY}",
        "--set=extensions.jaeger_query.grpc.endpoint=127.0.0.1:{QUERY_GRPC}",
        "--set=receivers.otlp.protocols.grpc.endpoint=127.0.0.1:{GRPC}",
        "--set=receivers.otlp.protocols.http.endpoint=127.0.0.1:{HTTP}",
        "--set=service.telemetry.metrics.level=none",
        # Without its batches it answers once it has written: else a queue would be measured.
        "--set=service.pipelines.traces.processors=[]",
    ]
    ports = ("HEALTH", "QUERY", "QUERY_GRPC", "GRPC", "HTTP")
    return start("jaeger", words, ports, protocol)


def _collector(start: Starter, folder: Path) -> Target:
    words = [
        f"--config={ROOT / 'deploy' / 'collector' / 'config.yaml'}",
        f"--set=exporters.file.path={folder}/traces.otlp",
        "--set=receivers.otlp.protocols.grpc.endpoint=127.0.0.1:{GRPC}",
        "--set=receivers.otlp.protocols.http.endpoint=127.0.0.1:{HTTP}",
        "--set=service.telemetry.metrics.level=none",
    ]
    return start("collector", words, ("GRPC", "HTTP"))


def _rotel(start: Starter, folder: Path) -> Target:
    words = [
        "start",
        "--otlp-grpc-endpoint=127.0.0.1:{GRPC}",
        "--otlp-http-endpoint=127.0.0.1:{HTTP}",
        "--exporter=otlp",
        f"--otlp-exporter-endpoint={_collector(start, folder).address}",
        "--otlp-exporter-protocol=http",
        "--pid-file={FOLDER}/pid",
        "--log-file={FOLDER}/own.log",
    ]
    return start("rotel", words, ("GRPC", "HTTP"))


CONTENDERS: Mapping[str, tuple[tuple[str, ...], Callable[[Starter, Path], Target]]] = {
    "otelhook collect, HTTP": ((), lambda start, folder: ours(start, folder, "http")),
    "otelhook collect, gRPC": ((), lambda start, folder: ours(start, folder, "grpc")),
    "Jaeger, Badger, HTTP": (
        ("jaeger",),
        lambda start, folder: _jaeger(start, folder, "http"),
    ),
    "Jaeger, Badger, gRPC": (
        ("jaeger",),
        lambda start, folder: _jaeger(start, folder, "grpc"),
    ),
    "Collector, file, HTTP": (("collector",), _collector),
    "rotel, to a Collector, HTTP": (("rotel", "collector"), _rotel),
}
PEER = "Jaeger, Badger, HTTP"


KINDS: Mapping[str, Callable[[int, int], list[bytes]]] = {
    "text that compresses": messages,
    "random bodies, eight unique headers": hard_messages,
}


@dataclass(frozen=True)
class Figures:
    """What one round came to."""

    per_second: float
    per_core: float
    disk: float
    """Bytes a span."""


def run(spans: int = 10_000, rounds: int = 3) -> str:
    """Send each program the same, in turn, ``rounds`` times; each time to a new one, empty."""
    return "\n\n".join(_table(kind, spans, rounds) for kind in KINDS)


def _table(kind: str, spans: int, rounds: int) -> str:
    sent, warm = KINDS[kind](spans, 0), KINDS[kind](500, 10**9)
    taken: dict[str, list[Figures]] = {}
    left_out: list[str] = []
    for number in range(rounds):
        for name, (programs, start_it) in CONTENDERS.items():
            with TemporaryDirectory() as place:
                start = Starter(Path(place))
                missing = start.missing(*programs)
                if missing:
                    left_out += [f"  {name}: {missing}"] if not number else []
                    continue
                try:
                    target = start_it(start, Path(place))
                    _send(target, warm)
                    took, used = _send(target, sent)
                finally:
                    start.stop()
                size = sum(file.stat().st_size for file in Path(place).rglob("*") if file.is_file())
                figures = Figures(spans / took, spans / used, size / (spans + 500))
                taken.setdefault(name, []).append(figures)
    each = f"{spans} of {len(sent[0]) / SPANS_A_MESSAGE:.0f} bytes"
    rows = [
        f"Spans taken: {kind}; {each}, {SENDERS} senders (median; least, most)",
        f"  {'':30}{'a second':>26}{'a second of its CPU':>30}{'ratio':>7}{'bytes':>8}",
        *(_row(name, rows, taken.get(PEER, rows)) for name, rows in taken.items()),
        f"  ratio: spans a second of CPU against {PEER!r}; bytes: on the disk at the end, a span",
        *left_out,
    ]
    return "\n".join(rows)


def _row(name: str, figures: Sequence[Figures], peer: Sequence[Figures]) -> str:
    per_core = [one.per_core for one in figures]
    ratio = statistics.median(per_core) / statistics.median(one.per_core for one in peer)
    disk = statistics.median(one.disk for one in figures)
    per_second = _spread([one.per_second for one in figures])
    return f"  {name:30}{per_second}{_spread(per_core):>30}{ratio:7.2f}{disk:8.0f}"


def _spread(figures: Sequence[float]) -> str:
    low, high = min(figures), max(figures)
    return f"{statistics.median(figures):10.0f} ({low:.0f}, {high:.0f})".rjust(26)
