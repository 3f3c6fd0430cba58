"""A service over ``grpc.aio`` and conversations with it, held bare first and then recorded."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from google.protobuf.struct_pb2 import Struct
from grpc import aio
from opentelemetry.trace import SpanKind

from otelhook.capture.rpc.aio_server import grpc_aio_server_patches
from tests.capture.grpc_orders import SERVICE, handler_of

__all__ = ["Held", "Hold", "Shop", "holding"]

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
