"""Which exporters a service gets, and the way to a real receiver."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import grpc
import pytest
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2, trace_service_pb2_grpc
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

from otelhook.errors import ConfigError
from otelhook.exporters import (
    ByteBatchExporter,
    ByteBoundedProcessor,
    OtlpExporter,
    SpoolSpanExporter,
    span_processors,
)
from otelhook.exporters.sequence import SequenceSpanExporter
from otelhook.model import Span
from otelhook.otlp import decode_traces
from otelhook.settings import Settings


class Received:
    """What arrived: the requests' sizes in bytes and all spans."""

    def __init__(self) -> None:
        self.sizes: list[int] = []
        self.spans: list[Span] = []
        self.endpoint = ""

    def add(self, data: bytes) -> None:
        self.sizes.append(len(data))
        self.spans += decode_traces(data)


@pytest.fixture
def http_receiver() -> Iterator[Received]:
    received = Received()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.add(self.rfile.read(int(self.headers["content-length"])))
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    received.endpoint = f"http://127.0.0.1:{server.server_port}"
    yield received
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def grpc_receiver() -> Iterator[Received]:
    """A receiver with gRPC's own limit of 4 MiB a message."""
    received = Received()

    class Service(trace_service_pb2_grpc.TraceServiceServicer):
        def Export(self, request: Any, context: Any):  # noqa: N802 - gRPC's name
            del context
            received.add(request.SerializeToString())
            return trace_service_pb2.ExportTraceServiceResponse()

    server = grpc.server(ThreadPoolExecutor(max_workers=2))
    trace_service_pb2_grpc.add_TraceServiceServicer_to_server(Service(), server)
    received.endpoint = f"http://127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    server.start()
    yield received
    server.stop(None).wait()


def _exporters(settings: Settings, environ: dict[str, str]) -> list[SpanExporter]:
    processors = span_processors(settings, environ)
    return [p._exporter for p in processors if isinstance(p, ByteBoundedProcessor)]


@pytest.fixture
def plain(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "data", service="image")


def test_without_an_endpoint_spans_go_to_the_spool_in_the_data_folder(
    plain: Settings, make_spans: Callable[..., list[ReadableSpan]]
) -> None:
    (exporter,) = _exporters(plain, {})
    assert isinstance(exporter, SpoolSpanExporter)
    exporter.export(make_spans())
    exporter.shutdown()
    (spool,) = (plain.data_dir / "spool").iterdir()
    assert spool.name.startswith("image-")


def test_the_spool_may_be_switched_off(plain: Settings) -> None:
    assert _exporters(replace(plain, spool=False), {}) == []


def test_a_folder_for_steps_adds_the_steps(plain: Settings, tmp_path: Path) -> None:
    spool, steps = _exporters(replace(plain, sequence_dir=tmp_path / "steps"), {})
    assert isinstance(spool, SpoolSpanExporter)
    assert isinstance(steps, SequenceSpanExporter)
    for exporter in (spool, steps):
        exporter.shutdown()


def test_a_protocol_that_is_none_is_one_clear_line(plain: Settings) -> None:
    environ = {
        "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1",
        "OTEL_EXPORTER_OTLP_PROTOCOL": "http/json",
    }
    with pytest.raises(ConfigError, match="expected grpc or http/protobuf, got 'http/json'"):
        span_processors(plain, environ)


def _deliver(
    environ: dict[str, str],
    plain: Settings,
    monkeypatch: pytest.MonkeyPatch,
    spans: Sequence[ReadableSpan],
) -> OtlpExporter:
    # The official exporters read the rest of their variables from the process itself.
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    (exporter,) = _exporters(plain, environ)
    assert isinstance(exporter, OtlpExporter)
    exporter.export(spans)
    exporter.shutdown()
    return exporter


@pytest.mark.parametrize("variable", ["OTEL_EXPORTER_OTLP_ENDPOINT", "both"])
def test_an_endpoint_gets_otlp_over_http(
    plain: Settings,
    http_receiver: Received,
    monkeypatch: pytest.MonkeyPatch,
    make_spans: Callable[..., list[ReadableSpan]],
    variable: str,
) -> None:
    environ = {"OTEL_EXPORTER_OTLP_ENDPOINT": http_receiver.endpoint}
    if variable == "both":
        environ = {
            "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:1",
            "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": f"{http_receiver.endpoint}/v1/traces",
        }
    exporter = _deliver(environ, plain, monkeypatch, make_spans(3))
    assert len(http_receiver.spans) == 3
    assert exporter.tally.counts().dropped == 0
    assert not plain.data_dir.exists()


def test_spans_with_bodies_arrive_at_a_grpc_receiver_with_the_default_limit(
    plain: Settings,
    grpc_receiver: Received,
    monkeypatch: pytest.MonkeyPatch,
    make_spans: Callable[..., list[ReadableSpan]],
) -> None:
    environ = {
        "OTEL_EXPORTER_OTLP_ENDPOINT": grpc_receiver.endpoint,
        "OTEL_EXPORTER_OTLP_PROTOCOL": "grpc",
    }
    exporter = _deliver(environ, plain, monkeypatch, make_spans(200, body=60_000))
    assert len(grpc_receiver.spans) == 200
    assert 3 <= len(grpc_receiver.sizes) <= 5
    assert max(grpc_receiver.sizes) < 4 * 1024**2
    assert exporter.tally.counts().dropped == 0


class Refusing(SpanExporter):
    def __init__(self) -> None:
        self.answers: list[object] = []
        self.shutdowns = 0

    def export(self, spans: Sequence[ReadableSpan]):
        del spans
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def shutdown(self) -> None:
        self.shutdowns += 1


def test_batches_that_are_refused_are_counted_and_said_once(
    make_spans: Callable[..., list[ReadableSpan]], caplog: pytest.LogCaptureFixture
) -> None:
    inner = Refusing()
    exporter = ByteBatchExporter(inner, batch_bytes=10_000)
    inner.answers = [SpanExportResult.FAILURE, SpanExportResult.SUCCESS, ValueError("odd")] * 2
    for _ in range(2):
        assert exporter.export(make_spans(3, body=9000)) is SpanExportResult.FAILURE
    assert exporter.lost == 4
    assert len([r for r in caplog.records if r.levelname == "WARNING"]) == 1
    inner.answers = [SpanExportResult.SUCCESS]
    assert exporter.export(make_spans()) is SpanExportResult.SUCCESS
    exporter.shutdown()
    exporter.shutdown()
    assert inner.shutdowns == 1
