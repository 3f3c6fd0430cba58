"""Which exporters a service gets, from its settings and OpenTelemetry's own variables."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from opentelemetry.sdk.trace import SpanProcessor
from opentelemetry.sdk.trace.export import SpanExporter

from otelhook.errors import ConfigError
from otelhook.exporters.official import ByteBatchExporter
from otelhook.exporters.otlp import OtlpExporter
from otelhook.exporters.processor import ByteBoundedProcessor
from otelhook.exporters.spool import SpoolSpanExporter
from otelhook.otlp.folders import SPOOL_FOLDER
from otelhook.settings import RUN_FOLDER, Settings, otlp_endpoint

__all__ = ["span_processors"]

_PROTOCOLS = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")

_HTTP_SESSIONS = (
    "OTEL_PYTHON_EXPORTER_OTLP_HTTP_CREDENTIAL_PROVIDER",
    "OTEL_PYTHON_EXPORTER_OTLP_HTTP_TRACES_CREDENTIAL_PROVIDER",
)
"""They name a session that signs requests, which then the official exporter makes whole."""


def span_processors(settings: Settings, environ: Mapping[str, str]) -> list[SpanProcessor]:
    """Return the processors to add to a tracer provider.

    OTLP if the standard variables name an endpoint, else the spool in the data folder (unless
    switched off), and the numbered steps if a folder is named for them.

    Raises:
        ConfigError: the standard variables name a protocol that is none.
    """
    exporters: list[SpanExporter] = []
    if otlp_endpoint(environ) is not None:
        exporters.append(_otlp(settings, environ))
        exporters += _copied(settings, environ)
    elif settings.spool:
        exporters.append(
            SpoolSpanExporter(
                settings.data_dir / SPOOL_FOLDER,
                service=settings.service,
                rotate_bytes=settings.spool_rotate,
            )
        )
    if settings.sequence_dir is not None:
        # Loads the renderers, which few services need.
        from otelhook.exporters.sequence import SequenceSpanExporter

        exporters.append(
            SequenceSpanExporter(settings.sequence_dir, quiet_seconds=settings.sequence_quiet)
        )
    return [
        ByteBoundedProcessor(exporter, max_bytes=settings.export_queue) for exporter in exporters
    ]


def _copied(settings: Settings, environ: Mapping[str, str]) -> list[SpanExporter]:
    """Return what keeps a copy for `otelhook run --out`, which has made the folder for it."""
    run_folder = environ.get(RUN_FOLDER)
    if not run_folder or not Path(run_folder, SPOOL_FOLDER).is_dir():
        return []
    return [SpoolSpanExporter(Path(run_folder, SPOOL_FOLDER), service=settings.service)]


def _otlp(settings: Settings, environ: Mapping[str, str]) -> SpanExporter:
    """Return the exporter; endpoint, headers, TLS and limits come from the standard variables."""
    protocol = next((environ[name] for name in _PROTOCOLS if environ.get(name)), "http/protobuf")
    # Each loads its transport (gRPC takes 100 ms), so only the one that is used.
    if protocol == "grpc":
        from otelhook.exporters.grpc_transport import GrpcTransport

        return OtlpExporter(GrpcTransport(), retry_seconds=settings.export_retry)
    if protocol == "http/protobuf":
        if any(environ.get(name) for name in _HTTP_SESSIONS):
            from opentelemetry.exporter.otlp.proto.http.trace_exporter import (
                OTLPSpanExporter,
            )

            return ByteBatchExporter(OTLPSpanExporter())
        from otelhook.exporters.http_transport import HttpTransport

        return OtlpExporter(HttpTransport(), retry_seconds=settings.export_retry)
    message = f"OTEL_EXPORTER_OTLP_PROTOCOL: expected grpc or http/protobuf, got {protocol!r}"
    raise ConfigError(message)
