"""Spans as OTLP's JSON, the other way of `otelhook.otlp.json`.

Zero values are left out, as Jaeger and the OpenTelemetry Collector do; ids are hex, 64-bit
integers strings, bytes base64. Text that no UTF-8 can hold goes out with question marks.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from otelhook.model import Attributes, AttributeValue, Resource, Scope, Span

__all__ = ["attribute_pairs", "traces_object"]

_Json: TypeAlias = dict[str, Any]

_MAX_INT = 2**63 - 1


def traces_object(spans: Iterable[Span]) -> _Json:
    """Return ``{"resourceSpans": [...]}`` of JSON values, spans grouped by resource and scope."""
    # Resources hold mappings and have no hash: those that one decoding made are one object.
    resources: dict[int, tuple[Resource, dict[Scope, list[Span]]]] = {}
    for span in spans:
        _, scopes = resources.setdefault(id(span.resource), (span.resource, {}))
        scopes.setdefault(span.scope, []).append(span)
    return {
        "resourceSpans": [
            {
                "resource": _filled(attributes=attribute_pairs(resource.attributes)),
                "scopeSpans": [
                    {
                        "scope": _filled(name=_text(scope.name), version=_text(scope.version)),
                        "spans": [_span(span) for span in within],
                    }
                    for scope, within in scopes.items()
                ],
            }
            for resource, scopes in resources.values()
        ]
    }


def _span(span: Span) -> _Json:
    return _filled(
        traceId=span.trace_id,
        spanId=span.span_id,
        traceState=_text(span.trace_state),
        parentSpanId=span.parent_span_id,
        flags=span.flags,
        name=_text(span.name),
        kind=int(span.kind),
        startTimeUnixNano=_long(span.start_time),
        endTimeUnixNano=_long(span.end_time),
        attributes=attribute_pairs(span.attributes),
        droppedAttributesCount=span.dropped_attributes_count,
        events=[
            _filled(
                timeUnixNano=_long(event.time),
                name=_text(event.name),
                attributes=attribute_pairs(event.attributes),
            )
            for event in span.events
        ],
        links=[
            _filled(
                traceId=link.trace_id,
                spanId=link.span_id,
                attributes=attribute_pairs(link.attributes),
            )
            for link in span.links
        ],
    ) | {"status": _filled(message=_text(span.status.message), code=int(span.status.code))}


def _filled(**fields: object) -> _Json:
    return {name: value for name, value in fields.items() if value not in (None, "", 0, [])}


def _long(value: int) -> str:
    return str(value) if value > 0 else ""


def attribute_pairs(attributes: Attributes) -> list[_Json]:
    """Return attributes as a list of ``{"key": ..., "value": {"stringValue": ...}}``."""
    return [{"key": _text(key), "value": _value(value)} for key, value in attributes.items()]


def _value(value: AttributeValue) -> _Json:  # noqa: PLR0911 - one return a kind
    if value is None:
        return {}
    if isinstance(value, str):
        return {"stringValue": _text(value)}
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        fits = -_MAX_INT - 1 <= value <= _MAX_INT
        return {"intValue" if fits else "stringValue": str(value)}
    if isinstance(value, float):
        return {"doubleValue": value if math.isfinite(value) else _name(value)}
    if isinstance(value, bytes):
        return {"bytesValue": base64.b64encode(value).decode()}
    if isinstance(value, Mapping):
        return {"kvlistValue": {"values": attribute_pairs(value)}}
    return {"arrayValue": {"values": _items(value)}}


def _items(values: Sequence[AttributeValue]) -> list[_Json]:
    return [_value(item) for item in values]


def _name(value: float) -> str:
    """Return what protobuf's JSON calls a number that JSON has not."""
    if math.isnan(value):
        return "NaN"
    return "Infinity" if value > 0 else "-Infinity"


def _text(value: str) -> str:
    return value if value.isascii() else value.encode("utf-8", "replace").decode("utf-8")
