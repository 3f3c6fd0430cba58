"""Spans of Jaeger's own model as JSON: what it puts into Kafka, and its thrift's batches.

The protobuf (``model.proto``) has ids in base64, times in RFC 3339 and durations as ``0.005s``;
the thrift (``jaeger.thrift``) has ids as signed integers and microseconds. Both type a tag by the
member that its value stands in. They are rewritten as the query API has them, and read as that.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from typing import Any, Final

from otelhook.errors import DamagedDataError
from otelhook.otlp import Decoded
from otelhook.sources.formats.jaeger_v1 import read_jaeger_v1
from otelhook.sources.formats.shapes import Json, is_list, is_object, moment, object_of, objects_of

__all__ = ["EXAMPLE", "is_jaeger_model", "read_jaeger_model"]

EXAMPLE: Final = """\
{"traceId": "RjrDXJ9kE61ISFo5U7thJA==", "spanId": "ckhaOVO7YSQ=", "operationName": "GET",
 "references": [], "startTime": "2025-11-29T21:00:00.000000001Z", "duration": "0.010s",
 "tags": [{"key": "span.kind", "vStr": "client"},
          {"key": "http.url", "vStr": "http://image/v2/images"},
          {"key": "http.status_code", "vType": "INT64", "vInt64": "200"}],
 "process": {"serviceName": "shop"}}
"""

_MASK: Final = 2**64 - 1
_DURATION: Final = re.compile(r"(\d+(?:\.\d+)?)(ns|us|µs|ms|s)")
_MICROSECONDS: Final = {"ns": 1e-3, "us": 1.0, "µs": 1.0, "ms": 1e3, "s": 1e6}
_VALUES: Final = {
    "vStr": "string",
    "vBool": "bool",
    "vInt64": "int64",
    "vLong": "int64",
    "vFloat64": "float64",
    "vDouble": "float64",
    "vBinary": "binary",
}


def is_jaeger_model(value: Json) -> bool:
    """Recognise a span, or a batch of them with their process."""
    if "spanId" in value and "operationName" in value:
        return "traceId" in value or "traceIdLow" in value
    spans: object = value.get("spans")
    return is_list(spans) and any(is_object(span) and is_jaeger_model(span) for span in spans)


def read_jaeger_model(value: Json) -> Decoded:
    """Return the spans of one span, or of one batch.

    Raises:
        DamagedDataError: it is not of that shape.
    """
    try:
        spans = [_span(span, value) for span in _spans(value)]
    except (AttributeError, KeyError, TypeError, RecursionError) as error:
        message = f"not Jaeger's model as JSON: {error}"
        raise DamagedDataError(message) from None
    return read_jaeger_v1({"spans": spans})


def _spans(value: Json) -> Iterator[Json]:
    return objects_of(value.get("spans")) if "spans" in value else iter((value,))


def _span(span: Json, batch: Json) -> dict[str, Any]:
    process = object_of(span.get("process") or batch.get("process"))
    return {
        "traceID": _trace_id(span),
        "spanID": _id(span.get("spanId")),
        "parentSpanID": _id(span.get("parentSpanId")),
        "operationName": span.get("operationName"),
        "references": [
            {
                "refType": reference.get("refType") or "CHILD_OF",  # the zero of its enumeration
                "traceID": _trace_id(reference),
                "spanID": _id(reference.get("spanId")),
            }
            for reference in objects_of(span.get("references"))
        ],
        "startTime": _microseconds(span.get("startTime")),
        "duration": _duration(span.get("duration")),
        "tags": _tags(span.get("tags")),
        "logs": [
            {"timestamp": _microseconds(log.get("timestamp")), "fields": _tags(log.get("fields"))}
            for log in objects_of(span.get("logs"))
        ],
        "process": {
            "serviceName": process.get("serviceName"),
            "tags": _tags(process.get("tags")),
        },
        "warnings": span.get("warnings"),
    }


def _tags(value: object) -> list[dict[str, Any]]:
    """Give a tag its type; one without any value is empty text, as protobuf leaves it out."""
    return [
        {
            "key": tag.get("key"),
            **next(
                (
                    {"type": kind, "value": tag[name]}
                    for name, kind in _VALUES.items()
                    if name in tag
                ),
                {"type": "string", "value": tag.get("value", "")},
            ),
        }
        for tag in objects_of(value)
    ]


def _trace_id(of: Json) -> str:
    if "traceIdLow" in of:
        high, low = (int(of.get(name) or 0) & _MASK for name in ("traceIdHigh", "traceIdLow"))
        return f"{high:016x}{low:016x}"
    return _id(of.get("traceId"))


def _id(value: object) -> str:
    """Return an id in hex, of a signed integer or of base64; hex stays as it is."""
    if isinstance(value, int):
        return f"{value & _MASK:016x}" if value else ""
    text = str(value or "")
    if not text.endswith("="):
        return text
    try:
        return base64.b64decode(text, validate=True).hex()
    except binascii.Error:
        return text


def _microseconds(value: object) -> object:
    return moment(value) // 1_000 if isinstance(value, str) else value


def _duration(value: object) -> int:
    """Return microseconds.

    Raises:
        TypeError: it is neither a number of them nor a duration of protobuf or Go.
    """
    if value is None or isinstance(value, int):
        return value or 0
    match = _DURATION.fullmatch(str(value))
    if match is None:
        message = f"{value!r} is not a duration"
        raise TypeError(message)
    return round(float(match[1]) * _MICROSECONDS[match[2]])
