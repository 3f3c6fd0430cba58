"""Metrics and logs: refused in success, once, and counted; their senders don't come again."""

from __future__ import annotations

import gzip
import json
import logging
from collections.abc import Callable, Mapping
from typing import Any

import grpc
import pytest
from opentelemetry.exporter.otlp.proto.grpc._log_exporter import OTLPLogExporter as GrpcLogs
from opentelemetry.exporter.otlp.proto.grpc.metric_exporter import (
    OTLPMetricExporter as GrpcMetrics,
)
from opentelemetry.exporter.otlp.proto.http._log_exporter import OTLPLogExporter as HttpLogs
from opentelemetry.exporter.otlp.proto.http.metric_exporter import (
    OTLPMetricExporter as HttpMetrics,
)
from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import (
    ExportLogsServiceRequest,
    ExportLogsServiceResponse,
)
from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import (
    ExportMetricsServiceRequest,
    ExportMetricsServiceResponse,
)
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord, ResourceLogs, ScopeLogs
from opentelemetry.proto.metrics.v1.metrics_pb2 import (
    Gauge,
    Histogram,
    HistogramDataPoint,
    Metric,
    NumberDataPoint,
    ResourceMetrics,
    ScopeMetrics,
    Sum,
)
from opentelemetry.sdk._logs import LoggerProvider, LoggingHandler
from opentelemetry.sdk._logs.export import SimpleLogRecordProcessor
from opentelemetry.sdk.metrics import MeterProvider
from opentelemetry.sdk.metrics.export import PeriodicExportingMetricReader

PROTOBUF = "application/x-protobuf"
JSON = "application/json"

POINTS = [
    Metric(gauge=Gauge(data_points=[NumberDataPoint(), NumberDataPoint()])),
    Metric(sum=Sum(data_points=[NumberDataPoint()])),
    Metric(histogram=Histogram(data_points=[HistogramDataPoint()])),
    Metric(name="of no kind"),
]
METRICS = ExportMetricsServiceRequest(
    resource_metrics=[ResourceMetrics(scope_metrics=[ScopeMetrics(metrics=POINTS)] * 2)]
)
LOGS = ExportLogsServiceRequest(
    resource_logs=[ResourceLogs(scope_logs=[ScopeLogs(log_records=[LogRecord()] * 3)])]
)
SENT: Mapping[str, tuple[Any, Any, str, int]] = {
    "metrics": (METRICS, ExportMetricsServiceResponse, "rejected_data_points", 8),
    "logs": (LOGS, ExportLogsServiceResponse, "rejected_log_records", 3),
}
IN_JSON = {
    "metrics": {
        "resourceMetrics": [
            {
                "scopeMetrics": [
                    {
                        "metrics": [
                            {"sum": {"dataPoints": [{}, {}]}},
                            {"gauge": {"dataPoints": [{}]}},
                        ]
                    }
                ]
            }
        ]
    },
    "logs": {"resourceLogs": [{"scopeLogs": [{"logRecords": [{}, {}, {}]}]}]},
}
METHODS = {
    "metrics": "/opentelemetry.proto.collector.metrics.v1.MetricsService/Export",
    "logs": "/opentelemetry.proto.collector.logs.v1.LogsService/Export",
}


def post(collector: Any, signal: str, body: bytes, **headers: str) -> Any:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return collector.ask("POST", f"/v1/{signal}", body, {"Content-Type": PROTOBUF} | named)


@pytest.mark.parametrize("signal", SENT)
@pytest.mark.parametrize("packed", [False, True])
def test_over_http_all_is_rejected_in_success_and_counted(
    collect: Any, signal: str, *, packed: bool
) -> None:
    collector = collect()
    request, response, field, count = SENT[signal]
    body = request.SerializeToString()
    headers = {"Content_Encoding": "gzip"} if packed else {}
    answer = post(collector, signal, gzip.compress(body) if packed else body, **headers)
    assert (answer.status, answer.headers["content-type"]) == (200, PROTOBUF)
    told = response.FromString(answer.body).partial_success
    assert getattr(told, field) == count
    assert f"OTEL_{signal.upper()}_EXPORTER=none" in told.error_message
    assert collector.metric("otelhook_other_signals_total", signal=signal) == count
    assert post(collector, signal, b"").body == b""


@pytest.mark.parametrize("signal", SENT)
def test_in_json_it_is_told_in_json(collect: Any, signal: str) -> None:
    answer = post(collect(), signal, json.dumps(IN_JSON[signal]).encode(), Content_Type=JSON)
    (field,) = set(answer.content["partialSuccess"]) - {"errorMessage"}
    assert field == {"metrics": "rejectedDataPoints", "logs": "rejectedLogRecords"}[signal]
    assert answer.content["partialSuccess"][field] == "3"


@pytest.mark.parametrize("signal", SENT)
def test_over_grpc_it_is_the_same(collect: Any, signal: str) -> None:
    collector = collect(OTELHOOK_COLLECTOR_TOKEN="t0ken")
    request, response, field, count = SENT[signal]
    with grpc.insecure_channel(collector.grpc.removeprefix("http://")) as channel:
        export: Any = channel.unary_unary(
            METHODS[signal],
            request_serializer=lambda message: message.SerializeToString(),
            response_deserializer=response.FromString,
        )
        with pytest.raises(grpc.RpcError) as caught:
            export(request, timeout=60)
        assert caught.value.code() is grpc.StatusCode.UNAUTHENTICATED
        answer = export(request, metadata=(("authorization", "Bearer t0ken"),), timeout=60)
    assert getattr(answer.partial_success, field) == count


@pytest.mark.parametrize("signal", SENT)
def test_what_is_damaged_is_refused_for_good(collect: Any, signal: str) -> None:
    collector = collect()
    assert post(collector, signal, b"\x0a\xff").status == 400
    assert post(collector, signal, b"{", Content_Type=JSON).status == 400
    assert post(collector, signal, b"", Content_Type="text/plain").status == 415
    assert post(collector, signal, b"\x0a\x00" * 4_000_000).status == 200


@pytest.mark.parametrize("make", [HttpMetrics, GrpcMetrics])
def test_the_stock_sdk_sends_metrics_once(
    collect: Any, make: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    collector = collect()
    reader = PeriodicExportingMetricReader(exporter(make, collector, "metrics"), 3_600_000)
    provider = MeterProvider([reader])
    provider.get_meter("m").create_counter("c").add(1)
    assert provider.force_flush(30_000)
    assert collector.metric("otelhook_other_signals_total", signal="metrics") == 1
    provider.shutdown()
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


# The one way to write a log that the oldest and the newest SDK share.
@pytest.mark.filterwarnings("ignore:.*LoggingHandler:DeprecationWarning")
@pytest.mark.parametrize("make", [HttpLogs, GrpcLogs])
def test_the_stock_sdk_sends_logs_once(
    collect: Any, make: Callable[..., Any], caplog: pytest.LogCaptureFixture
) -> None:
    collector = collect()
    provider = LoggerProvider()
    provider.add_log_record_processor(SimpleLogRecordProcessor(exporter(make, collector, "logs")))
    handler = LoggingHandler(logger_provider=provider)
    handler.emit(logging.makeLogRecord({"msg": "said", "levelno": logging.WARNING}))
    provider.shutdown()
    assert collector.metric("otelhook_other_signals_total", signal="logs") == 1
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []


def exporter(make: Callable[..., Any], collector: Any, signal: str) -> Any:
    if "grpc" in make.__module__:
        return make(collector.grpc, insecure=True)
    return make(f"{collector.http}/v1/{signal}")
