"""Services over ``grpc.aio`` whose methods are plain functions, which it runs in threads."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.trace import SpanKind

from otelhook.redaction import MARKER
from tests.waiting import wait_until

grpc = pytest.importorskip("grpc")
from google.protobuf.struct_pb2 import Struct  # noqa: E402 - where grpcio is installed
from grpc import aio  # noqa: E402

from tests.capture.grpc_aio_shop import (  # noqa: E402
    Hold,
    Shop,
    assert_streams_are_recorded,
    holding,
    lines,
    talk_in_streams,
)
from tests.capture.grpc_orders import fields, struct  # noqa: E402


class PlainOrders:
    """The methods of a service for grpcio, as it is moved to ``grpc.aio`` first."""

    def __init__(self) -> None:
        self.seen: list[object] = []
        self.spans: set[int] = set()
        self.begun, self.given_up = threading.Event(), threading.Event()

    def note(self, context: Any) -> None:
        self.spans.add(trace.get_current_span().get_span_context().span_id)
        self.seen.append(type(context).__name__)

    def place(self, request: Struct, context: Any) -> Struct:
        self.note(context)
        if request["item"] == "none":
            context.abort(grpc.StatusCode.NOT_FOUND, "there is no such item")
        if request["item"] == "set":
            context.set_code(grpc.StatusCode.RESOURCE_EXHAUSTED)
            context.set_details("too much")
            return Struct()
        if request["item"] == "bug":
            message = "a defect"
            raise KeyError(message)
        if request["item"] == "forever":
            self.begun.set()
            self.given_up.wait(30)
            span: Any = trace.get_current_span()
            wait_until(lambda: not span.is_recording(), "the span has ended before its function")
        context.set_trailing_metadata((("x-served-by", "one"),))
        return struct(id=7, item=request["item"], password="hunter2")

    def watch(self, request: Struct, context: Any) -> Iterator[Struct]:
        self.note(context)
        for number in range(int(str(request["count"]).partition(".")[0])):
            self.spans.add(trace.get_current_span().get_span_context().span_id)
            yield struct(n=number)
        if request["count"] == 0:
            context.abort(grpc.StatusCode.OUT_OF_RANGE, "none at all")

    def sum(self, requests: Iterator[Any], context: Any) -> Struct:
        self.note(context)
        return struct(total=sum(request["n"] for request in requests))

    def echo(self, requests: Iterator[Struct], context: Any) -> Iterator[Struct]:
        self.note(context)
        yield from requests


@pytest.fixture
def hold(instrument: Any, monkeypatch: pytest.MonkeyPatch, recorded: Any) -> Hold:
    return holding(PlainOrders, instrument, monkeypatch, recorded)


def test_both_ends_of_a_call_have_its_messages_and_metadata(hold: Hold) -> None:
    async def talk(shop: Shop) -> object:
        return fields(
            await shop.stub("unary_unary", "place")(
                struct(item="disk", password="opensesame"), metadata=(("x-mine", "1"),)
            )
        )

    held = hold(talk)
    client, server = held.one(SpanKind.CLIENT), held.one(SpanKind.SERVER)
    assert server.parent.span_id == client.context.span_id
    assert held.shop.orders.spans == {server.context.span_id}
    assert server.attributes["rpc.grpc.status_code"] == 0
    assert server.attributes["http.request.header.x-mine"] == ("1",)
    assert server.attributes["http.response.header.x-served-by"] == ("one",)
    assert server.attributes["client.address"] == "127.0.0.1"
    assert lines(server, "request") == [{"item": "disk", "password": MARKER}]
    assert lines(server, "response") == [{"id": 7.0, "item": "disk", "password": MARKER}]


def test_the_three_streams_are_recorded_line_by_line(hold: Hold) -> None:
    assert_streams_are_recorded(hold(talk_in_streams), SpanKind.SERVER)


@pytest.mark.parametrize(("item", "code"), [("none", 5), ("set", 8), ("bug", 2)])
def test_a_status_that_the_context_was_given_is_the_spans(hold: Hold, item: str, code: int) -> None:
    async def talk(shop: Shop) -> object:
        with pytest.raises(aio.AioRpcError) as raised:
            await shop.stub("unary_unary", "place")(struct(item=item))
        return raised.value.code(), raised.value.details()

    held = hold(talk)
    for kind in (SpanKind.CLIENT, SpanKind.SERVER):
        assert held.one(kind).attributes["rpc.grpc.status_code"] == code
    events = [event.attributes["exception.type"] for event in held.one(SpanKind.SERVER).events]
    assert events == (["KeyError"] if item == "bug" else [])


def test_a_stream_that_is_aborted_has_the_code(hold: Hold) -> None:
    # Before its first message: after one, aio itself may lose it, and wait for ever at its end.
    async def talk(shop: Shop) -> object:
        with pytest.raises(aio.AioRpcError) as raised:
            await shop.stub("unary_stream", "watch")(struct(count=0)).read()
        return raised.value.code(), raised.value.details()

    assert hold(talk).one(SpanKind.SERVER).attributes["rpc.grpc.status_code"] == 11


def test_a_call_that_is_cancelled_ends_its_span_while_its_function_still_runs(hold: Hold) -> None:
    async def talk(shop: Shop) -> object:
        orders = shop.orders
        call = shop.stub("unary_unary", "place")(struct(item="forever"))
        # Waited for in a thread of its own: the loop answers calls meanwhile.
        await asyncio.to_thread(orders.begun.wait, 30)
        call.cancel()
        try:
            return await call.code()
        finally:
            orders.given_up.set()

    server = hold(talk).one(SpanKind.SERVER)
    assert server.attributes["rpc.grpc.status_code"] == 1
    assert lines(server, "request") == [{"item": "forever"}]
