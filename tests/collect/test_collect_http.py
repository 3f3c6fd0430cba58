"""OTLP over HTTP as the specification has it: what is taken, and what is refused in which words."""

from __future__ import annotations

import gzip
import json
import socket
import threading
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from google.rpc.status_pb2 import Status  # type: ignore[import-untyped]
from opentelemetry.exporter.otlp.proto.http import Compression
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor

PROTOBUF = "application/x-protobuf"
JSON = "application/json"
ID = f"{1:032x}"


def as_json(**span: Any) -> bytes:
    fields = {"traceId": ID, "spanId": f"{1:016x}", "name": "GET", **span}
    return json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [fields]}]}]}).encode()


@pytest.mark.parametrize("compression", [Compression.NoCompression, Compression.Gzip])
def test_the_official_exporter_is_answered_success_and_its_span_is_there(
    collect: Any, compression: Compression
) -> None:
    collector = collect()
    exporter = OTLPSpanExporter(f"{collector.http}/v1/traces", compression=compression)
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    with provider.get_tracer("test").start_as_current_span("asked") as span:
        span.set_attribute("http.request.body.content", "ü" * 1000)
    provider.shutdown()

    (kept,) = collector.spans(f"{span.get_span_context().trace_id:032x}")
    assert kept.name == "asked"
    assert kept.attributes["http.request.body.content"] == "ü" * 1000


def test_success_says_nothing_more_in_the_form_of_the_request(
    collect: Any, message: Callable[..., bytes]
) -> None:
    collector = collect()
    answer = collector.post(message(1))
    assert (answer.status, answer.headers["content-type"], answer.body) == (200, PROTOBUF, b"")
    answer = collector.post(as_json(), Content_Type=f"{JSON}; charset=utf-8")
    assert (answer.status, answer.headers["content-type"], answer.content) == (200, JSON, {})
    assert collector.spans(ID)


def test_malformed_spans_are_left_out_and_counted_and_the_others_are_kept(
    collect: Any, message: Callable[..., bytes]
) -> None:
    collector = collect()
    zero = message(1).replace(bytes(15) + b"\1", bytes(16), 1)  # a trace id of zeros
    answer = collector.post(message(2) + zero)
    partial = ExportTraceServiceResponse.FromString(answer.body).partial_success
    assert (answer.status, partial.rejected_spans) == (200, 1)
    assert partial.error_message == "span 'GET' left out: its trace id is zero"
    assert collector.count() == 1

    answer = collector.post(as_json(spanId="12"), Content_Type=JSON)
    assert answer.content == {}  # a short id is one without its leading zeros
    answer = collector.post(as_json(traceId="0" * 32), Content_Type=JSON)
    assert answer.content["partialSuccess"]["rejectedSpans"] == "1"
    assert collector.metric("otelhook_rejected_spans_total") == 2


@pytest.mark.parametrize(
    ("body", "headers", "status", "said"),
    [
        (b"\xff\xff", {}, 400, "not OTLP protobuf (2 bytes)"),
        (b"{", {"Content_Type": JSON}, 400, "not JSON"),
        (b"[]", {"Content_Type": JSON}, 400, "expected an object"),
        (b"x", {"Content_Type": "text/html"}, 415, "'text/html': expected application/x-protobuf"),
        (b"x", {"Content_Encoding": "br"}, 415, "Content-Encoding 'br': expected gzip or none"),
        (b"no gzip", {"Content_Encoding": "gzip"}, 400, "Content-Encoding gzip: damaged"),
        (gzip.compress(b"x" * 99)[:-9], {"Content_Encoding": "gzip"}, 400, "gzip: truncated"),
        (b"x" * 70_000, {}, 413, "more than 65536 bytes: send smaller batches"),
        (
            gzip.compress(bytes(50_000_000)),
            {"Content_Encoding": "gzip"},
            413,
            "decompresses to more than 65536 bytes",
        ),
    ],
    # Compressed bytes have the time in them.
    ids=[
        *("no protobuf", "half an object", "a list", "another type", "another coding"),
        *("no gzip", "gzip cut short", "too large", "a bomb"),
    ],
)
def test_what_cannot_be_taken_is_refused_in_one_line_and_the_collector_stays_up(
    collect: Any, body: bytes, headers: dict[str, str], status: int, said: str
) -> None:
    collector = collect(OTELHOOK_COLLECTOR_REQUEST="64k")
    answer = collector.post(body, **headers)
    assert answer.status == status
    if answer.headers["content-type"] == PROTOBUF:
        message: Any = Status.FromString(answer.body).message
    else:
        message = answer.content["message"]
    assert said in message
    assert collector.ask("GET", "/healthz").body == b"ok\n"
    assert collector.post(as_json(), Content_Type=JSON).status == 200


def test_other_methods_and_paths_are_none(collect: Any) -> None:
    collector = collect()
    assert collector.ask("GET", "/v1/traces").status == 405
    assert collector.ask("POST", "/v1/profiles", b"").status == 404


def test_a_chunked_body_is_bounded_too(collect: Any) -> None:
    collector = collect(OTELHOOK_COLLECTOR_REQUEST="64k")
    pieces = iter([b"x" * 10_000] * 100)
    headers = {"Content-Type": PROTOBUF, "Transfer-Encoding": "chunked"}
    answer = collector.ask("POST", "/v1/traces", pieces, headers, encode_chunked=True)
    assert answer.status == 413


def test_who_finds_no_room_is_told_to_come_again_and_then_finds_it(
    collect: Any, message: Callable[..., bytes]
) -> None:
    collector = collect(OTELHOOK_COLLECTOR_MEMORY="100k", OTELHOOK_COLLECTOR_REQUEST="80k")
    address = urlsplit(collector.http)
    with socket.create_connection((address.hostname, address.port)) as slow:
        # Half a request, which holds what it has sent.
        slow.sendall(
            f"POST /v1/traces HTTP/1.1\r\nHost: {address.netloc}\r\nContent-Type: {PROTOBUF}\r\n"
            "Content-Length: 80000\r\n\r\n".encode()
            + bytes(70_000)
        )
        while collector.metric("otelhook_receiving_bytes") < 70_000:
            threading.Event().wait(0.01)
        answer = collector.post(message(1, body="x" * 50_000))
        assert (answer.status, answer.headers["retry-after"]) == (503, "1")
        assert "send it again" in Status.FromString(answer.body).message
    while collector.metric("otelhook_receiving_bytes"):
        threading.Event().wait(0.01)
    assert collector.post(message(1, body="x" * 50_000)).status == 200
    assert collector.metric("otelhook_requests_total", outcome="busy") == 1


def test_many_senders_at_once_lose_nothing(collect: Any, message: Callable[..., bytes]) -> None:
    collector = collect()
    statuses: list[int] = []

    def send(first: int) -> None:
        numbers = range(first * 10, first * 10 + 200, 10)
        statuses.extend(collector.post(message(number, 10)).status for number in numbers)

    senders = [threading.Thread(target=send, args=(1000 * sender,)) for sender in range(1, 9)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    assert statuses == [200] * 160
    assert collector.count() == 1600
    assert collector.metric("otelhook_stored_spans_total", outcome="added") == 1600


def test_what_comes_again_changes_nothing(collect: Any, message: Callable[..., bytes]) -> None:
    collector = collect()
    same = message(1, 10)
    assert [collector.post(same).status for _ in range(2)] == [200, 200]
    assert collector.count() == 10
    assert collector.metric("otelhook_stored_spans_total", outcome="repeated") == 10
