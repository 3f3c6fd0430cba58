"""The JSON of Zipkin's API v2 (``zipkin2-api.yaml``) as spans.

Times are microseconds and every tag is text. What OpenTelemetry says beside (status, scope) is in
tags, as its Zipkin exporters write it ("OpenTelemetry to Zipkin Transformation"). A client and
its server may share one span id; the server's half is then marked ``shared``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final, TypeAlias, cast

from otelhook import attributes as key
from otelhook.errors import DamagedDataError
from otelhook.model import (
    AttributeValue,
    Event,
    Resource,
    Scope,
    Span,
    SpanKind,
    Status,
    StatusCode,
    parse_span_id,
    parse_trace_id,
)
from otelhook.otlp import Decoded

__all__ = ["read_zipkin"]

_Json: TypeAlias = Mapping[str, Any]

_MICROSECOND: Final = 1_000
_STATUS: Final = "otel.status_code"
_STATUS_MESSAGE: Final = "otel.status_description"
_ERROR: Final = "error"
_SCOPES: Final = (
    ("otel.scope.name", "otel.scope.version"),
    ("otel.library.name", "otel.library.version"),
)
_KINDS: Final = {kind: SpanKind[kind] for kind in ("CLIENT", "SERVER", "PRODUCER", "CONSUMER")}
_RESOURCE: Final = (key.SERVICE_NAMESPACE, key.SERVICE_INSTANCE_ID, key.HOST_ID, key.HOST_NAME)
"""Of the resource's attributes, which Zipkin has among the span's tags: those that tell one
instance from another."""


def read_zipkin(value: object) -> Decoded:
    """Return the spans of one answer.

    Args:
        value: the parsed JSON: a list of spans (one trace), or of lists of spans (a search).

    Raises:
        DamagedDataError: it is not of that shape.
    """
    spans: list[Span] = []
    skipped: list[str] = []
    try:
        for span in _objects(value):
            try:
                spans.append(_span(span))
            except (ValueError, OverflowError) as error:  # noqa: PERF203 - one bad span
                skipped.append(f"span {span.get('name', '')!r} left out: {error}")
    except (TypeError, RecursionError) as error:
        message = f"not the JSON of Zipkin's /api/v2: {error}"
        raise DamagedDataError(message) from None
    return Decoded(tuple(spans), tuple(skipped))


def _span(span: _Json) -> Span:
    tags: dict[str, AttributeValue] = {
        str(name): str(value) for name, value in _object(span.get("tags")).items()
    }
    start = int(span.get("timestamp") or 0) * _MICROSECOND
    parent = str(span.get("parentId") or "")
    _ends(tags, span)
    resource = _resource(span, tags)
    status = _status(tags)
    scope = _scope(tags)
    return Span(
        trace_id=parse_trace_id(str(span.get("traceId") or "")),
        span_id=parse_span_id(str(span.get("id") or "")),
        parent_span_id=parse_span_id(parent) if parent.strip("0") else None,
        name=str(span.get("name") or ""),
        kind=_KINDS.get(str(span.get("kind") or "").upper(), SpanKind.INTERNAL),
        start_time=start,
        end_time=start + int(span.get("duration") or 0) * _MICROSECOND,
        attributes=tags,
        resource=resource,
        scope=scope,
        status=status,
        events=tuple(
            Event(int(note.get("timestamp") or 0) * _MICROSECOND, str(note.get("value") or ""))
            for note in _objects(span.get("annotations") or [])
        ),
    )


def _resource(span: _Json, tags: dict[str, AttributeValue]) -> Resource:
    found: dict[str, AttributeValue] = {}
    service = str(_object(span.get("localEndpoint")).get("serviceName") or "")
    if service:
        found[key.SERVICE_NAME] = service
    for name in _RESOURCE:
        if name in tags:
            found[name] = tags.pop(name)
    return Resource(found)


def _ends(tags: dict[str, AttributeValue], span: _Json) -> None:
    """Say who is at the other end, where the tags do not."""
    remote = _object(span.get("remoteEndpoint"))
    address = str(remote.get("ipv4") or remote.get("ipv6") or "")
    if str(span.get("kind") or "").upper() == "SERVER":
        if address:
            tags.setdefault(key.CLIENT_ADDRESS, address)
        return
    if remote.get("serviceName"):
        tags.setdefault(key.PEER_SERVICE, str(remote["serviceName"]))
    if address and key.SERVER_ADDRESS not in tags and key.NET_PEER_NAME_OLD not in tags:
        tags[key.SERVER_ADDRESS] = address
        if remote.get("port"):
            tags.setdefault(key.SERVER_PORT, int(remote["port"]))


def _status(tags: dict[str, AttributeValue]) -> Status:
    """Read the status; ``error`` alone is how clients older than OpenTelemetry say it."""
    said = str(tags.pop(_STATUS, "")).upper()
    code = StatusCode[said] if said in StatusCode.__members__ else StatusCode.UNSET
    message = str(tags.pop(_STATUS_MESSAGE, ""))
    if _ERROR in tags:
        error = str(tags.pop(_ERROR))
        code = StatusCode.ERROR
        message = message or ("" if error == "true" else error)
    return Status(code, message)


def _scope(tags: dict[str, AttributeValue]) -> Scope:
    """Take both names that versions have for the scope, keep the first."""
    found = [(str(tags.pop(name, "")), str(tags.pop(version, ""))) for name, version in _SCOPES]
    return Scope(*next((pair for pair in found if pair[0]), ("", "")))


def _object(value: object) -> _Json:
    if value is None:
        return {}
    if not isinstance(value, dict):
        message = f"expected an object, got {type(value).__name__}"
        raise TypeError(message)
    return cast("_Json", value)


def _objects(value: object) -> Iterator[_Json]:
    """Yield the objects of a list, or of a list of lists."""
    if not isinstance(value, list):
        message = f"expected a list, got {type(value).__name__}"
        raise TypeError(message)
    for item in cast("list[object]", value):
        if isinstance(item, list):
            yield from _objects(cast("list[object]", item))
        else:
            yield _object(item)
