"""The service that the tests of gRPC call, whoever answers: its name, kinds and messages."""

from __future__ import annotations

from typing import Any

import grpc
from google.protobuf.struct_pb2 import Struct

__all__ = ["SERVICE", "fields", "handler_of", "struct"]

SERVICE = "shop.Orders"
_KINDS: dict[str, Any] = {
    "place": grpc.unary_unary_rpc_method_handler,
    "watch": grpc.unary_stream_rpc_method_handler,
    "sum": grpc.stream_unary_rpc_method_handler,
    "echo": grpc.stream_stream_rpc_method_handler,
    "read": grpc.stream_stream_rpc_method_handler,
}


def struct(**values: Any) -> Struct:
    made = Struct()
    made.update(values)
    return made


def fields(message: Any) -> dict[str, Any]:
    return {name: message[name] for name in message}


def handler_of(orders: object) -> Any:
    """Return the handler of those methods that a service has."""
    coders: dict[str, Any] = {
        "request_deserializer": Struct.FromString,
        "response_serializer": Struct.SerializeToString,
    }
    methods = {
        name: make(getattr(orders, name), **coders)
        for name, make in _KINDS.items()
        if hasattr(orders, name)
    }
    return grpc.method_handlers_generic_handler(SERVICE, methods)
