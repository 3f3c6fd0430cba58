"""OTLP over gRPC: ``TraceService/Export`` (OTLP specification 1.x, "OTLP/gRPC").

Requests arrive as bytes and are decoded as those over HTTP are. A request is read only once one
of a few threads is free for it, so that flow control holds back what there is no memory for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, NoReturn, TypeAlias, cast

import grpc
from google.protobuf.duration_pb2 import Duration
from google.rpc.error_details_pb2 import RetryInfo  # type: ignore[import-untyped]
from google.rpc.status_pb2 import Status  # type: ignore[import-untyped]
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse

from otelhook.collector.listening import listen
from otelhook.collector.receivers.decoding import PROTOBUF, count_other, decode
from otelhook.collector.receivers.other_answers import other_answer
from otelhook.collector.receivers.receiving import Receiving, Rejected
from otelhook.collector.receivers.refusals import Reason, RefusalError
from otelhook.errors import UnreachableError
from otelhook.otlp import OtherSignal

__all__ = ["GrpcReceiver"]

_RECEIVER: Final = "otlp_grpc"
_METHOD: Final = "/opentelemetry.proto.collector.trace.v1.TraceService/Export"
_OTHER_METHODS: Final = {
    OtherSignal.METRICS: "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
    OtherSignal.LOGS: "/opentelemetry.proto.collector.logs.v1.LogsService/Export",
}
_Export: TypeAlias = Callable[[bytes, grpc.ServicerContext], bytes]
_THREADS: Final = 8
_DETAILS: Final = "grpc-status-details-bin"
_RETRY_INFO: Final = "google.rpc.retryinfo-bin"
"""Where the specification has it, and where OpenTelemetry's exporter in Python reads it."""


class GrpcReceiver:
    """A gRPC server with the one method that there is for traces.

    Args:
        receiving: where spans go.
        allowed: whether metadata (lower-case names) may send; see `otelhook.collector.access`.
        idle: seconds after which a connection without a request is ended.
    """

    def __init__(
        self, receiving: Receiving, allowed: Callable[[str], bool], idle: float = 30.0
    ) -> None:
        self._receiving = receiving
        self._allowed = allowed
        self._server = grpc.server(
            ThreadPoolExecutor(_THREADS, thread_name_prefix="otelhook-grpc"),
            handlers=[_Handler({_METHOD: self._export, **self._others()})],
            options=[
                # Decompressed as well: gRPC looks at a message's size before and after.
                ("grpc.max_receive_message_length", receiving.limits.request),
                ("grpc.max_connection_idle_ms", int(idle * 1000)),
                ("grpc.server_handshake_timeout_ms", int(idle * 1000)),
                ("grpc.so_reuseport", 0),  # or a second collector would share the port unseen
            ],
        )

    def start(self, host: str, port: int) -> int:
        """Listen; return the port.

        Raises:
            UnreachableError: the port is taken, or the address is not this machine's.
        """
        address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        try:
            # gRPC says less of what is wrong, and writes to the terminal.
            listen(host, port).close()
            bound = self._server.add_insecure_port(address)
        except (OSError, OverflowError, RuntimeError) as error:
            reason = error.strerror if isinstance(error, OSError) else error
            message = f"gRPC cannot listen on {address}: {reason}; --grpc names another address"
            raise UnreachableError(message) from None
        self._server.start()
        return bound

    def stop(self, seconds: float) -> None:
        """Take nothing new, give what is under way some seconds, and end."""
        self._server.stop(seconds).wait()

    def _export(self, data: bytes, context: grpc.ServicerContext) -> bytes:
        try:
            rejected = self._take(data, context)
        except RefusalError as refusal:
            self._receiving.refused(_RECEIVER, refusal)
            _abort(context, refusal)
        self._receiving.taken(_RECEIVER)
        message = ExportTraceServiceResponse()
        if rejected.spans:
            message.partial_success.rejected_spans = rejected.spans
            message.partial_success.error_message = rejected.message
        return message.SerializeToString()

    def _others(self) -> Mapping[str, _Export]:
        """Return the methods of signals that are not kept: senders are told once, in success."""

        def method(signal: OtherSignal) -> _Export:
            def refuse(data: bytes, context: grpc.ServicerContext) -> bytes:
                try:
                    self._check(context)
                    with self._receiving.budget.share() as share:
                        share.grow(len(data))
                        count = count_other(data, PROTOBUF, signal, share)
                except RefusalError as refusal:
                    _abort(context, refusal)
                self._receiving.counters.other.labels(signal.name.lower()).inc(count)
                return other_answer(signal, count).SerializeToString()

            return refuse

        return {_OTHER_METHODS[signal]: method(signal) for signal in OtherSignal}

    def _check(self, context: grpc.ServicerContext) -> None:
        metadata = dict(context.invocation_metadata())
        if not self._allowed(str(metadata.get("authorization", ""))):
            message = "a token is required: send metadata authorization: Bearer TOKEN"
            raise RefusalError(Reason.UNAUTHENTICATED, message)

    def _take(self, data: bytes, context: grpc.ServicerContext) -> Rejected:
        self._check(context)
        with self._receiving.budget.share() as share:
            share.grow(len(data))
            content = self._receiving.decoders.submit(decode, data, PROTOBUF, share).result()
            del data
            self._receiving.submit(_RECEIVER, content).result()
        return self._receiving.rejected(content)


class _Handler(grpc.GenericRpcHandler):
    def __init__(self, methods: Mapping[str, _Export]) -> None:
        self._methods = {
            name: cast("Any", grpc.unary_unary_rpc_method_handler(export))
            for name, export in methods.items()
        }

    def service(self, handler_call_details: grpc.HandlerCallDetails) -> Any:
        return self._methods.get(handler_call_details.method)


def _abort(context: grpc.ServicerContext, refusal: RefusalError) -> NoReturn:
    """End with a status; one that may be tried again says when (OTLP, "OTLP/gRPC Throttling")."""
    code = grpc.StatusCode[refusal.reason.grpc_code]
    if refusal.reason.retryable:
        number: int = code.value[0]
        status = Status(code=number, message=str(refusal))
        info = RetryInfo(retry_delay=Duration(seconds=refusal.retry_seconds))
        status.details.add().Pack(info)
        context.set_trailing_metadata(
            ((_DETAILS, status.SerializeToString()), (_RETRY_INFO, info.SerializeToString()))
        )
    context.abort(code, str(refusal))
    raise AssertionError  # abort never returns
