"""Batches of spans in Jaeger's thrift, decoded with the classes that jaeger-client brings.

The client is archived and its classes are loaded only when a packet is to be read: they are
behind the extra ``otelhook[jaeger]``. What arrives is hostile. A packet is read within a budget:
no string is longer than it, and all its lists together have no more elements than it has bytes,
so that a few bytes that promise two thousand million elements cost nothing.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from importlib import import_module
from typing import Any, Final

from otelhook.errors import ConfigError, DamagedDataError

__all__ = ["load_thrift", "read_batch", "read_packet"]

_METHOD: Final = "emitBatch"
_ONE_WAY: Final = 4
_CALL: Final = 1

_ELEMENT: Final = 1536
"""Bytes that an element of a list takes, as thrift's object and as ours; a byte may be one."""

_SMALL: Final = 8 * 1024
"""Bytes of a packet of which nothing is reserved."""


def _freely(_: int) -> None:
    """Reserve nothing."""


def load_thrift() -> None:
    """Load jaeger-client's classes, so that their absence is reported at the start.

    Raises:
        ConfigError: they are not installed.
    """
    _classes()


def read_packet(data: bytes, reserve: Callable[[int], None] = _freely) -> Any:
    """Return the ``Batch`` of one UDP packet: a message ``emitBatch`` in the compact protocol.

    Args:
        data: the packet.
        reserve: told of bytes that its objects will take; what it raises goes on.

    Raises:
        ConfigError: jaeger-client is not installed.
        DamagedDataError: the packet is anything else.
    """
    classes = _classes()
    try:
        protocol = classes.compact(data, reserve)
        name, kind, _ = protocol.readMessageBegin()
        if name != _METHOD or kind not in {_ONE_WAY, _CALL}:
            message = f"a packet of Jaeger's agent calls {_METHOD}, this one {name[:40]!r}"
            raise DamagedDataError(message)
        arguments = classes.Arguments()
        arguments.read(protocol)
    except classes.faults as error:
        raise _damaged(data, error) from None
    if arguments.batch is None:
        message = "a packet of Jaeger's agent without a batch"
        raise DamagedDataError(message)
    return arguments.batch


def read_batch(data: bytes, reserve: Callable[[int], None] = _freely) -> Any:
    """Return the ``Batch`` of one HTTP body: the bare struct in the binary protocol.

    Args:
        data: the body.
        reserve: told of bytes that its objects will take; what it raises goes on.

    Raises:
        ConfigError: jaeger-client is not installed.
        DamagedDataError: the body is anything else.
    """
    classes = _classes()
    batch = classes.Batch()
    try:
        batch.read(classes.binary(data, reserve))
    except classes.faults as error:
        raise _damaged(data, error) from None
    return batch


def _damaged(data: bytes, error: Exception) -> DamagedDataError:
    said = str(error) or type(error).__name__
    return DamagedDataError(f"not Jaeger's thrift ({len(data)} bytes): {said[:200]}")


class _Classes:
    """What is used of thrift and of jaeger-client."""

    def __init__(self) -> None:
        try:
            agent: Any = import_module("jaeger_client.thrift_gen.agent.Agent")
            types: Any = import_module("jaeger_client.thrift_gen.jaeger.ttypes")
            compact: Any = import_module("thrift.protocol.TCompactProtocol")
            binary: Any = import_module("thrift.protocol.TBinaryProtocol")
            base: Any = import_module("thrift.protocol.TProtocol")
            transport: Any = import_module("thrift.transport.TTransport")
        except ImportError as error:
            message = (
                f"spans of jaeger-client need its own classes ({error}): "
                "pip install jaeger-client six thrift"
            )
            raise ConfigError(message) from None
        self.Arguments = agent.emitBatch_args
        self.Batch = types.Batch
        self._compact, self._binary = compact.TCompactProtocol, binary.TBinaryProtocol
        self._memory, self._fault = transport.TMemoryBuffer, base.TProtocolException
        # What generated code and thrift raise of bytes that are none of theirs.
        self.faults = (
            base.TProtocolException,
            transport.TTransportException,
            EOFError,
            ValueError,
            TypeError,
            KeyError,
            IndexError,
            AttributeError,
            AssertionError,
            OverflowError,
            MemoryError,
            RecursionError,
            import_module("struct").error,
        )

    def compact(self, data: bytes, reserve: Callable[[int], None]) -> Any:
        """Return a protocol that reads these bytes within their budget."""
        return self._bounded(self._compact(self._memory(data)), len(data), reserve)

    def binary(self, data: bytes, reserve: Callable[[int], None]) -> Any:
        """Return a protocol that reads these bytes within their budget."""
        return self._bounded(self._binary(self._memory(data)), len(data), reserve)

    def _bounded(self, protocol: Any, size: int, reserve: Callable[[int], None]) -> Any:
        left = size

        def counted(begin: Callable[[], Any]) -> Callable[[], Any]:
            def begun() -> Any:
                nonlocal left
                found = begin()  # (element type, size), or (key type, value type, size)
                if not 0 <= found[-1] <= left:
                    message = f"a list of {found[-1]} elements in {size} bytes"
                    raise self._fault(self._fault.SIZE_LIMIT, message)
                left -= found[-1]
                if size > _SMALL:
                    reserve(found[-1] * _ELEMENT)
                return found

            return begun

        protocol.string_length_limit = size
        for name in ("readListBegin", "readSetBegin", "readMapBegin"):
            setattr(protocol, name, counted(getattr(protocol, name)))
        # Generated code reads a binary tag with this too: its bytes come back from surrogates.
        protocol.readString = lambda: bytes(protocol.readBinary()).decode(
            "utf-8", "surrogateescape"
        )
        return protocol


@cache
def _classes() -> _Classes:
    return _Classes()
