"""Batches of jaeger-client's own classes, encoded as it does."""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

import pytest

# Untyped, and loaded at run time as the product does it.
types: Any = import_module("jaeger_client.thrift_gen.jaeger.ttypes")
agent: Any = import_module("jaeger_client.thrift_gen.agent.Agent")
transport: Any = import_module("thrift.transport.TTransport")
compact: Any = import_module("thrift.protocol.TCompactProtocol")
binary: Any = import_module("thrift.protocol.TBinaryProtocol")


def _tag(key: str, kind: int, **value: Any) -> Any:
    return types.Tag(key=key, vType=kind, **value)


def _batch(**changes: Any) -> Any:
    values: dict[str, Any] = {
        "traceIdHigh": -1,
        "traceIdLow": -2,
        "spanId": -3,
        "parentSpanId": 7,
        "operationName": "GET /",
        "flags": 1,
        "startTime": 1_700_000_000_000_001,
        "duration": 250,
        "tags": [
            _tag("span.kind", 0, vStr="client"),
            _tag("double", 1, vDouble=1.5),
            _tag("bool", 2, vBool=False),
            _tag("long", 3, vLong=-5),
            _tag("error", 2, vBool=True),
        ],
        "logs": [types.Log(timestamp=1_700_000_000_000_002, fields=[_tag("event", 0, vStr="e")])],
    }
    tags = [_tag("hostname", 0, vStr="h"), _tag("ip", 0, vStr="1.2.3.4")]
    process = types.Process(serviceName="orders", tags=tags)
    return types.Batch(process=process, spans=[types.Span(**(values | changes))])


def _packet(batch: Any) -> bytes:
    buffer = transport.TMemoryBuffer()
    protocol = compact.TCompactProtocol(buffer)
    protocol.writeMessageBegin("emitBatch", 4, 0)
    agent.emitBatch_args(batch).write(protocol)
    protocol.writeMessageEnd()
    return bytes(buffer.getvalue())


def _body(batch: Any) -> bytes:
    buffer = transport.TMemoryBuffer()
    batch.write(binary.TBinaryProtocol(buffer))
    return bytes(buffer.getvalue())


@pytest.fixture
def make_batch() -> Callable[..., Any]:
    """Make a batch of one span, with some of its fields changed."""
    return _batch


@pytest.fixture
def as_packet() -> Callable[[Any], bytes]:
    return _packet


@pytest.fixture
def as_body() -> Callable[[Any], bytes]:
    return _body
