"""Spans in the JSON of Jaeger's first query API, as its page and Grafana read it.

The form is Jaeger's ``internal/uimodel``, the way there that of the OpenTelemetry Collector's
translator, which Jaeger itself uses: times in microseconds, attributes as typed tags with kind,
status and scope among them, lists and maps as JSON text. `otelhook.sources.formats.jaeger_v1` reads
it.
"""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, TypeAlias

from otelhook import attributes as key
from otelhook.jaeger_tags import EVENT, NO_SERVICE, references, scope_tags, told_tags
from otelhook.model import Attributes, AttributeValue, Event, Resource, Span, TraceId

__all__ = ["jaeger_trace"]

_Json: TypeAlias = dict[str, Any]

_MICROSECOND: Final = 1_000
_SAFE_INTEGER: Final = 2**53 - 1
"""Beyond it JavaScript's numbers are not exact, and integers are text."""

_SHORT: Final = 16
"""Hex digits of an id of which the upper half is zero."""


def jaeger_trace(trace_id: TraceId, spans: Iterable[Span]) -> _Json:
    """Return one trace: an entry of ``data`` in an answer of ``/api/traces``."""
    # By identity first: spans of one decoding share their resource.
    known: dict[int, tuple[Resource, str]] = {}
    processes: dict[str, _Json] = {}
    converted: list[_Json] = []
    for span in spans:
        if id(span.resource) not in known:
            known[id(span.resource)] = (span.resource, _place(_process(span.resource), processes))
        converted.append(_span(span, known[id(span.resource)][1]))
    return {
        "traceID": _trace_id(trace_id),
        "spans": converted,
        "processes": processes,
        "warnings": None,
    }


def _place(process: _Json, processes: dict[str, _Json]) -> str:
    for name, held in processes.items():
        if held == process:
            return name
    name = f"p{len(processes) + 1}"
    processes[name] = process
    return name


def _process(resource: Resource) -> _Json:
    service = resource.attributes.get(key.SERVICE_NAME)
    rest = {name: value for name, value in resource.attributes.items() if name != key.SERVICE_NAME}
    name = service if isinstance(service, str) else "" if resource.attributes else NO_SERVICE
    return {"serviceName": _text(name), "tags": _tags(rest)}


def _span(span: Span, process: str) -> _Json:
    return {
        "traceID": _trace_id(span.trace_id),
        "spanID": span.span_id,
        "operationName": _text(span.name),
        "references": [
            {
                "refType": "CHILD_OF" if reference.child_of else "FOLLOWS_FROM",
                "traceID": _trace_id(reference.to.trace_id),
                "spanID": reference.to.span_id,
            }
            for reference in references(span)
        ],
        "startTime": max(span.start_time, 0) // _MICROSECOND,
        "duration": max(span.end_time - span.start_time, 0) // _MICROSECOND,
        "tags": [
            *_tags(dict(scope_tags(span.scope))),
            *_tags(span.attributes),
            *_tags(dict(told_tags(span))),
        ],
        "logs": [_log(event) for event in span.events],
        "processID": process,
        "warnings": None,
    }


def _log(event: Event) -> _Json:
    named = {EVENT: event.name} if event.name and EVENT not in event.attributes else {}
    return {
        "timestamp": max(event.time, 0) // _MICROSECOND,
        "fields": [*_tags(named), *_tags(event.attributes)],
    }


def _tags(attributes: Attributes) -> list[_Json]:
    return [
        dict(zip(("key", "type", "value"), (_text(name), *_typed(value)), strict=True))
        for name, value in attributes.items()
    ]


def _typed(value: AttributeValue) -> tuple[str, object]:
    if isinstance(value, bool):
        return "bool", value
    if isinstance(value, int):
        return "int64", value if abs(value) <= _SAFE_INTEGER else str(value)
    if isinstance(value, float):
        return "float64", value if math.isfinite(value) else str(value)
    if isinstance(value, bytes):
        return "binary", base64.b64encode(value).decode()
    if value is None or isinstance(value, str):
        return "string", _text(value or "")
    return "string", json.dumps(_plain(value), ensure_ascii=False, separators=(",", ":"))


def _plain(value: AttributeValue) -> object:
    """Return a value within a list or a map, for JSON."""
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, Mapping):
        return {_text(name): _plain(item) for name, item in value.items()}
    if isinstance(value, Sequence):
        return [_plain(item) for item in value]
    return value


def _trace_id(trace_id: TraceId) -> str:
    return trace_id[_SHORT:] if not trace_id[:_SHORT].strip("0") else trace_id


def _text(value: str) -> str:
    return value if value.isascii() else value.encode("utf-8", "replace").decode("utf-8")
