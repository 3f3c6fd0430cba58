"""A service over ``grpc.aio`` and conversations with it, held bare first and then recorded."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from google.protobuf.struct_pb2 import Struct
from grpc import aio
from opentelemetry.trace import SpanKind

from otelhook.capture.rpc.aio_server import grpc_aio_server_patches
from tests.capture.grpc_orders import SERVICE, fields, handler_of, struct

__all__ = [
    "Held",
    "Hold",
    "Shop",
    "assert_streams_are_recorded",
    "holding",
    "lines",
    "talk_in_streams",
]

Talk = Callable[["Shop"], Awaitable[object]]


class Shop:
    """A running server, and a channel to it."""

    def __init__(self, port: int, channel: Any, orders: Any) -> None:
        self.port = port
        self.channel = channel
        self.orders = orders
        """The service, which notes in ``seen`` what it saw."""

    def stub(self, kind: str, method: str) -> Any:
        return getattr(self.channel, kind)(
            f"/{SERVICE}/{method}",
            request_serializer=Struct.SerializeToString,
            response_deserializer=Struct.FromString,
        )


async def _hold(
    talk: Talk, make: Callable[[], Any], interceptors: Any
) -> tuple[object, list[object], Shop]:
    server, orders = aio.server(), make()
    server.add_generic_rpc_handlers((handler_of(orders),))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    try:
        async with aio.insecure_channel(f"127.0.0.1:{port}", interceptors=interceptors) as channel:
            shop = Shop(port, channel, orders)
            said = await talk(shop)
    finally:
        await server.stop(5)
    return said, orders.seen, shop


class Held:
    """What was recorded of a conversation, which was the same as without us."""

    def __init__(self, shop: Shop, spans: list[Any]) -> None:
        self.shop = shop
        self.spans = spans

    def one(self, kind: SpanKind, method: str = "") -> Any:
        (found,) = [s for s in self.spans if s.kind is kind and s.name.endswith(method)]
        return found


Hold = Callable[..., Held]


def holding(
    make: Callable[[], Any], instrument: Any, monkeypatch: pytest.MonkeyPatch, recorded: Any
) -> Hold:
    """Return what holds a conversation bare and recorded; it returns what was recorded.

    Args:
        make: makes the service.
        instrument: the fixture.
        monkeypatch: the fixture.
        recorded: the fixture.
    """

    def held(talk: Talk, interceptors: Callable[[], Any] = lambda: None) -> Held:
        bare = asyncio.run(_hold(talk, make, interceptors()))
        handle = instrument("shop")
        with monkeypatch.context() as patched:
            for holder, name, ours in grpc_aio_server_patches(aio, handle.scope):
                patched.setattr(holder, name, ours)
            said, seen, shop = asyncio.run(_hold(talk, make, interceptors()))
        assert (said, seen) == (bare[0], bare[1])
        return Held(shop, recorded.all())

    return held


def lines(span: Any, side: str) -> list[Any]:
    text = span.attributes[f"http.{side}.body.content"]
    return [json.loads(line) for line in text.splitlines()]


async def _numbers(count: int) -> AsyncIterator[Struct]:
    for number in range(count):
        yield struct(n=number)


async def talk_in_streams(shop: Shop) -> object:
    """Call the three methods that stream requests, responses or both."""
    watched = shop.stub("unary_stream", "watch")(struct(count=3))
    total = await shop.stub("stream_unary", "sum")(_numbers(4))
    echoed = shop.stub("stream_stream", "echo")(iter([struct(n=1), struct(n=2)]))
    return (
        [fields(message) async for message in watched],
        fields(total),
        [fields(message) async for message in echoed],
    )


def assert_streams_are_recorded(held: Held, *kinds: SpanKind) -> None:
    """Hold the spans of `talk_in_streams` to what was sent and received, line by line."""
    for kind in kinds:
        watch, total, echo = (held.one(kind, name) for name in ("watch", "sum", "echo"))
        assert lines(watch, "response") == [{"n": 0}, {"n": 1}, {"n": 2}]
        assert len(lines(total, "request")) == 4
        assert lines(total, "response") == [{"total": 6.0}]
        assert lines(echo, "request") == lines(echo, "response") == [{"n": 1}, {"n": 2}]
        assert {s.attributes["rpc.grpc.status_code"] for s in (watch, total, echo)} == {0}
    servers = {s.context.span_id for s in held.spans if s.kind is SpanKind.SERVER}
    assert held.shop.orders.spans == servers
