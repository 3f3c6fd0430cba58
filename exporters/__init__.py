"""What leaves a service: the spool, numbered steps, OTLP."""

from otelhook.exporters.otlp import ByteBatchExporter
from otelhook.exporters.processor import ByteBoundedProcessor
from otelhook.exporters.setup import span_processors
from otelhook.exporters.spool import SpoolSpanExporter

__all__ = ["ByteBatchExporter", "ByteBoundedProcessor", "SpoolSpanExporter", "span_processors"]
