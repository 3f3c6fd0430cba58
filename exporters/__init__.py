"""What leaves a service: the spool, numbered steps, OTLP; and the count of what did not."""

from otelhook.exporters.official import ByteBatchExporter
from otelhook.exporters.otlp import OtlpExporter
from otelhook.exporters.processor import ByteBoundedProcessor
from otelhook.exporters.setup import span_processors
from otelhook.exporters.spool import SpoolSpanExporter
from otelhook.exporters.tally import Counts, Reason

__all__ = [
    "ByteBatchExporter",
    "ByteBoundedProcessor",
    "Counts",
    "OtlpExporter",
    "Reason",
    "SpoolSpanExporter",
    "span_processors",
]
