"""What senders of metrics and logs are told: taken as a request, and nothing of it is kept.

An error would make them try again, or complain with each batch. A partial success is final (OTLP
specification, "Partial Success") and names the variable that ends it.
"""

from __future__ import annotations

from google.protobuf.message import Message
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceResponse
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceResponse,
)

from otelhook.otlp import OtherSignal

__all__ = ["other_answer"]


def other_answer(signal: OtherSignal, count: int) -> Message:
    """Return the answer to a request with so many items of a signal."""
    said = (
        f"otelhook keeps traces only, these {signal.item}s are not kept: "
        f"OTEL_{signal.name}_EXPORTER=none stops them"
    )
    if signal is OtherSignal.METRICS:
        metrics = ExportMetricsServiceResponse()
        if count:
            metrics.partial_success.rejected_data_points = count
            metrics.partial_success.error_message = said
        return metrics
    logs = ExportLogsServiceResponse()
    if count:
        logs.partial_success.rejected_log_records = count
        logs.partial_success.error_message = said
    return logs
