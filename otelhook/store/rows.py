"""Spans to rows and back."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from otelhook import attributes as keys
from otelhook.errors import DamagedDataError
from otelhook.model import Attributes, AttributeValue, Resource, Span
from otelhook.otlp import ReceivedSpan, decode_traces, encode_traces

__all__ = [
    "BODY_KEYS",
    "Body",
    "SpanRow",
    "body_of",
    "hash_of",
    "read_span",
    "searchable",
    "service_of",
    "span_row",
    "stored_integer",
]

SEARCHABLE = 256
"""Characters of the longest attribute value that can be searched for."""

BODY_KEYS = (keys.body_content("request"), keys.body_content("response"))
_STATUS = re.compile(r"[0-9]{3}")
_HASH_BYTES = 20
_MAX_INTEGER = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Body:
    """A body as it is kept: bytes, and whether they were a string."""

    is_text: bool
    content: bytes

    @property
    def hash(self) -> bytes:
        """The hash by which equal bodies are one; text and bytes of the same content differ."""
        kind = b"text" if self.is_text else b"bytes"
        return hashlib.blake2b(self.content, digest_size=_HASH_BYTES, person=kind).digest()

    @property
    def value(self) -> str | bytes:
        """The attribute's value."""
        return self.content.decode("utf-8") if self.is_text else self.content


@dataclass(frozen=True, slots=True)
class SpanRow:
    """What the store keeps of a span; bodies and resource are rows of their own."""

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


def body_of(span: Span) -> tuple[Body | None, Body | None]:
    """Return the span's request and response body, where it has them."""
    request, response = (_body(span.attributes.get(key)) for key in BODY_KEYS)
    return request, response


def encoded(span: Span) -> ReceivedSpan:
    """Return a span that was not received as protobuf with the content it would have."""
    kept = {
        key: value
        for key, value in span.attributes.items()
        if key not in BODY_KEYS or _body(value) is None
    }
    return ReceivedSpan(span, encode_traces((replace(span, attributes=kept, resource=Resource()),)))


def span_row(received: ReceivedSpan) -> SpanRow:
    """Return a span's row."""
    span = received.span
    method = _first(span.attributes, keys.HTTP_REQUEST_METHOD, keys.HTTP_METHOD_OLD)
    status = _first(span.attributes, keys.HTTP_RESPONSE_STATUS_CODE, keys.HTTP_STATUS_CODE_OLD)
    return SpanRow(
        trace_id=span.trace_id,
        span_id=span.span_id,
        kind=int(span.kind),
        parent_span_id=span.parent_span_id,
        service=service_of(span.resource),
        name=_text(span.name),
        start_time=stored_integer(span.start_time),
        end_time=stored_integer(span.end_time),
        status=int(span.status.code),
        http_method=_text(method) if isinstance(method, str) else None,
        http_status=_status(status),
        content=received.content,
    )


def read_span(
    content: bytes, resource: Resource, request: Body | None, response: Body | None
) -> Span:
    """Return the span that `span_row` and `body_of` took apart.

    Raises:
        DamagedDataError: the content is not one span of OTLP protobuf.
    """
    spans = decode_traces(content)
    if len(spans) != 1:
        message = f"a row holds {len(spans)} spans, expected 1"
        raise DamagedDataError(message)
    bodies = {
        key: body.value
        for key, body in zip(BODY_KEYS, (request, response), strict=True)
        if body is not None
    }
    return replace(spans[0], resource=resource, attributes={**spans[0].attributes, **bodies})


def searchable(span: Span) -> Iterator[tuple[str, str]]:
    """Yield key and text of each attribute value short enough to be searched for.

    A list gives one pair an element, so that a repeated header is found by each of its values.
    """
    for key, value in span.attributes.items():
        if key in BODY_KEYS:
            continue
        items = value if isinstance(value, list | tuple) else (value,)
        for item in items:
            text = _search_text(item)
            if text is not None and len(text) <= SEARCHABLE:
                yield _text(key), text


def service_of(resource: Resource) -> str:
    """Return ``service.name``, empty if the resource has none."""
    name = resource.attributes.get(keys.SERVICE_NAME)
    return _text(name) if isinstance(name, str) else ""


def hash_of(content: bytes) -> bytes:
    """Return the hash by which equal encodings of a resource are one."""
    return hashlib.blake2b(content, digest_size=_HASH_BYTES).digest()


def _body(value: AttributeValue) -> Body | None:
    if isinstance(value, str):
        return Body(is_text=True, content=value.encode("utf-8", "replace"))
    if isinstance(value, bytes):
        return Body(is_text=False, content=value)
    return None


def _search_text(value: AttributeValue) -> str | None:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, int | float):
        return str(value)
    return None


def _first(attributes: Attributes, *names: str) -> AttributeValue:
    return next((attributes[name] for name in names if name in attributes), None)


def _status(value: AttributeValue) -> int | None:
    if isinstance(value, int) and not isinstance(value, bool):
        return stored_integer(value)
    # Some tools write it as a string.
    return int(value) if isinstance(value, str) and _STATUS.fullmatch(value) else None


def stored_integer(value: int) -> int:
    """Return what SQLite can hold; OTLP's times are unsigned."""
    return max(-_MAX_INTEGER - 1, min(value, _MAX_INTEGER))


def _text(value: str) -> str:
    """Return what SQLite takes: Unicode without lone surrogates."""
    return value if value.isascii() else value.encode("utf-8", "replace").decode("utf-8")
