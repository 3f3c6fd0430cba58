"""Spans to rows, as the store's first form had them: unchanged, to make stores to migrate."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Any, Final

from opentelemetry.proto.common.v1 import common_pb2
from opentelemetry.proto.resource.v1 import resource_pb2
from opentelemetry.proto.trace.v1 import trace_pb2

from otelhook import attributes as keys
from otelhook.otlp import read_message, span_fault

__all__ = [
    "ResourceRow",
    "SpanRow",
    "SpanRows",
    "StoredBody",
    "hash_of",
    "rows_of",
]

SEARCHABLE: Final = 256
"""Characters of the longest attribute value that can be searched for."""

_BODY_KEYS: Final = (keys.body_content("request"), keys.body_content("response"))
_METHODS: Final = (keys.HTTP_REQUEST_METHOD, keys.HTTP_METHOD_OLD)
_STATUSES: Final = (keys.HTTP_RESPONSE_STATUS_CODE, keys.HTTP_STATUS_CODE_OLD)
_STATUS: Final = re.compile(r"[0-9]{3}")
_CONTENTS: Final = frozenset({"string_value", "bytes_value"})
_HASH_BYTES: Final = 20
_MAX_INTEGER: Final = 2**63 - 1
_KINDS: Final = len(trace_pb2.Span.SpanKind.keys())
_CODES: Final = len(trace_pb2.Status.StatusCode.keys())


@dataclass(frozen=True, slots=True)
class StoredBody:
    """A body as it is kept: bytes, and whether they were a string."""

    is_text: bool
    content: bytes

    @property
    def hash(self) -> bytes:
        """The hash by which equal bodies are one; text and bytes of the same content differ."""
        kind = b"text" if self.is_text else b"bytes"
        return hashlib.blake2b(self.content, digest_size=_HASH_BYTES, person=kind).digest()


@dataclass(frozen=True, slots=True)
class ResourceRow:
    """What made some spans: the same content for the same attributes, in whatever order."""

    content: bytes
    """OTLP ``Resource``."""
    service: str
    """``service.name``, empty if it has none."""


@dataclass(frozen=True, slots=True)
class SpanRow:
    """What the store keeps of a span in columns; bodies and resource are rows of their own."""

    trace_id: str
    span_id: str
    kind: int
    parent_span_id: str | None
    service: str
    name: str
    start_time: int
    end_time: int
    status: int
    http_method: str | None
    http_status: int | None
    content: bytes
    """OTLP ``TracesData`` of this span alone, as it came, without resource and bodies."""


@dataclass(frozen=True, slots=True)
class SpanRows:
    """A span, taken apart."""

    span: SpanRow
    resource: ResourceRow
    bodies: tuple[StoredBody | None, StoredBody | None]
    """Of the request and of the response."""
    searchable: list[tuple[str, str]]
    """Key and text of each attribute value that can be searched for; a list gives one pair an
    element, so that a repeated header is found by each of its values."""


def rows_of(data: bytes) -> tuple[list[SpanRows], tuple[str, ...]]:
    """Take a message apart; returns also a sentence on each span that had to be left out.

    Args:
        data: OTLP ``TracesData`` or ``ExportTraceServiceRequest``.

    Raises:
        DamagedDataError: the bytes are no OTLP protobuf.
    """
    rows: list[SpanRows] = []
    skipped: list[str] = []
    for resource_spans in read_message(data).resource_spans:
        resource = _resource(resource_spans.resource)
        for scope_spans in resource_spans.scope_spans:
            for span in scope_spans.spans:
                fault = span_fault(span)
                if fault:
                    skipped.append(f"span {span.name!r} left out: {fault}")
                else:
                    rows.append(_row(resource_spans, scope_spans, span, resource))
    return rows, tuple(skipped)


def hash_of(content: bytes) -> bytes:
    """Return the hash by which equal encodings of a resource are one."""
    return hashlib.blake2b(content, digest_size=_HASH_BYTES).digest()


def _resource(resource: resource_pb2.Resource) -> ResourceRow:
    pairs = sorted(resource.attributes, key=lambda pair: pair.key)
    service = next((p.value.string_value for p in pairs if p.key == keys.SERVICE_NAME), "")
    ordered = resource_pb2.Resource(
        attributes=pairs, dropped_attributes_count=resource.dropped_attributes_count
    )
    return ResourceRow(ordered.SerializeToString(), service)


def _row(
    resource_spans: trace_pb2.ResourceSpans,
    scope_spans: trace_pb2.ScopeSpans,
    span: trace_pb2.Span,
    resource: ResourceRow,
) -> SpanRows:
    bodies: dict[str, StoredBody] = {}
    searchable: list[tuple[str, str]] = []
    http: dict[str, Any] = {}
    places: list[int] = []
    for place, pair in enumerate(span.attributes):
        key, value = pair.key, pair.value
        kind = value.WhichOneof("value")
        if kind == "array_value":
            searchable += _lines(key, value.array_value)
            continue
        if key in _BODY_KEYS and kind in _CONTENTS:
            bodies[key] = _body(kind, value)
            places.append(place)
            continue
        text = value.string_value if kind == "string_value" else _text(value)
        if len(text) <= SEARCHABLE and (text or kind == "string_value"):
            searchable.append((key, text))
        if key in _METHODS or key in _STATUSES:
            http[key] = getattr(value, kind) if kind else None
    for place in reversed(places):
        del span.attributes[place]
    return SpanRows(
        _columns(span, resource.service, http, _alone(resource_spans, scope_spans, span)),
        resource,
        (bodies.get(_BODY_KEYS[0]), bodies.get(_BODY_KEYS[1])),
        searchable,
    )


def _body(kind: str, value: common_pb2.AnyValue) -> StoredBody:
    if kind == "string_value":
        return StoredBody(is_text=True, content=value.string_value.encode())
    return StoredBody(is_text=False, content=value.bytes_value)


def _lines(key: str, values: common_pb2.ArrayValue) -> list[tuple[str, str]]:
    """Return what is searched for of a list: of a header, nearly always one line."""
    return [
        (key, text)
        for item in values.values
        if len(text := item.string_value or _text(item)) <= SEARCHABLE
        and (text or item.HasField("string_value"))
    ]


def _text(value: common_pb2.AnyValue) -> str:
    """Return a number or a bool as it is searched for, nothing for anything else."""
    kind = value.WhichOneof("value")
    if kind == "int_value":
        return str(value.int_value)
    if kind == "bool_value":
        return "true" if value.bool_value else "false"
    return str(value.double_value) if kind == "double_value" else ""


def _columns(span: trace_pb2.Span, service: str, http: dict[str, Any], content: bytes) -> SpanRow:
    method = next((http[key] for key in _METHODS if key in http), None)
    status = next((http[key] for key in _STATUSES if key in http), None)
    parent = span.parent_span_id.hex()
    return SpanRow(
        trace_id=span.trace_id.hex(),
        span_id=span.span_id.hex(),
        # Numbers of a later OTLP are unspecified to us; the content has them.
        kind=span.kind if 0 <= span.kind < _KINDS else 0,
        parent_span_id=parent if len(parent) == 16 and parent.strip("0") else None,
        service=service,
        name=span.name,
        start_time=min(span.start_time_unix_nano, _MAX_INTEGER),
        end_time=min(span.end_time_unix_nano, _MAX_INTEGER),
        status=span.status.code if 0 <= span.status.code < _CODES else 0,
        http_method=method if isinstance(method, str) else None,
        http_status=_status(status),
        content=content,
    )


def _status(value: object) -> int | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    # Some tools write it as a string.
    return int(value) if isinstance(value, str) and _STATUS.fullmatch(value) else None


def _alone(
    resource_spans: trace_pb2.ResourceSpans,
    scope_spans: trace_pb2.ScopeSpans,
    span: trace_pb2.Span,
) -> bytes:
    alone = trace_pb2.TracesData()
    within = alone.resource_spans.add(schema_url=resource_spans.schema_url).scope_spans.add(
        scope=scope_spans.scope, schema_url=scope_spans.schema_url
    )
    within.spans.append(span)
    return alone.SerializeToString()
