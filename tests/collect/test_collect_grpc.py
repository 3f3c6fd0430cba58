"""OTLP over gRPC: what is taken, and the codes and details of what is not."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import grpc
import pytest
from google.rpc.error_details_pb2 import RetryInfo  # type: ignore[import-untyped]
from google.rpc.status_pb2 import Status  # type: ignore[import-untyped]
from hypothesis import given, settings
from hypothesis import strategies as st
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor

from tests.waiting import wait_until

METHOD = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"


def send(collector: Any, data: bytes, *metadata: tuple[str, str], **options: Any) -> bytes:
    with grpc.insecure_channel(collector.grpc.removeprefix("http://")) as channel:
        export = channel.unary_unary(METHOD, request_serializer=bytes, response_deserializer=bytes)
        answer: bytes = export(data, timeout=60, metadata=metadata, **options)
        return answer


def test_the_official_exporter_is_answered_success_and_its_span_is_there(collect: Any) -> None:
    collector = collect()
    exporter = OTLPSpanExporter(collector.grpc, insecure=True, compression=grpc.Compression.Gzip)
    provider = TracerProvider(shutdown_on_exit=False)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    with provider.get_tracer("test").start_as_current_span("asked") as span:
        pass
    provider.shutdown()
    (kept,) = collector.spans(f"{span.get_span_context().trace_id:032x}")
    assert kept.name == "asked"


def test_malformed_spans_are_left_out_and_counted(
    collect: Any, message: Callable[..., bytes]
) -> None:
    collector = collect()
    zero = message(1).replace(bytes(15) + b"\1", bytes(16), 1)
    partial = ExportTraceServiceResponse.FromString(send(collector, message(2) + zero))
    assert partial.partial_success.rejected_spans == 1
    assert collector.count() == 1


@pytest.mark.parametrize(
    ("data", "code", "said"),
    [
        (b"\xff\xff", grpc.StatusCode.INVALID_ARGUMENT, "not OTLP protobuf"),
        (b"x" * 70_000, grpc.StatusCode.RESOURCE_EXHAUSTED, "larger than max"),
    ],
)
def test_what_cannot_be_taken_is_refused_and_the_collector_stays_up(
    collect: Any, message: Callable[..., bytes], data: bytes, code: grpc.StatusCode, said: str
) -> None:
    collector = collect(OTELHOOK_COLLECTOR_REQUEST="64k")
    with pytest.raises(grpc.RpcError, match=said) as caught:
        send(collector, data)
    assert caught.value.code() is code
    assert send(collector, message(1)) == b""


def test_a_bomb_is_stopped_where_it_unfolds(collect: Any, message: Callable[..., bytes]) -> None:
    collector = collect(OTELHOOK_COLLECTOR_REQUEST="64k")
    with pytest.raises(grpc.RpcError) as caught:
        send(collector, bytes(50_000_000), compression=grpc.Compression.Gzip)
    assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert send(collector, message(1)) == b""


def test_who_finds_no_room_is_told_when_to_come_again(
    collect: Any, message: Callable[..., bytes]
) -> None:
    collector = collect(OTELHOOK_COLLECTOR_MEMORY="100k", OTELHOOK_COLLECTOR_REQUEST="80k")
    place = urlsplit(collector.http)
    with socket.create_connection((place.hostname, place.port)) as slow:
        # Half a request, which holds what it has sent.
        slow.sendall(
            f"POST /v1/traces HTTP/1.1\r\nHost: {place.netloc}\r\n"
            "Content-Type: application/x-protobuf\r\nContent-Length: 80000\r\n\r\n".encode()
            + bytes(75_000)
        )
        wait_until(
            lambda: collector.metric("otelhook_receiving_bytes") >= 75_000, "it holds its bytes"
        )
        with pytest.raises(grpc.RpcError) as caught:
            send(collector, message(1, body="x" * 30_000))
    assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    trailing: Any = caught.value.trailing_metadata()
    details = dict(trailing)["grpc-status-details-bin"]
    info = RetryInfo()
    assert Status.FromString(details).details[0].Unpack(info)
    assert info.retry_delay.seconds == 1


def test_any_bytes_are_answered(collect: Any, message: Callable[..., bytes]) -> None:
    collector = collect()
    with grpc.insecure_channel(collector.grpc.removeprefix("http://")) as channel:
        export: Any = channel.unary_unary(
            METHOD, request_serializer=bytes, response_deserializer=bytes
        )

        @settings(max_examples=150, deadline=None)
        @given(st.binary(max_size=200), st.integers(0, 200), st.binary(max_size=4))
        def check(noise: bytes, place: int, inside: bytes) -> None:
            whole = message(1)
            for data in (noise, whole[:place] + inside + whole[place:]):
                failed = export.future(data, timeout=60).exception()
                assert failed is None or failed.code() is grpc.StatusCode.INVALID_ARGUMENT

        check()
        assert export(message(2), timeout=60) == b""


def test_another_method_is_none(collect: Any) -> None:
    collector = collect()
    with grpc.insecure_channel(collector.grpc.removeprefix("http://")) as channel:
        other: Any = channel.unary_unary(METHOD.replace("trace", "logs"))
        with pytest.raises(grpc.RpcError) as caught:
            other(b"", timeout=60)
    assert caught.value.code() is grpc.StatusCode.UNIMPLEMENTED


def test_grpc_can_be_off(collect: Any) -> None:
    collector = collect("--grpc", "off")
    assert collector.grpc == ""
    assert collector.ask("GET", "/healthz").status == 200


def test_many_senders_at_once_lose_nothing(collect: Any, message: Callable[..., bytes]) -> None:
    collector = collect()
    failed: list[BaseException] = []

    def work(first: int) -> None:
        try:
            for number in range(first, first + 10):
                send(collector, message(number * 10, 10))
        except BaseException as error:  # noqa: BLE001 - a thread's failure is the test's
            failed.append(error)

    senders = [threading.Thread(target=work, args=(1000 * sender,)) for sender in range(1, 13)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    assert failed == []
    assert collector.count() == 1200
