"""What the readers of JSON formats ask of a value's shape."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any, Final, TypeAlias, TypeGuard

from otelhook.errors import DamagedDataError
from otelhook.model import (
    Attributes,
    AttributeValue,
    Link,
    Span,
    SpanId,
    SpanKind,
    Status,
    StatusCode,
    parse_span_id,
    parse_trace_id,
)
from otelhook.otlp import Decoded, attribute_pairs

__all__ = [
    "Json",
    "attribute_value",
    "attributes_of",
    "is_list",
    "is_object",
    "kind_named",
    "links_to",
    "moment",
    "object_of",
    "objects_of",
    "otlp_of",
    "parent_of",
    "read_each",
    "status_named",
    "unix_nanoseconds",
]

Json: TypeAlias = Mapping[str, Any]
"""An object, as ``json`` reads it."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=timezone.utc)
_MICROSECOND: Final = timedelta(microseconds=1)
_TIME: Final = re.compile(
    r"(\d{4}-\d\d-\d\d)[T ](\d\d:\d\d:\d\d)(?:[.,](\d{1,9})\d*)?\s?(Z|[+-]\d\d:?\d\d)?(?: UTC)?"
)
_DEPTH: Final = 100
_LISTS: Final = ("events", "links")
_KINDS: Final[Mapping[str, SpanKind]] = SpanKind.__members__
_CODES: Final[Mapping[str, StatusCode]] = {
    **StatusCode.__members__,
    **{str(int(code)): code for code in StatusCode},
}


def is_object(value: object) -> TypeGuard[Json]:
    """Recognise an object."""
    return isinstance(value, dict)


def is_list(value: object) -> TypeGuard[list[object]]:
    """Recognise a list."""
    return isinstance(value, list)


def object_of(value: object) -> Json:
    """Return a value that is an object; nothing is an empty one.

    Raises:
        TypeError: it is something else.
    """
    if value is None:
        return {}
    if not is_object(value):
        message = f"expected an object, got {type(value).__name__}"
        raise TypeError(message)
    return value


def objects_of(value: object) -> Iterator[Json]:
    """Yield the objects of a list; nothing is an empty one.

    Raises:
        TypeError: it is not a list, or holds something else.
    """
    if value is None:
        return
    if not is_list(value):
        message = f"expected a list, got {type(value).__name__}"
        raise TypeError(message)
    for item in value:
        yield object_of(item)


def read_each(
    entries: Iterator[Json], read: Callable[[Json], Sequence[Span]], form: str
) -> Decoded:
    """Read one entry after another; one whose values cannot be is left out and reported.

    Args:
        entries: each a span, or what a few are read from.
        read: raises ValueError if the entry is to be left out, TypeError if it has another shape.
        form: what the entries should be, for messages: ``Zipkin's JSON``.

    Raises:
        DamagedDataError: an entry has another shape.
    """
    spans: list[Span] = []
    skipped: list[str] = []
    try:
        for entry in entries:
            try:
                spans += read(entry)
            except (ValueError, OverflowError) as error:  # noqa: PERF203 - one bad span
                name = entry.get("name") or entry.get("Name") or entry.get("operationName") or ""
                skipped.append(f"span {name!r} left out: {error}")
    except (AttributeError, KeyError, TypeError, RecursionError) as error:
        message = f"not {form}: {error}"
        raise DamagedDataError(message) from None
    return Decoded(tuple(spans), tuple(skipped))


def parent_of(value: object) -> SpanId | None:
    """Return a parent's id; None for nothing and for zeros, which is how some write nothing.

    Raises:
        ValueError: it is not a span id.
    """
    text = str(value or "")
    return parse_span_id(text) if text.strip("0") else None


def kind_named(name: object) -> SpanKind:
    """Return a kind by OTLP's name of it, or its last word in any case: ``Server``."""
    return _KINDS.get(str(name).upper().removeprefix("SPAN_KIND_"), SpanKind.UNSPECIFIED)


def status_named(code: object, message: object) -> Status:
    """Return a status by OTLP's number or name of its code, or that name's last word."""
    name = str(code).upper().removeprefix("STATUS_CODE_")
    return Status(_CODES.get(name, StatusCode.UNSET), str(message or ""))


def links_to(trace_id: object, span_id: object, attributes: Attributes) -> Iterator[Link]:
    """Yield a link, or none if its ids lead nowhere."""
    try:
        ids = parse_trace_id(str(trace_id or "")), parse_span_id(str(span_id or ""))
    except ValueError:
        return
    yield Link(*ids, attributes)


def attributes_of(value: object) -> Attributes:
    """Return an object as attributes; PHP prints an empty one as an empty list.

    Raises:
        TypeError: it is something else.
        ValueError: it is nested too deep.
    """
    if value == []:
        return {}
    return {name: attribute_value(item) for name, item in object_of(value).items()}


def attribute_value(value: object, depth: int = 0) -> AttributeValue:
    """Return a JSON value as an attribute's: lists become tuples.

    Raises:
        ValueError: it is nested too deep.
    """
    if depth > _DEPTH:
        message = f"attributes nested deeper than {_DEPTH}"
        raise ValueError(message)
    if is_list(value):
        return tuple(attribute_value(item, depth + 1) for item in value)
    if is_object(value):
        return {name: attribute_value(item, depth + 1) for name, item in value.items()}
    return value if isinstance(value, str | bool | int | float) else None


def moment(value: object) -> int:
    """Return a time as nanoseconds since the epoch: RFC 3339, or a number of them already.

    Nothing is zero: a span that was printed before it ended has no end.

    Raises:
        ValueError: it is neither.
    """
    if value is None or value == "":
        return 0
    if isinstance(value, int | float) and not isinstance(value, bool):
        return int(value)
    match = _TIME.match(str(value))
    if match is None:
        message = f"{value!r} is not a time"
        raise ValueError(message)
    date, clock, fraction, zone = match.groups()
    offset = "+00:00" if zone in (None, "Z") else f"{zone[:3]}:{zone[-2:]}"
    whole = datetime.fromisoformat(f"{date}T{clock}{offset}") - _EPOCH
    return whole // _MICROSECOND * 1_000 + int((fraction or "").ljust(9, "0"))


def otlp_of(resource: Attributes, scope: Json, span: Json) -> dict[str, Any]:
    """Return OTLP JSON of one span.

    Args:
        resource: its attributes.
        scope: as OTLP has it.
        span: as OTLP has it, but for its attributes and those of its events and links, which are
            mappings.
    """
    resource_spans = {
        "resource": {"attributes": attribute_pairs(resource)},
        "scopeSpans": [{"scope": scope, "spans": [_with_pairs(span)]}],
    }
    return {"resourceSpans": [resource_spans]}


def _with_pairs(part: Json) -> Json:
    """Return a span, an event or a link with attributes as OTLP has them, those within it too."""
    lists = {name: [_with_pairs(one) for one in part[name]] for name in _LISTS if name in part}
    return {**part, **lists, "attributes": attribute_pairs(part["attributes"])}


def unix_nanoseconds(text: str) -> str:
    """Return a printed time as OTLP's JSON has it; what is none stays, for the reader to name."""
    try:
        return str(moment(text))
    except ValueError:
        return text
