"""OTLP, the form in which spans travel and are kept: protobuf, and records of it in files.

Importing this loads nothing; using what reads or writes protobuf loads opentelemetry-proto (some
10 ms) and no other OpenTelemetry package.
"""

from otelhook.lazy_names import on_first_use

TYPE_CHECKING = False
if TYPE_CHECKING:
    from otelhook.otlp.items import OtherSignal, count_items, count_items_json
    from otelhook.otlp.json import is_traces, other_signals, read_traces_json, read_traces_value
    from otelhook.otlp.json_writing import attribute_pairs, traces_object
    from otelhook.otlp.protobuf import (
        Decoded,
        decode_resource,
        decode_traces,
        encode_resource,
        encode_traces,
        model_span,
        read_message,
        read_traces,
        span_fault,
    )
    from otelhook.otlp.records import MAX_RECORD, Record, frame, read_records
    from otelhook.otlp.splitting import pieces, weigh

__all__ = [
    "MAX_RECORD",
    "Decoded",
    "OtherSignal",
    "Record",
    "attribute_pairs",
    "count_items",
    "count_items_json",
    "decode_resource",
    "decode_traces",
    "encode_resource",
    "encode_traces",
    "frame",
    "is_traces",
    "model_span",
    "other_signals",
    "pieces",
    "read_message",
    "read_records",
    "read_traces",
    "read_traces_json",
    "read_traces_value",
    "span_fault",
    "traces_object",
    "weigh",
]

__getattr__ = on_first_use(
    __name__,
    {
        "items": ("OtherSignal", "count_items", "count_items_json"),
        "json": ("is_traces", "other_signals", "read_traces_json", "read_traces_value"),
        "json_writing": ("attribute_pairs", "traces_object"),
        "protobuf": (
            *("Decoded", "decode_resource", "decode_traces", "encode_resource", "encode_traces"),
            *("model_span", "read_message", "read_traces", "span_fault"),
        ),
        "records": ("MAX_RECORD", "Record", "frame", "read_records"),
        "splitting": ("pieces", "weigh"),
    },
)
