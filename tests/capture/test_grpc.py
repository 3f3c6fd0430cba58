"""Calls over gRPC, client and server: what each end records, and what it changes."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.trace import SpanKind, StatusCode

from otelhook.redaction import MARKER
from tests.waiting import wait_until

grpc = pytest.importorskip("grpc")
from google.protobuf.struct_pb2 import Struct  # noqa: E402 - where grpcio is installed
from grpc import _channel  # noqa: E402

from otelhook.capture.rpc.client import grpc_client_patches  # noqa: E402
from otelhook.capture.rpc.server import grpc_server_patches  # noqa: E402
from tests.capture.garbage import left_by  # noqa: E402
from tests.capture.grpc_orders import SERVICE, fields, handler_of, struct  # noqa: E402


class Orders:
    """A service with a method of each kind."""

    def __init__(self) -> None:
        self.seen: list[dict[str, str]] = []
        self.spans: list[Any] = []

    def place(self, request: Struct, context: Any) -> Struct:
        self.seen.append(dict(context.invocation_metadata()))
        self.spans.append(trace.get_current_span().get_span_context())
        if request["item"] == "none":
            context.abort(grpc.StatusCode.NOT_FOUND, "there is no such item")
        if request["item"] == "bug":
            message = "a defect"
            raise KeyError(message)
        context.set_trailing_metadata((("x-served-by", "one"),))
        return struct(id=7, item=request["item"], password="hunter2")

    def watch(self, request: Struct, context: Any) -> Iterator[Struct]:
        for number in range(int(str(request["count"]).partition(".")[0])):
            self.spans.append(trace.get_current_span().get_span_context())
            yield struct(n=number)

    def sum(self, requests: Iterator[Struct], context: Any) -> Struct:
        return struct(total=sum(request["n"] for request in requests))

    def echo(self, requests: Iterator[Struct], context: Any) -> Iterator[Struct]:
        yield from requests


class Shop:
    """A server and a channel to it."""

    def __init__(self, port: int, orders: Orders) -> None:
        self.port = port
        self.orders = orders
        self.channel = grpc.insecure_channel(f"127.0.0.1:{port}")

    def stub(self, kind: str, method: str) -> Any:
        return getattr(self.channel, kind)(
            f"/{SERVICE}/{method}",
            request_serializer=Struct.SerializeToString,
            response_deserializer=Struct.FromString,
        )


@pytest.fixture
def shop() -> Iterator[Callable[[], Shop]]:
    made: list[tuple[Any, Shop]] = []

    def start() -> Shop:
        server = grpc.server(ThreadPoolExecutor(4))
        orders = Orders()
        server.add_generic_rpc_handlers((handler_of(orders),))
        port = server.add_insecure_port("127.0.0.1:0")
        server.start()
        made.append((server, Shop(port, orders)))
        return made[-1][1]

    yield start
    for server, opened in made:
        opened.channel.close()
        server.stop(0).wait()


@pytest.fixture
def both(instrument: Any, monkeypatch: pytest.MonkeyPatch, recorded: Any, shop: Any) -> Any:
    """The shop with both ends recorded, and what gives the spans of a kind once they are there."""
    handle = instrument("shop")
    for holder, name, ours in grpc_server_patches(grpc, handle.scope):
        monkeypatch.setattr(holder, name, ours)

    def spans(kind: SpanKind, count: int = 1) -> list[Any]:
        def found() -> list[Any]:
            return [span for span in recorded.all() if span.kind is kind]

        wait_until(lambda: len(found()) >= count, f"{count} spans of {kind}")
        assert len(found()) == count
        return found()

    return shop(), spans


def content(span: Any, side: str) -> Any:
    return span.attributes[f"http.{side}.body.content"]


def test_both_ends_of_a_call_have_its_messages_as_json_without_its_secrets(both):
    shop, spans = both
    response = shop.stub("unary_unary", "place")(
        struct(item="disk", password="opensesame"),
        metadata=(("authorization", "Bearer abcdefghijkl"), ("x-mine", "1")),
    )
    assert fields(response) == {"id": 7, "item": "disk", "password": "hunter2"}
    (client,), (server,) = spans(SpanKind.CLIENT), spans(SpanKind.SERVER)
    assert server.parent.span_id == client.context.span_id
    for span in (client, server):
        found = dict(span.attributes)
        assert span.name == f"{SERVICE}/place"
        assert (found["rpc.system"], found["rpc.service"], found["rpc.method"]) == (
            "grpc",
            SERVICE,
            "place",
        )
        assert found["rpc.grpc.status_code"] == 0
        assert span.status.status_code is StatusCode.UNSET
        assert json.loads(content(span, "request")) == {"item": "disk", "password": MARKER}
        assert json.loads(content(span, "response"))["password"] == MARKER
        assert found["http.request.header.x-mine"] == ("1",)
        assert "abcdefghijkl" not in str(found)
        assert found["http.response.header.x-served-by"] == ("one",)
    assert (client.attributes["server.address"], client.attributes["server.port"]) == (
        "127.0.0.1",
        shop.port,
    )
    assert shop.orders.seen[0]["traceparent"].split("-")[2] == format(
        client.context.span_id, "016x"
    )
    assert shop.orders.spans[0].span_id == server.context.span_id


def test_every_way_to_call_gives_what_it_gives_without_us(both):
    shop, spans = both
    stub = shop.stub("unary_unary", "place")
    response, call = stub.with_call(struct(item="a"), 5.0)
    assert (response["item"], call.code()) == ("a", grpc.StatusCode.OK)
    future = stub.future(struct(item="b"))
    assert future.result(10)["item"] == "b"
    assert type(future) is _channel._MultiThreadedRendezvous
    assert len(spans(SpanKind.CLIENT, 2)) == 2
    assert {json.loads(content(s, "response"))["item"] for s in spans(SpanKind.CLIENT, 2)} == {
        "a",
        "b",
    }


def test_streams_are_recorded_line_by_line_in_both_directions(both):
    shop, spans = both
    watched = shop.stub("unary_stream", "watch")(struct(count=3))
    assert [m["n"] for m in watched] == [0, 1, 2]
    total = shop.stub("stream_unary", "sum")(struct(n=n) for n in range(4))
    assert total["total"] == 6
    echoed = shop.stub("stream_stream", "echo")(iter([struct(n=1), struct(n=2)]))
    assert [m["n"] for m in echoed] == [1, 2]
    for kind in (SpanKind.CLIENT, SpanKind.SERVER):
        by_name = {span.name.rpartition("/")[2]: span for span in spans(kind, 3)}
        lines = content(by_name["watch"], "response").splitlines()
        assert [json.loads(line)["n"] for line in lines] == [0, 1, 2]
        assert len(content(by_name["sum"], "request").splitlines()) == 4
        assert json.loads(content(by_name["sum"], "response")) == {"total": 6.0}
        assert len(content(by_name["echo"], "request").splitlines()) == 2
        assert len(content(by_name["echo"], "response").splitlines()) == 2
    server = next(s for s in spans(SpanKind.SERVER, 3) if s.name.endswith("watch"))
    assert {span.span_id for span in shop.orders.spans} == {server.context.span_id}


def test_a_refusal_is_raised_as_before_and_is_a_failure_of_the_caller_only(both):
    shop, spans = both
    with pytest.raises(grpc.RpcError) as raised:
        shop.stub("unary_unary", "place")(struct(item="none"))
    assert raised.value.code() is grpc.StatusCode.NOT_FOUND
    assert raised.value.details() == "there is no such item"
    assert type(raised.value) is _channel._InactiveRpcError
    (client,), (server,) = spans(SpanKind.CLIENT), spans(SpanKind.SERVER)
    assert client.attributes["rpc.grpc.status_code"] == 5
    assert server.attributes["rpc.grpc.status_code"] == 5
    assert client.status.status_code is StatusCode.ERROR
    assert client.status.description == "there is no such item"
    assert server.status.status_code is StatusCode.UNSET


def test_a_defect_of_the_service_is_recorded_with_what_it_raised(both):
    shop, spans = both
    with pytest.raises(grpc.RpcError):
        shop.stub("unary_unary", "place")(struct(item="bug"))
    (server,) = spans(SpanKind.SERVER)
    assert server.attributes["rpc.grpc.status_code"] == 2
    assert [event.attributes["exception.type"] for event in server.events] == ["KeyError"]


def test_an_unreachable_server_is_a_failure_and_raised_as_before(instrument, recorded):
    instrument("caller")
    with grpc.insecure_channel("127.0.0.1:1") as channel:
        call = channel.unary_unary("/a.B/C")
        with pytest.raises(grpc.RpcError) as raised:
            call(b"\x00raw", timeout=10)
    assert raised.value.code() is grpc.StatusCode.UNAVAILABLE
    (span,) = recorded.all()
    assert span.attributes["rpc.grpc.status_code"] == 14
    assert json.loads(content(span, "request")) == {"base64": "AHJhdw=="}


def test_a_stream_that_the_caller_gives_up_ends_both_spans(both):
    shop, spans = both
    stream = shop.stub("unary_stream", "watch")(struct(count=100_000))
    assert next(stream)["n"] == 0
    stream.cancel()
    (client,), (server,) = spans(SpanKind.CLIENT), spans(SpanKind.SERVER)
    assert client.attributes["rpc.grpc.status_code"] == 1
    assert server.attributes["rpc.grpc.status_code"] == 1


def test_what_spans_leave_by_is_not_recorded(instrument, recorded):
    instrument("caller")
    with grpc.insecure_channel("127.0.0.1:1") as channel:
        call = channel.unary_unary("/opentelemetry.proto.collector.trace.v1.TraceService/Export")
        with pytest.raises(grpc.RpcError):
            call(b"", timeout=10)
    assert recorded.all() == []


def test_a_programs_own_interceptors_see_what_they_see_without_us(both):
    shop, spans = both
    seen: list[Any] = []

    def intercept(_self: Any, continuation: Any, details: Any, request: Any) -> Any:
        seen.append(details.metadata)
        return continuation(details, request)

    noting: Any = type(
        "Noting", (grpc.UnaryUnaryClientInterceptor,), {"intercept_unary_unary": intercept}
    )
    channel = grpc.intercept_channel(shop.channel, noting())
    call = channel.unary_unary(
        f"/{SERVICE}/place",
        request_serializer=Struct.SerializeToString,
        response_deserializer=Struct.FromString,
    )
    assert call(struct(item="x"), metadata=(("x-mine", "1"),))["item"] == "x"
    assert [list(metadata) for metadata in seen] == [[("x-mine", "1")]]
    assert len(spans(SpanKind.CLIENT)) == 1


def test_a_message_that_is_large_is_counted_and_not_laid_out(both):
    shop, spans = both
    shop.stub("unary_unary", "place")(struct(item="x" * 2_000_000))
    (client,) = spans(SpanKind.CLIENT)
    assert client.attributes["http.request.body.size"] > 2_000_000
    assert client.attributes["otelhook.request.body.truncated"] is True
    assert "http.request.body.content" not in client.attributes


def test_patches_name_what_grpcio_has() -> None:
    patched = {
        (holder.__name__, name) for holder, name, _ in grpc_client_patches(_channel, lambda: None)
    }
    assert ("_UnaryUnaryMultiCallable", "__call__") in patched
    assert ("_UnaryUnaryMultiCallable", "future") in patched
    assert ("_StreamStreamMultiCallable", "__call__") in patched
    assert len({holder for holder, _ in patched}) == 5


@pytest.mark.parametrize("item", ["disk", "none", "bug"])
def test_a_call_leaves_nothing_for_the_garbage_collector(both, item):
    shop, _ = both
    place = shop.stub("unary_unary", "place")

    def call() -> None:
        with contextlib.suppress(grpc.RpcError):
            place(struct(item=item))

    assert left_by(call) == []


def test_streams_leave_nothing_for_the_garbage_collector(both):
    shop, _ = both

    def call() -> None:
        list(shop.stub("unary_stream", "watch")(struct(count=3)))
        list(shop.stub("stream_stream", "echo")(iter([struct(n=1), struct(n=2)])))

    assert left_by(call) == []
