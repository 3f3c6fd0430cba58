"""SDK spans to OTLP bytes, in messages of a bounded size, without ever raising."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.sdk.trace import ReadableSpan

__all__ = ["Message", "batches", "messages", "size_of"]

_logger = logging.getLogger(__name__)

# What OTLP adds, measured: a span's ids, times, name and flags; a key's and a value's headers.
_SPAN_BYTES = 160
_PAIR_BYTES = 12


@dataclass(frozen=True, slots=True)
class Message:
    """One encoded ``TracesData`` and how many spans it holds."""

    data: bytes
    spans: int


def batches(spans: Sequence[ReadableSpan], limit: int) -> Iterator[Sequence[ReadableSpan]]:
    """Yield the spans in order, in runs estimated to encode to at most ``limit`` bytes each.

    A span that is larger on its own is a run on its own.
    """
    start, total = 0, 0
    for index, span in enumerate(spans):
        size = size_of(span)
        if index > start and total + size > limit:
            yield spans[start:index]
            start, total = index, 0
        total += size
    if start < len(spans):
        yield spans[start:]


def messages(spans: Sequence[ReadableSpan], limit: int) -> Iterator[Message]:
    """Yield the spans encoded, in messages of about ``limit`` bytes at most.

    A span that cannot be encoded (a name that is no Unicode) is left out; the sum of the
    messages' ``spans`` says so.
    """
    for batch in batches(spans, limit):
        message = _encoded(batch)
        if message is not None:
            yield message
        elif len(batch) > 1:
            yield from (one for span in batch if (one := _encoded((span,))) is not None)


def _encoded(spans: Sequence[ReadableSpan]) -> Message | None:
    try:
        return Message(encode_spans(spans).SerializeToString(), len(spans))
    except Exception as error:  # noqa: BLE001 - protobuf raises what it likes
        _logger.debug("%d spans cannot be encoded together: %s", len(spans), error)
        return None


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
    return sum(_PAIR_BYTES + len(key) + _value(value) for key, value in attributes.items())


def _value(value: object) -> int:
    if isinstance(value, str):
        # A character is up to four bytes; asking is quicker than encoding.
        return len(value) if value.isascii() else len(value.encode("utf-8", "replace"))
    if isinstance(value, bytes):
        return len(value)
    if isinstance(value, list | tuple):
        return sum(_PAIR_BYTES // 3 + _value(item) for item in value)  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    return 9
