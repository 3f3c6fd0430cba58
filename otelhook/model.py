"""Spans and traces as plain values.

The shapes are those of OTLP (opentelemetry-proto 1.x, ``trace/v1/trace.proto``), reduced to what
a document needs. Ids are lower-case hex, times are integer nanoseconds since the Unix epoch,
attribute values are what OTLP's ``AnyValue`` can hold. Nothing here touches a clock, a file, the
environment or an OpenTelemetry package.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from types import MappingProxyType
from typing import NewType, TypeAlias

__all__ = [
    "AttributeValue",
    "Attributes",
    "Event",
    "Link",
    "Resource",
    "Scope",
    "Span",
    "SpanId",
    "SpanKind",
    "Status",
    "StatusCode",
    "Trace",
    "TraceId",
    "parse_span_id",
    "parse_trace_id",
]

TraceId = NewType("TraceId", str)
"""32 lower-case hex digits, not all zero."""

SpanId = NewType("SpanId", str)
"""16 lower-case hex digits, not all zero."""

_Scalar: TypeAlias = str | bool | int | float | bytes
AttributeValue: TypeAlias = (
    "_Scalar | Sequence[AttributeValue] | Mapping[str, AttributeValue] | None"
)
"""One attribute value: OTLP's ``AnyValue``. Sequences are tuples when otelhook makes them."""

Attributes: TypeAlias = Mapping[str, AttributeValue]

_EMPTY: Attributes = MappingProxyType({})


def _no_attributes() -> Attributes:
    return _EMPTY


class SpanKind(IntEnum):
    """OTLP ``Span.SpanKind``, with the same numbers."""

    UNSPECIFIED = 0
    INTERNAL = 1
    SERVER = 2
    CLIENT = 3
    PRODUCER = 4
    CONSUMER = 5


class StatusCode(IntEnum):
    """OTLP ``Status.StatusCode``, with the same numbers."""

    UNSET = 0
    OK = 1
    ERROR = 2


@dataclass(frozen=True, slots=True)
class Status:
    """What a span says of its own outcome."""

    code: StatusCode = StatusCode.UNSET
    message: str = ""


@dataclass(frozen=True, slots=True)
class Resource:
    """The entity that made a span: attributes such as ``service.name`` and ``host.name``."""

    attributes: Attributes = field(default_factory=_no_attributes)


@dataclass(frozen=True, slots=True)
class Scope:
    """The instrumentation scope that made a span."""

    name: str = ""
    version: str = ""


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened at ``time`` (ns) while a span was open."""

    time: int
    name: str
    attributes: Attributes = field(default_factory=_no_attributes)


@dataclass(frozen=True, slots=True)
class Link:
    """A span's pointer to a span that is not its parent."""

    trace_id: TraceId
    span_id: SpanId
    attributes: Attributes = field(default_factory=_no_attributes)


@dataclass(frozen=True, slots=True)
class Span:
    """One span, with the resource and scope it came from.

    ``start_time`` and ``end_time`` are nanoseconds on the clock of the span's own host; nothing
    promises that the end is not before the start. ``flags`` is OTLP's ``Span.flags`` (bit 8: the
    remote flag is known, bit 9: the parent is remote).
    """

    trace_id: TraceId
    span_id: SpanId
    parent_span_id: SpanId | None
    name: str
    kind: SpanKind
    start_time: int
    end_time: int
    attributes: Attributes = field(default_factory=_no_attributes)
    resource: Resource = field(default=Resource())
    scope: Scope = field(default=Scope())
    status: Status = field(default=Status())
    events: tuple[Event, ...] = ()
    links: tuple[Link, ...] = ()
    flags: int = 0
    trace_state: str = ""
    dropped_attributes_count: int = 0

    @property
    def identity(self) -> tuple[TraceId, SpanId, SpanKind, str, bool]:
        """What tells a span from all others; a span that was delivered twice has it twice.

        Zipkin lets a client and its server share an id, and with them every consumer of a message;
        a record without a start is a piece of a span, and not the span.
        """
        service = str(self.resource.attributes.get("service.name", ""))
        return self.trace_id, self.span_id, self.kind, service, self.start_time > 0


@dataclass(frozen=True, slots=True)
class Trace:
    """All spans that a source holds for one trace id, in no promised order."""

    trace_id: TraceId
    spans: tuple[Span, ...]


_HEX = re.compile(r"[0-9a-f]+")


def _parse_id(text: str, digits: int, noun: str) -> str:
    value = text.strip().lower()
    if len(value) > digits or not _HEX.fullmatch(value):
        message = f"{text!r} is not a {noun}: expected up to {digits} hex digits"
        raise ValueError(message)
    if not value.strip("0"):
        message = f"{text!r} is not a {noun}: an id of zeros is invalid"
        raise ValueError(message)
    return value.zfill(digits)


def parse_trace_id(text: str) -> TraceId:
    """Read a trace id in hex of any case; missing leading zeros (Tempo, Jaeger) are put back.

    Raises:
        ValueError: the text is not hex, too long, or zero.
    """
    return TraceId(_parse_id(text, 32, "trace id"))


def parse_span_id(text: str) -> SpanId:
    """Read a span id in hex of any case; missing leading zeros are put back.

    Raises:
        ValueError: the text is not hex, too long, or zero.
    """
    return SpanId(_parse_id(text, 16, "span id"))
