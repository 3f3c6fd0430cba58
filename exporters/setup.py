"""Which exporters a service gets, from its settings and OpenTelemetry's own variables."""

from __future__ import annotations

from collections.abc import Mapping

from opentelemetry.sdk.trace import SpanProcessor
from opentelemetry.sdk.trace.export import SpanExporter

from otelhook.errors import ConfigError
from otelhook.exporters.otlp import ByteBatchExporter
from otelhook.exporters.processor import ByteBoundedProcessor
from otelhook.exporters.spool import SpoolSpanExporter
from otelhook.otlp.records import SPOOL_FOLDER
from otelhook.settings import Settings, otlp_endpoint

__all__ = ["span_processors"]

_PROTOCOLS = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")


def span_processors(settings: Settings, environ: Mapping[str, str]) -> list[SpanProcessor]:
    """Return the processors to add to a tracer provider.

    OTLP if the standard variables name an endpoint, else the spool in the data folder (unless
    switched off), and the numbered steps if a folder is named for them.

    Raises:
        ConfigError: the standard variables name a protocol that is none.
    """
    exporters: list[SpanExporter] = []
    if otlp_endpoint(environ) is not None:
        exporters.append(ByteBatchExporter(_otlp(environ)))
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
        from otelhook.exporters.sequence import SequenceSpanExporter  # noqa: PLC0415

        exporters.append(
            SequenceSpanExporter(settings.sequence_dir, quiet_seconds=settings.sequence_quiet)
        )
    return [ByteBoundedProcessor(exporter) for exporter in exporters]


def _otlp(environ: Mapping[str, str]) -> SpanExporter:
    """Return the official exporter, which reads endpoint, headers and TLS from the environment."""
    protocol = next((environ[name] for name in _PROTOCOLS if environ.get(name)), "http/protobuf")
    # Each loads its transport (gRPC takes 100 ms), so only the one that is used.
    if protocol == "grpc":
        from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import (  # noqa: PLC0415
            OTLPSpanExporter as GrpcExporter,
        )

        return GrpcExporter()
    if protocol == "http/protobuf":
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import (  # noqa: PLC0415
            OTLPSpanExporter as HttpExporter,
        )

        return HttpExporter()
    message = f"OTEL_EXPORTER_OTLP_PROTOCOL: expected grpc or http/protobuf, got {protocol!r}"
    raise ConfigError(message)
