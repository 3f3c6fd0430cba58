"""OTLP over gRPC: the official exporter's channel, with our bytes and our reading of the answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import grpc
from google.protobuf.message import DecodeError
from google.rpc.error_details_pb2 import RetryInfo  # type: ignore[import-untyped]
from google.rpc.status_pb2 import Status  # type: ignore[import-untyped]
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter

from otelhook.exporters.partial_success import read_response
from otelhook.exporters.transport import Answer, Verdict

__all__ = ["GrpcTransport"]

_METHOD = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
_RETRY_INFO = "google.rpc.retryinfo-bin"
_DETAILS = "grpc-status-details-bin"
"""Where servers say when to come again: what Python's exporter reads, and what the specification
has, a `google.rpc.Status` with a `RetryInfo` among its details."""


_LATER = frozenset(
    {
        grpc.StatusCode.CANCELLED,
        grpc.StatusCode.DEADLINE_EXCEEDED,
        grpc.StatusCode.ABORTED,
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.DATA_LOSS,
    }
)
"""The codes that the OTLP specification calls retryable, without those that speak of size."""

_TOO_LARGE = frozenset({grpc.StatusCode.RESOURCE_EXHAUSTED, grpc.StatusCode.OUT_OF_RANGE})
_LONGEST_DETAIL = 200


class GrpcTransport(OTLPSpanExporter):
    """The official gRPC exporter, which configures itself from the environment.

    Of it the channel, the metadata and the time limit are used; a unary call without a
    serialiser sends bytes as they are.
    """

    def send(self, data: bytes) -> Answer:
        """Send the bytes, once."""
        channel: Any = self._channel
        call: Callable[..., bytes] = channel.unary_unary(_METHOD)
        try:
            return read_response(call(data, metadata=self._headers, timeout=self._timeout))
        except grpc.RpcError as error:
            answer = _read(error)
            if error.code() is grpc.StatusCode.UNAVAILABLE:
                self._connect_anew()
            return answer

    def close(self) -> None:
        """Close the channel."""
        self.shutdown()  # pyright: ignore[reportUnknownMemberType]

    def _connect_anew(self) -> None:
        """Begin with a new channel: a failing one waits longer each time, up to two minutes."""
        again: Callable[[], None] | None = getattr(self, "_initialize_channel_and_stub", None)
        if again is not None:
            channel: Any = self._channel
            channel.close()
            again()


def _read(error: Any) -> Answer:
    code, detail = error.code(), str(error.details() or "")
    said = f"{code.name} {detail}"[:_LONGEST_DETAIL]
    wait = _retry_after(error)
    if code in _LATER or (code is grpc.StatusCode.RESOURCE_EXHAUSTED and wait is not None):
        return Answer(Verdict.LATER, said, retry_after=wait)
    return Answer(Verdict.TOO_LARGE if code in _TOO_LARGE else Verdict.REFUSED, said)


def _retry_after(error: Any) -> float | None:
    metadata: dict[str, bytes] = dict(error.trailing_metadata() or ())
    info = RetryInfo()
    try:
        if _RETRY_INFO in metadata:
            info.ParseFromString(metadata[_RETRY_INFO])
        elif not any(
            detail.Unpack(info) for detail in Status.FromString(metadata.get(_DETAILS, b"")).details
        ):
            return None
    except DecodeError:
        return None
    delay = info.retry_delay
    return max(0.0, float(delay.seconds + delay.nanos / 1e9))
