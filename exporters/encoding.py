"""SDK spans to OTLP bytes, each once, packed into messages of a bounded size."""

from __future__ import annotations

import logging
import marshal
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.util.instrumentation import InstrumentationScope
from opentelemetry.trace import SpanContext

from otelhook.attributes import body_content
from otelhook.otlp.wire import block, fixed32, fixed64, number, pairs, text

__all__ = ["Encoded", "encode", "encode_span", "pack", "runs", "size_of"]

_logger = logging.getLogger(__name__)

# What OTLP adds, measured: a span's ids, times, name and flags; a key's and a value's headers.
_SPAN_BYTES = 160
_PAIR_BYTES = 12
_MARSHAL_BYTES = 4
"""What stands before a short key and a short value as the interpreter writes them."""
_LARGE = (body_content("request"), body_content("response"))
"""Attributes that are measured without being written."""

_GROUP_BYTES = 12
"""Tags and lengths of a resource's and a scope's group."""

_HAS_IS_REMOTE = 0x100
_IS_REMOTE = 0x200
"""``SpanFlags`` of trace.proto: whether the parent is known to be remote, and whether it is."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """A span and its bytes: the field of a ``ScopeSpans`` that holds it."""

    span: ReadableSpan
    data: bytes


def encode(spans: Sequence[ReadableSpan]) -> list[Encoded]:
    """Encode the spans, in order. One that cannot be encoded is left out."""
    return [one for span in spans if (one := _encoded(span)) is not None]


def _encoded(span: ReadableSpan) -> Encoded | None:
    try:
        return Encoded(span, encode_span(span))
    except Exception as error:  # noqa: BLE001 - a span may hold anything
        _logger.debug("a span cannot be encoded: %s", error)
        return None


def runs(encoded: Sequence[Encoded], limit: int) -> Iterator[Sequence[Encoded]]:
    """Yield the spans in order, in runs that pack to at most about ``limit`` bytes each.

    A span that is larger on its own is a run on its own. What a resource and a scope take, once
    a message, is not counted: a few hundred bytes.
    """
    start, total = 0, 0
    for index, one in enumerate(encoded):
        size = len(one.data)
        if index > start and total + size > limit:
            yield encoded[start:index]
            start, total = index, 0
        total += size
    if start < len(encoded):
        yield encoded[start:]


def pack(encoded: Sequence[Encoded]) -> bytes:
    """Return one ``TracesData`` (or ``ExportTraceServiceRequest``: they have the same bytes)."""
    groups: dict[Resource, dict[InstrumentationScope | None, list[bytes]]] = {}
    last: tuple[object, object] | None = None
    members: list[bytes] = []
    for one in encoded:
        resource, scope = one.span.resource, one.span.instrumentation_scope or None
        # A batch is nearly always of one resource, whose hash is slow, and of few scopes.
        if last is None or last[0] is not resource or last[1] is not scope:
            last = (resource, scope)
            members = groups.setdefault(resource, {}).setdefault(scope, [])
        members.append(one.data)
    return b"".join([_resource_spans(resource, scopes) for resource, scopes in groups.items()])


def _resource_spans(
    resource: Resource, scopes: Mapping[InstrumentationScope | None, Sequence[bytes]]
) -> bytes:
    attributes: list[bytes] = []
    pairs(b"\x0a", resource.attributes, attributes)
    parts = [block(b"\x0a", b"".join(attributes))]
    for scope, spans in scopes.items():
        url = text(b"\x1a", scope.schema_url) if scope else b""
        parts.append(block(b"\x12", b"".join([block(b"\x0a", _scope(scope)), *spans, url])))
    parts.append(text(b"\x1a", resource.schema_url))
    return block(b"\x0a", b"".join(parts))


def _scope(scope: InstrumentationScope | None) -> bytes:
    if scope is None:
        return b""
    parts = [text(b"\x0a", scope.name), text(b"\x12", scope.version)]
    if scope.attributes:
        pairs(b"\x1a", scope.attributes, parts)
    return b"".join(parts)


def encode_span(span: ReadableSpan) -> bytes:
    """Return the field of a ``ScopeSpans`` that holds the span.

    Raises:
        ValueError: the span has no context, and so no ids.
    """
    context = span.get_span_context()
    if context is None:
        message = "a span without a context has no ids"
        raise ValueError(message)
    parent = span.parent
    state = context.trace_state
    parts = [
        b"\x0a\x10" + context.trace_id.to_bytes(16, "big"),
        b"\x12\x08" + context.span_id.to_bytes(8, "big"),
        text(b"\x1a", ",".join([f"{key}={value}" for key, value in state.items()]))
        if state
        else b"",
        b"\x22\x08" + parent.span_id.to_bytes(8, "big") if parent else b"",
        text(b"\x2a", span.name),
        number(b"\x30", span.kind.value + 1),
        fixed64(b"\x39", span.start_time),
        fixed64(b"\x41", span.end_time),
    ]
    _append_pairs(b"\x4a", span.attributes, parts)
    parts.append(number(b"\x50", span.dropped_attributes))
    for event in span.events:
        held = [fixed64(b"\x09", event.timestamp), text(b"\x12", event.name)]
        _append_pairs(b"\x1a", event.attributes, held)
        held.append(number(b"\x20", event.dropped_attributes))
        parts.append(block(b"\x5a", b"".join(held)))
    parts.append(number(b"\x60", span.dropped_events))
    for link in span.links:
        held = [
            b"\x0a\x10" + link.context.trace_id.to_bytes(16, "big"),
            b"\x12\x08" + link.context.span_id.to_bytes(8, "big"),
        ]
        _append_pairs(b"\x22", link.attributes, held)
        held.append(number(b"\x28", link.dropped_attributes))
        held.append(fixed32(b"\x35", _flags(link.context)))
        parts.append(block(b"\x6a", b"".join(held)))
    parts.append(number(b"\x70", span.dropped_links))
    status = span.status
    said = text(b"\x12", status.description) + number(b"\x18", status.status_code.value)
    parts.append(block(b"\x7a", said))
    parts.append(fixed32(b"\x85\x01", _flags(parent)))
    data = b"".join(parts)
    return block(b"\x12", data)


def _append_pairs(tag: bytes, attributes: Mapping[str, object] | None, into: list[bytes]) -> None:
    if attributes:
        pairs(tag, _plain(attributes), into)


def _flags(parent: SpanContext | None) -> int:
    return _HAS_IS_REMOTE | _IS_REMOTE if parent and parent.is_remote else _HAS_IS_REMOTE


def size_of(span: ReadableSpan) -> int:
    """Return about how many bytes a span encodes to (within a few percent for large ones)."""
    size = _SPAN_BYTES + len(span.name) + _pairs(span.attributes)
    for event in span.events:
        size += _PAIR_BYTES + len(event.name) + _pairs(event.attributes)
    for link in span.links:
        size += _SPAN_BYTES // 4 + _pairs(link.attributes)
    return size


def _pairs(attributes: Mapping[str, object] | None) -> int:
    if not attributes:
        return 0
    items = _plain(attributes)
    size = _PAIR_BYTES * len(items)
    for key in _LARGE:
        value = items.pop(key, None)
        if value is not None:
            size += len(key) + _value(value)
    # A request's thread does this: what the interpreter writes of all others has about their size,
    # and takes a fifth of the time of a look at each.
    try:
        return size + len(marshal.dumps(items)) - _MARSHAL_BYTES * len(items)
    except ValueError:  # a kind that it does not write
        return size + sum(len(key) + _value(value) for key, value in items.items())


def _value(value: object) -> int:
    if isinstance(value, str):
        # A character is up to four bytes; asking is quicker than encoding.
        return len(value) if value.isascii() else len(value.encode("utf-8", "replace"))
    if isinstance(value, bytes):
        return len(value)
    if isinstance(value, list | tuple):
        size = 0
        for item in cast("Sequence[object]", value):
            short = type(item) is str and item.isascii()
            size += _PAIR_BYTES // 3 + (len(cast("str", item)) if short else _value(item))
        return size
    return (
        _value(tuple(cast("Mapping[str, object]", value).values()))
        if isinstance(value, Mapping)
        else 9
    )


def _plain(attributes: Mapping[str, object]) -> dict[str, object]:
    """Return a copy of the attributes as a plain dict: the SDK's mapping is slow to walk."""
    copy: Callable[[], dict[str, object]] | None = getattr(attributes, "copy", None)
    return dict(attributes) if copy is None else copy()
