"""The codec between OTLP protobuf and `otelhook.model`.

``TracesData`` (files) and ``ExportTraceServiceRequest`` (the wire) have the same wire form, so
one pair of functions serves both. What the model does not hold is lost in a round trip: schema
URLs, attributes of a scope, the trace state of a link, the counts of dropped events and links.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, TypeAlias

from google.protobuf.message import DecodeError
from opentelemetry.proto.common.v1 import common_pb2
from opentelemetry.proto.resource.v1 import resource_pb2
from opentelemetry.proto.trace.v1 import trace_pb2

from otelhook.errors import DamagedDataError
from otelhook.model import (
    Attributes,
    AttributeValue,
    Event,
    Link,
    Resource,
    Scope,
    Span,
    SpanId,
    SpanKind,
    Status,
    StatusCode,
    TraceId,
)

__all__ = [
    "Decoded",
    "decode_resource",
    "decode_traces",
    "encode_resource",
    "encode_traces",
    "model_span",
    "read_message",
    "read_traces",
    "span_fault",
]

_TRACE_ID_BYTES = 16
_SPAN_ID_BYTES = 8
_MAX_TIME = 2**64 - 1
_MAX_INT = 2**63 - 1
_MAX_UINT32 = 2**32 - 1
_KINDS = {int(kind): kind for kind in SpanKind}
_CODES = {int(code): code for code in StatusCode}

_Pairs: TypeAlias = Iterable[common_pb2.KeyValue]


class Decoded(NamedTuple):
    """The spans of one message, and a sentence on each span that had to be left out."""

    spans: tuple[Span, ...]
    skipped: tuple[str, ...] = ()


def decode_traces(data: bytes) -> tuple[Span, ...]:
    """Return the spans of one message; spans without valid ids are left out.

    Raises:
        DamagedDataError: the bytes are no OTLP protobuf.
    """
    return read_traces(data).spans


def read_traces(data: bytes) -> Decoded:
    """Return the spans of one message and what was left out, for those who must say it.

    Raises:
        DamagedDataError: the bytes are no OTLP protobuf.
    """
    spans: list[Span] = []
    skipped: list[str] = []
    for resource_spans in read_message(data).resource_spans:
        resource = Resource(_attributes(resource_spans.resource.attributes))
        for scope_spans in resource_spans.scope_spans:
            scope = Scope(scope_spans.scope.name, scope_spans.scope.version)
            for span in scope_spans.spans:
                fault = span_fault(span)
                if fault:
                    skipped.append(f"span {span.name!r} left out: {fault}")
                else:
                    spans.append(_span(span, resource, scope))
    return Decoded(tuple(spans), tuple(skipped))


def read_message(data: bytes) -> trace_pb2.TracesData:
    """Return one message as protobuf has it.

    Raises:
        DamagedDataError: the bytes are no OTLP protobuf.
    """
    try:
        return trace_pb2.TracesData.FromString(data)
    except DecodeError as error:
        text = f"not OTLP protobuf ({len(data)} bytes): {error}"
        raise DamagedDataError(text) from None


def encode_traces(spans: Iterable[Span]) -> bytes:
    """Return one message that holds the spans, grouped by resource and scope.

    Text that is not valid Unicode (lone surrogates) goes out with question marks; an integer
    that OTLP's 64 bits cannot hold goes out as text.
    """
    message = trace_pb2.TracesData()
    # Resources hold mappings and have no hash: they are grouped by what they encode to.
    resources: dict[int, tuple[Resource, bytes]] = {}
    groups: dict[bytes, trace_pb2.ResourceSpans] = {}
    scopes: dict[tuple[bytes, Scope], trace_pb2.ScopeSpans] = {}
    for span in spans:
        known = resources.get(id(span.resource))
        if known is None:
            # The resource is kept beside its encoding so that its id() stays its own.
            known = (span.resource, encode_resource(span.resource))
            resources[id(span.resource)] = known
        key = known[1]
        if key not in groups:
            groups[key] = message.resource_spans.add()
            groups[key].resource.ParseFromString(key)
        if (key, span.scope) not in scopes:
            added = groups[key].scope_spans.add()
            added.scope.name = _text(span.scope.name)
            added.scope.version = _text(span.scope.version)
            scopes[key, span.scope] = added
        scopes[key, span.scope].spans.append(_message(span))
    return message.SerializeToString()


def encode_resource(resource: Resource) -> bytes:
    """Return a resource as one ``Resource`` message, the same bytes for the same attributes."""
    # In order of keys: who made the resource may have gathered them in any.
    pairs = _pairs(dict(sorted(resource.attributes.items())))
    return resource_pb2.Resource(attributes=pairs).SerializeToString()


def decode_resource(data: bytes) -> Resource:
    """Return the resource of one ``Resource`` message.

    Raises:
        DamagedDataError: the bytes are no OTLP protobuf.
    """
    try:
        return Resource(_attributes(resource_pb2.Resource.FromString(data).attributes))
    except DecodeError as error:
        text = f"not an OTLP resource ({len(data)} bytes): {error}"
        raise DamagedDataError(text) from None


def span_fault(span: trace_pb2.Span) -> str:
    """Say why a span cannot be kept; OTLP calls ids of zeros or of another length invalid."""
    for noun, value, size in (
        ("trace id", span.trace_id, _TRACE_ID_BYTES),
        ("span id", span.span_id, _SPAN_ID_BYTES),
    ):
        if len(value) != size:
            return f"its {noun} has {len(value)} bytes, expected {size}"
        if not any(value):
            return f"its {noun} is zero"
    return ""


def model_span(span: trace_pb2.Span, resource: Resource, scope_spans: trace_pb2.ScopeSpans) -> Span:
    """Return one span of a message."""
    return _span(span, resource, Scope(scope_spans.scope.name, scope_spans.scope.version))


def _span(span: trace_pb2.Span, resource: Resource, scope: Scope) -> Span:
    parent = span.parent_span_id
    return Span(
        trace_id=TraceId(span.trace_id.hex()),
        span_id=SpanId(span.span_id.hex()),
        # A parent id that cannot be one is not a parent; the span itself is still worth having.
        parent_span_id=(
            SpanId(parent.hex()) if len(parent) == _SPAN_ID_BYTES and any(parent) else None
        ),
        name=span.name,
        kind=_KINDS.get(span.kind, SpanKind.UNSPECIFIED),
        start_time=span.start_time_unix_nano,
        end_time=span.end_time_unix_nano,
        attributes=_attributes(span.attributes),
        resource=resource,
        scope=scope,
        status=Status(_CODES.get(span.status.code, StatusCode.UNSET), span.status.message),
        events=tuple(
            Event(event.time_unix_nano, event.name, _attributes(event.attributes))
            for event in span.events
        ),
        links=tuple(
            Link(
                TraceId(link.trace_id.hex()),
                SpanId(link.span_id.hex()),
                _attributes(link.attributes),
            )
            for link in span.links
            if len(link.trace_id) == _TRACE_ID_BYTES and len(link.span_id) == _SPAN_ID_BYTES
        ),
        flags=span.flags,
        trace_state=span.trace_state,
        dropped_attributes_count=span.dropped_attributes_count,
    )


def _attributes(pairs: _Pairs) -> Attributes:
    return {pair.key: _value(pair.value) for pair in pairs}


def _value(value: common_pb2.AnyValue) -> AttributeValue:  # noqa: PLR0911 - one return a kind
    match value.WhichOneof("value"):
        case "string_value":
            return value.string_value
        case "bool_value":
            return value.bool_value
        case "int_value":
            return value.int_value
        case "double_value":
            return value.double_value
        case "bytes_value":
            return value.bytes_value
        case "array_value":
            return tuple(_value(item) for item in value.array_value.values)
        case "kvlist_value":
            return _attributes(value.kvlist_value.values)
        case _:
            return None


def _message(span: Span) -> trace_pb2.Span:
    return trace_pb2.Span(
        trace_id=bytes.fromhex(span.trace_id),
        span_id=bytes.fromhex(span.span_id),
        parent_span_id=bytes.fromhex(span.parent_span_id or ""),
        name=_text(span.name),
        kind=trace_pb2.Span.SpanKind.ValueType(span.kind),
        start_time_unix_nano=_time(span.start_time),
        end_time_unix_nano=_time(span.end_time),
        attributes=_pairs(span.attributes),
        status=trace_pb2.Status(
            code=trace_pb2.Status.StatusCode.ValueType(span.status.code),
            message=_text(span.status.message),
        ),
        events=[
            trace_pb2.Span.Event(
                time_unix_nano=_time(event.time),
                name=_text(event.name),
                attributes=_pairs(event.attributes),
            )
            for event in span.events
        ],
        links=[
            trace_pb2.Span.Link(
                trace_id=bytes.fromhex(link.trace_id),
                span_id=bytes.fromhex(link.span_id),
                attributes=_pairs(link.attributes),
            )
            for link in span.links
        ],
        flags=span.flags & _MAX_UINT32,
        trace_state=_text(span.trace_state),
        dropped_attributes_count=min(max(span.dropped_attributes_count, 0), _MAX_UINT32),
    )


def _pairs(attributes: Attributes) -> list[common_pb2.KeyValue]:
    return [
        common_pb2.KeyValue(key=_text(key), value=_any(value)) for key, value in attributes.items()
    ]


def _any(value: AttributeValue) -> common_pb2.AnyValue:  # noqa: PLR0911 - one return a kind
    if value is None:
        return common_pb2.AnyValue()
    if isinstance(value, str):
        return common_pb2.AnyValue(string_value=_text(value))
    if isinstance(value, bool):
        return common_pb2.AnyValue(bool_value=value)
    if isinstance(value, int):
        if not -_MAX_INT - 1 <= value <= _MAX_INT:
            return common_pb2.AnyValue(string_value=str(value))
        return common_pb2.AnyValue(int_value=value)
    if isinstance(value, float):
        return common_pb2.AnyValue(double_value=value)
    if isinstance(value, bytes):
        return common_pb2.AnyValue(bytes_value=value)
    if isinstance(value, Mapping):
        return common_pb2.AnyValue(kvlist_value=common_pb2.KeyValueList(values=_pairs(value)))
    return _array(value)


def _array(values: Sequence[AttributeValue]) -> common_pb2.AnyValue:
    array = common_pb2.ArrayValue(values=[_any(item) for item in values])
    return common_pb2.AnyValue(array_value=array)


def _time(value: int) -> int:
    return min(max(value, 0), _MAX_TIME)


def _text(value: str) -> str:
    """Return text that UTF-8 can hold: protobuf refuses lone surrogates."""
    if value.isascii():
        return value
    return value.encode("utf-8", "replace").decode("utf-8")
