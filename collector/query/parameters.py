"""What a query asks, out of the parameters of Jaeger's two query APIs.

The names are Jaeger's (``cmd/query/app/query_parser.go`` of 1.76 and ``apiv3/query_parser.go``),
those of older versions too; so is what is required, and what a malformed one is told.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any, Final, TypeAlias, cast

from otelhook.errors import ConfigError
from otelhook.jaeger_tags import NO_SERVICE
from otelhook.model import SpanKind, TraceId, parse_trace_id
from otelhook.store import MAX_TIME, Query

__all__ = [
    "MOST_TRACES",
    "Asked",
    "go_duration",
    "kind_named",
    "query_v1",
    "query_v3",
    "service_named",
    "trace_id_of",
    "window",
]

Parameters: TypeAlias = Mapping[str, Sequence[str]]
"""Every value of each parameter, in order."""

MOST_TRACES: Final = 1_500
"""Traces in one answer, whatever was asked: what Jaeger's page asks for at most."""

_DEPTH: Final = 100
_LOOKBACK: Final = 2 * 86_400 * 10**9
_DAY: Final = 86_400 * 10**9
_UNITS: Final = {"ns": 1, "us": 10**3, "µs": 10**3, "μs": 10**3, "ms": 10**6}
_LONG_UNITS: Final = {"s": 10**9, "m": 60 * 10**9, "h": 3_600 * 10**9}
_PART: Final = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|μs|ms|s|m|h)")
_RFC3339: Final = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt](\d\d:\d\d:\d\d)(?:\.(\d{1,9})\d*)?([Zz]|[+-]\d\d:\d\d)"
)
_LONGEST: Final = 100
_NUMBER: Final = re.compile(r"-?\d{1,20}")
_BASE64_IDS: Final = (22, 24)
_ID_BYTES: Final = (8, 16)


@dataclass(frozen=True, slots=True)
class Asked:
    """One search: what for, and how many traces at most."""

    query: Query
    limit: int


def query_v1(parameters: Parameters, now: int) -> Asked:
    """Read the parameters of ``/api/traces``: times in µs, durations such as ``1.2s``.

    Args:
        parameters: as they came.
        now: ns since the epoch; what is asked without times is asked of the two days before.

    Raises:
        ConfigError: a parameter is missing or malformed.
    """
    service = _one(parameters, "service")
    if not service:
        message = "parameter 'service' is required"
        raise ConfigError(message)
    end = _microseconds(parameters, "end", now)
    lookback = _one(parameters, "lookback")
    back = _LOOKBACK
    if lookback and lookback != "custom":
        back = _lookback(lookback)
    start = _microseconds(parameters, "start", end - back)
    took = _range(
        _duration(parameters, "minDuration"), _duration(parameters, "maxDuration"), "maxDuration"
    )
    tags = dict(_tags_v1(parameters))
    query = _with_tags(
        service_named(service),
        _one(parameters, "operation"),
        tags,
        started=(max(start, 0), min(end, MAX_TIME)),
        took=took,
    )
    return Asked(query, _limit(parameters, "limit", _DEPTH))


def query_v3(parameters: Parameters) -> Asked:
    """Read the parameters of ``/api/v3/traces`` and ``/api/v3/trace-summaries``.

    Raises:
        ConfigError: a parameter is missing or malformed.
    """
    if _one(parameters, "query.filter"):
        message = "query.filter is not supported: use query.attributes"
        raise ConfigError(message)
    names = ("query.startTimeMin", "query.startTimeMax")
    first, last = (_either(parameters, name) for name in names)
    if not first or not last:
        message = f"{names[0]} and {names[1]} are required"
        raise ConfigError(message)
    start, end = (_time(*pair) for pair in zip(names, (first, last), strict=True))
    if start >= end:
        message = f"{names[0]} must be before {names[1]}"
        raise ConfigError(message)
    least, most = (
        _span_of(name, _either(parameters, name))
        for name in ("query.durationMin", "query.durationMax")
    )
    service = _either(parameters, "query.serviceName")
    attributes = _one(parameters, "query.attributes")
    query = _with_tags(
        service_named(service) if service else None,
        _either(parameters, "query.operationName"),
        _object("query.attributes", attributes) if attributes else {},
        started=(max(start, 0), min(end, MAX_TIME)),
        took=_range(least, most, "query.durationMax"),
    )
    depth = "query.searchDepth" if _either(parameters, "query.searchDepth") else "query.num_traces"
    return Asked(query, _limit(parameters, depth, _DEPTH))


def window(parameters: Parameters, now: int) -> tuple[int, int]:
    """Read ``endTs`` and ``lookback`` of ``/api/dependencies``, both in milliseconds, as ns.

    Raises:
        ConfigError: one is not a number.
    """
    end = _integer(parameters, "endTs", now // 10**6) * 10**6
    back = _integer(parameters, "lookback", _DAY // 10**6) * 10**6
    return max(min(end - back, MAX_TIME), 0), max(min(end, MAX_TIME), 0)


def trace_id_of(text: str) -> TraceId:
    """Read a trace id: hex of up to 32 digits, else base64 of its bytes.

    Raises:
        ConfigError: it is neither.
    """
    try:
        return parse_trace_id(text)
    except ValueError as error:
        said = str(error)
    if len(text) in _BASE64_IDS:
        try:
            data = base64.b64decode(text.replace("-", "+").replace("_", "/") + "==")
            if len(data) in _ID_BYTES:
                return parse_trace_id(data.hex())
        except (binascii.Error, ValueError):
            pass
    raise ConfigError(said)


def service_named(name: str) -> str:
    """Return a service's name in the store: Jaeger has one for spans that name none."""
    return "" if name == NO_SERVICE else name


def kind_named(name: str) -> SpanKind | None:
    """Return the kind of this name in any case, None for no name.

    Raises:
        ConfigError: there is no such kind.
    """
    if not name:
        return None
    if name.upper() not in SpanKind.__members__:
        message = f"unsupported span kind: {name[:_LONGEST]!r}"
        raise ConfigError(message)
    return SpanKind[name.upper()]


def go_duration(text: str) -> int:
    """Read a duration as Go writes it, such as ``1.5s``, ``100ms`` or ``1h2m``, as ns.

    Raises:
        ValueError: it is none.
    """
    parts = _PART.findall(text) if len(text) <= _LONGEST else []
    if text == "0":
        return 0
    if not parts or "".join(number + unit for number, unit in parts) != text:
        message = f"invalid duration {text[:_LONGEST]!r}: expected one such as 1.5s or 100ms"
        raise ValueError(message)
    units = _UNITS | _LONG_UNITS
    return min(int(sum(float(number) * units[unit] for number, unit in parts)), MAX_TIME)


def _with_tags(
    service: str | None,
    name: str,
    tags: Mapping[str, str],
    *,
    started: tuple[int, int],
    took: tuple[int, int],
) -> Query:
    """Ask for tags; those that Jaeger has and OpenTelemetry has fields for ask the fields."""
    rest = dict(tags)
    error = rest.pop("error", "")
    kind = rest.pop("span.kind", "")
    code = rest.pop("otel.status_code", "").upper()
    return Query(
        service=service,
        name="" if name == "all" else name,
        attributes=tuple(rest.items()),
        kind=kind_named(kind),
        failed=True if error == "true" or code == "ERROR" else False if error or code else None,
        started=started,
        took=took,
    )


def _tags_v1(parameters: Parameters) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for text in parameters.get("tag", ()):
        name, colon, value = text.partition(":")
        if not colon:
            message = "malformed 'tag' parameter, expecting key:value"
            raise ConfigError(message)
        found.append((name, value))
    for text in parameters.get("tags", ()):
        found += _object("tags", text).items()
    return found


def _object(name: str, text: str) -> dict[str, str]:
    message = f"malformed parameter {name}: expected a JSON object of strings"
    try:
        value: object = json.loads(text)
    except (ValueError, RecursionError):
        raise ConfigError(message) from None
    if not isinstance(value, dict):
        raise ConfigError(message)
    found = cast("dict[str, Any]", value)
    if not all(isinstance(item, str) for item in found.values()):
        raise ConfigError(message)
    return found


def _one(parameters: Parameters, name: str) -> str:
    values = parameters.get(name, ())
    return values[0] if values else ""


def _either(parameters: Parameters, name: str) -> str:
    """Return a parameter of v3 by its name, or by the name of older versions."""
    older = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()
    return _one(parameters, name) or _one(parameters, older)


def _integer(parameters: Parameters, name: str, otherwise: int) -> int:
    text = _one(parameters, name)
    if not text:
        return otherwise
    if not _NUMBER.fullmatch(text):
        message = f"unable to parse param '{name}': {text[:_LONGEST]!r} is not a number"
        raise ConfigError(message)
    return int(text)


def _microseconds(parameters: Parameters, name: str, otherwise: int) -> int:
    return _integer(parameters, name, otherwise // 1000) * 1000


def _limit(parameters: Parameters, name: str, otherwise: int) -> int:
    older = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()
    limit = _integer(parameters, name if _one(parameters, name) else older, otherwise)
    if limit <= 0:
        message = f"malformed parameter {name}: expected a number above zero"
        raise ConfigError(message)
    return min(limit, MOST_TRACES)


def _duration(parameters: Parameters, name: str) -> int:
    return _span_of(name, _one(parameters, name))


def _span_of(name: str, text: str) -> int:
    try:
        return go_duration(text) if text else 0
    except ValueError as error:
        message = f"unable to parse param '{name}': {error}"
        raise ConfigError(message) from None


def _lookback(text: str) -> int:
    """Read a lookback as Jaeger's page writes it: a duration that may also be in days."""
    number = text.removesuffix("d")
    if number != text and number.isdecimal():
        return min(int(number[:_LONGEST]) * _DAY, MAX_TIME)
    return _span_of("lookback", text)


def _range(least: int, most: int, name: str) -> tuple[int, int]:
    if most and most < least:
        message = f"'{name}' should be greater than the minimum duration"
        raise ConfigError(message)
    return least, most or MAX_TIME


def _time(name: str, text: str) -> int:
    """Read a time of RFC 3339, down to the nanosecond, as ns since the epoch."""
    match = _RFC3339.fullmatch(text)
    try:
        if match is None:
            raise ValueError(text)  # noqa: TRY301 - both are said below
        zone = match[4].upper().replace("Z", "+00:00")
        moment = datetime.fromisoformat(f"{match[1]}T{match[2]}{zone}").astimezone(timezone.utc)
        seconds = int((moment - datetime(1970, 1, 1, tzinfo=timezone.utc)).total_seconds())
    except (ValueError, OverflowError):
        message = (
            f"malformed parameter {name}: {text[:_LONGEST]!r} is not a time in RFC 3339's form"
        )
        raise ConfigError(message) from None
    return seconds * 10**9 + int((match[3] or "").ljust(9, "0"))
