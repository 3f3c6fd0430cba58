"""OTLP, the form in which spans travel and are kept: protobuf, and records of it in files.

Importing this loads opentelemetry-proto (some 40 ms) and no other OpenTelemetry package.
"""

from otelhook.otlp.json import read_traces_json
from otelhook.otlp.json_writing import traces_object
from otelhook.otlp.protobuf import (
    Decoded,
    ReceivedSpan,
    decode_resource,
    decode_traces,
    encode_resource,
    encode_traces,
    read_received,
    read_traces,
)
from otelhook.otlp.records import MAX_RECORD, Record, frame, read_records

__all__ = [
    "MAX_RECORD",
    "Decoded",
    "ReceivedSpan",
    "Record",
    "decode_resource",
    "decode_traces",
    "encode_resource",
    "encode_traces",
    "frame",
    "read_received",
    "read_records",
    "read_traces",
    "read_traces_json",
    "traces_object",
]
