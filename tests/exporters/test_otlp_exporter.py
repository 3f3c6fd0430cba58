"""What an answer of a receiver leads to: kept, split, stripped, counted."""

from __future__ import annotations

import gzip
import logging
import threading
import zlib
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from opentelemetry.instrumentation.utils import is_instrumentation_enabled
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExportResult

from otelhook.exporters import OtlpExporter, Reason
from otelhook.exporters.http_transport import HttpTransport
from otelhook.exporters.transport import Answer, Verdict
from otelhook.otlp import decode_traces

TAKEN = Answer(Verdict.TAKEN)
LATER = Answer(Verdict.LATER, "503 busy", retry_after=0)
MakeSpans = Callable[..., list[ReadableSpan]]


class Script:
    """A transport that answers by a function and keeps what was sent."""

    def __init__(self, answer: Callable[[bytes], Answer]) -> None:
        self.sent: list[int] = []
        self.instrumented: list[bool] = []
        self.closed = 0
        self._answer = answer

    def send(self, data: bytes) -> Answer:
        self.sent.append(len(decode_traces(data)))
        self.instrumented.append(is_instrumentation_enabled())
        return self._answer(data)

    def close(self) -> None:
        self.closed += 1


def _at_most(limit: int) -> Callable[[bytes], Answer]:
    return lambda data: TAKEN if len(data) <= limit else Answer(Verdict.TOO_LARGE, "413")


def test_a_batch_that_is_too_large_is_split_and_the_limit_remembered(make_spans: MakeSpans) -> None:
    script = Script(_at_most(200_000))
    exporter = OtlpExporter(script)
    assert exporter.export(make_spans(16, body=40_000)) is SpanExportResult.SUCCESS
    assert exporter.tally.counts().delivered == 16
    assert sum(count for count in script.sent if count <= 4) == 16
    script.sent.clear()
    exporter.export(make_spans(16, body=40_000))
    assert max(script.sent) <= 4  # nothing was sent in vain


def test_a_single_span_that_is_too_large_goes_without_its_bodies_and_then_not(
    make_spans: MakeSpans,
) -> None:
    exporter = OtlpExporter(Script(_at_most(5000)))
    spans = [*make_spans(3, body=10_000), *make_spans(1, name="n" * 9000)]
    assert exporter.export(spans) is SpanExportResult.FAILURE
    counts = exporter.tally.counts()
    assert (counts.delivered, counts.stripped) == (3, 3)
    assert counts.dropped_by == {Reason.TOO_LARGE: 1}


def test_of_a_partial_success_the_rejected_are_counted_and_nothing_is_sent_twice(
    make_spans: MakeSpans, caplog: pytest.LogCaptureFixture
) -> None:
    script = Script(lambda _: Answer(Verdict.TAKEN, "span too large", rejected=2))
    exporter = OtlpExporter(script)
    assert exporter.export(make_spans(5)) is SpanExportResult.FAILURE
    assert script.sent == [5]
    counts = exporter.tally.counts()
    assert (counts.delivered, counts.dropped_by) == (3, {Reason.REFUSED: 2})
    assert caplog.text.count("refused by the receiver: span too large") == 1


def test_a_partial_success_that_took_none_for_its_size_is_split(make_spans: MakeSpans) -> None:
    def answer(data: bytes) -> Answer:
        spans = len(decode_traces(data))
        rejected = spans if len(data) > 30_000 else 0
        return Answer(Verdict.TAKEN, "TRACE_TOO_LARGE" if rejected else "", rejected=rejected)

    exporter = OtlpExporter(Script(answer))
    assert exporter.export(make_spans(8, body=10_000)) is SpanExportResult.SUCCESS
    assert exporter.tally.counts().delivered == 8


def test_a_batch_is_kept_and_tried_again_until_it_is_taken(
    make_spans: MakeSpans, caplog: pytest.LogCaptureFixture
) -> None:
    answers = [LATER, LATER, TAKEN, LATER, TAKEN]
    script = Script(lambda _: answers.pop(0))
    exporter = OtlpExporter(script)
    for _ in range(2):
        assert exporter.export(make_spans(3)) is SpanExportResult.SUCCESS
    assert (exporter.tally.counts().delivered, script.sent) == (6, [3] * 5)
    assert script.instrumented == [False] * 5
    # Each outage is said once, not each attempt.
    assert caplog.text.count("takes no spans at present (503 busy)") == 2


def test_a_batch_is_given_up_when_its_time_is_over_and_the_next_has_its_own(
    make_spans: MakeSpans,
) -> None:
    now = [0.0]

    def answer(_: bytes) -> Answer:
        now[0] += 4
        return LATER

    script = Script(answer)
    exporter = OtlpExporter(script, retry_seconds=10, clock=lambda: now[0])
    for _ in range(2):
        exporter.export(make_spans(3))
    assert exporter.tally.counts().dropped_by == {Reason.UNREACHABLE: 6}
    assert script.sent == [3] * 8


def test_told_to_hurry_it_gives_up_at_once_and_tries_each_batch_once(make_spans: MakeSpans) -> None:
    script = Script(lambda _: Answer(Verdict.LATER, "busy", retry_after=100))
    exporter = OtlpExporter(script, batch_bytes=1000, retry_seconds=100)
    done = threading.Event()
    spans = make_spans(3, body=900)

    def export() -> None:
        exporter.export(spans)
        done.set()

    threading.Thread(target=export, daemon=True).start()
    exporter.hurry(0)
    assert done.wait(20)
    assert exporter.tally.counts().dropped_by == {Reason.UNREACHABLE: 3}


@pytest.mark.parametrize("fault", [ValueError("odd"), None])
def test_what_is_refused_for_good_is_lost_at_once(
    make_spans: MakeSpans, caplog: pytest.LogCaptureFixture, fault: Exception | None
) -> None:
    def answer(_: bytes) -> Answer:
        if fault:
            raise fault
        return Answer(Verdict.REFUSED, "401 Unauthorized")

    exporter = OtlpExporter(Script(answer))
    with caplog.at_level(logging.WARNING):
        for _ in range(2):
            assert exporter.export(make_spans(2)) is SpanExportResult.FAILURE
    assert exporter.tally.counts().dropped_by == {Reason.REFUSED: 4}
    (said,) = caplog.records
    assert ("odd" if fault else "401 Unauthorized") in said.getMessage()


def test_after_shutdown_spans_are_counted_as_lost(make_spans: MakeSpans) -> None:
    script = Script(lambda _: TAKEN)
    exporter = OtlpExporter(script)
    exporter.shutdown()
    exporter.shutdown()
    assert script.closed == 1
    assert exporter.export(make_spans(2)) is SpanExportResult.FAILURE
    assert exporter.tally.counts().dropped_by == {Reason.ENDED: 2}


class Answering:
    """A real HTTP server that answers what it is told, and keeps requests."""

    def __init__(self) -> None:
        self.status = 200
        self.headers: dict[str, str] = {}
        self.body = b""
        self.got: list[tuple[str, dict[str, str], bytes]] = []
        self.endpoint = ""


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[Answering]:
    answering = Answering()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            data = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            answering.got.append((self.path, headers, data))
            self.send_response(answering.status)
            for name, value in {"content-length": "0", **answering.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(answering.body)

        def log_message(self, *_: object) -> None:
            pass

    made = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{made.server_port}/")
    yield answering
    made.shutdown()
    thread.join()
    made.server_close()


def _send(data: bytes = b"bytes") -> Answer:
    transport = HttpTransport()
    try:
        return transport.send(data)
    finally:
        transport.close()


@pytest.mark.parametrize("compression", ["none", "gzip", "deflate"])
def test_our_bytes_go_out_with_the_official_exporters_settings(
    server: Answering, monkeypatch: pytest.MonkeyPatch, compression: str
) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_COMPRESSION", compression)
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "x-tenant=a")
    assert _send(b"x" * 1000) == Answer(Verdict.TAKEN)
    ((path, headers, data),) = server.got
    undo: dict[str, Callable[[bytes], bytes]] = {
        "gzip": gzip.decompress,
        "deflate": zlib.decompress,
    }
    assert undo.get(compression, bytes)(data) == b"x" * 1000
    assert headers.get("content-encoding", "none") == compression
    assert (path, headers["x-tenant"]) == ("/v1/traces", "a")
    assert headers["content-type"] == "application/x-protobuf"


@pytest.mark.parametrize(
    ("status", "verdict"),
    [
        (202, Verdict.TAKEN),
        (302, Verdict.REFUSED),
        (400, Verdict.REFUSED),
        (401, Verdict.REFUSED),
        (413, Verdict.TOO_LARGE),
        (429, Verdict.LATER),
        (502, Verdict.LATER),
        (503, Verdict.LATER),
        (504, Verdict.LATER),
    ],
)
def test_each_status_has_its_meaning_and_is_asked_once(
    server: Answering, status: int, verdict: Verdict
) -> None:
    server.status = status
    server.headers = {"Location": "/elsewhere"}
    answer = _send()
    assert answer.verdict is verdict
    assert verdict is Verdict.TAKEN or answer.detail.startswith(f"{status} ")
    assert len(server.got) == 1


def test_retry_after_is_read_in_seconds_and_as_a_date(server: Answering) -> None:
    server.status = 503
    later = datetime.now(timezone.utc) + timedelta(seconds=90)
    waits: list[float | None] = []
    for value in ("7", format_datetime(later, usegmt=True), "soon", "-3", ""):
        server.headers = {"Retry-After": value}
        waits.append(_send().retry_after)
    assert (waits[0], waits[2:]) == (7, [None, None, None])
    assert waits[1] is not None
    assert 30 < waits[1] <= 90


def test_a_partial_success_is_read(server: Answering) -> None:
    response = trace_service_pb2.ExportTraceServiceResponse()
    response.partial_success.rejected_spans = 3
    response.partial_success.error_message = "too old"
    server.body = response.SerializeToString()
    server.headers = {"content-length": str(len(server.body))}
    assert _send() == Answer(Verdict.TAKEN, "too old", rejected=3)
    server.body = b"<html>"
    server.headers = {"content-length": "6"}
    assert _send() == Answer(Verdict.TAKEN)


def test_an_endpoint_where_nobody_listens_or_that_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "http://127.0.0.1:1")
    assert _send().verdict is Verdict.LATER
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", "odd://127.0.0.1")
    answer = _send()
    assert answer.verdict is Verdict.REFUSED
    assert "odd://" in answer.detail
