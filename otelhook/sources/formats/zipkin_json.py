"""The JSON of Zipkin's API v2 (``zipkin2-api.yaml``) as spans.

Times are microseconds and every tag is text. What OpenTelemetry says beside (status, scope) is in
tags, as its Zipkin exporters write it ("OpenTelemetry to Zipkin Transformation"). A client and
its server may share one span id; the server's half is then marked ``shared``.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final, cast

from otelhook import attributes as key
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
from otelhook.sources.formats.shapes import Json, object_of, objects_of, parent_of, read_each

__all__ = ["EXAMPLE", "is_zipkin", "read_span", "read_zipkin"]

EXAMPLE: Final = """\
[{"traceId": "463ac35c9f6413ad", "id": "72485a3953bb6124", "kind": "CLIENT",
  "name": "get /v2/images", "timestamp": 1764450000000000, "duration": 10000,
  "localEndpoint": {"serviceName": "shop", "ipv4": "10.0.0.1"},
  "remoteEndpoint": {"serviceName": "image", "ipv4": "10.0.0.2", "port": 9292},
  "tags": {"http.method": "GET", "http.url": "http://image/v2/images"}}]
"""

_MICROSECOND: Final = 1_000
_STATUS: Final = "otel.status_code"
_STATUS_MESSAGE: Final = "otel.status_description"
_ERROR: Final = "error"
_NO_ERROR: Final = ("false", "none")
"""What bridges and Micrometer write although the tag's presence alone means an error."""

_SCOPES: Final = (
    ("otel.scope.name", "otel.scope.version"),
    ("otel.library.name", "otel.library.version"),
)
_KINDS: Final = {kind: SpanKind[kind] for kind in ("CLIENT", "SERVER", "PRODUCER", "CONSUMER")}
_RESOURCE: Final = (key.SERVICE_NAMESPACE, key.SERVICE_INSTANCE_ID, key.HOST_ID, key.HOST_NAME)
"""Of the resource's attributes, which Zipkin has among the span's tags: those that tell one
instance from another."""


def is_zipkin(value: Json) -> bool:
    """Recognise a span: both ids under these names, which OTLP, Jaeger and consoles do not have."""
    return "traceId" in value and "id" in value


def read_zipkin(value: object) -> Decoded:
    """Return the spans of one answer.

    Args:
        value: the parsed JSON: a list of spans (one trace), or of lists of spans (a search).

    Raises:
        DamagedDataError: it is not of that shape.
    """
    return read_each(_flat(value), lambda span: [read_span(span)], "the JSON of Zipkin's /api/v2")


def read_span(span: Json) -> Span:
    """Read one span.

    Raises:
        ValueError: an id or a time cannot be read.
        TypeError: it has another shape.
    """
    tags: dict[str, AttributeValue] = {
        str(name): value if isinstance(value, str) else json.dumps(value)
        for name, value in object_of(span.get("tags")).items()
    }
    start = int(span.get("timestamp") or 0) * _MICROSECOND
    _ends(tags, span)
    resource = _resource(span, tags)
    status = _status(tags)
    scope = _scope(tags)
    return Span(
        trace_id=parse_trace_id(str(span.get("traceId") or "")),
        span_id=parse_span_id(str(span.get("id") or "")),
        parent_span_id=parent_of(span.get("parentId")),
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
            for note in objects_of(span.get("annotations"))
        ),
    )


def _resource(span: Json, tags: dict[str, AttributeValue]) -> Resource:
    found: dict[str, AttributeValue] = {}
    service = str(object_of(span.get("localEndpoint")).get("serviceName") or "")
    if service:
        found[key.SERVICE_NAME] = service
    for name in _RESOURCE:
        if name in tags:
            found[name] = tags.pop(name)
    return Resource(found)


def _ends(tags: dict[str, AttributeValue], span: Json) -> None:
    """Return who is at the other end, where the tags do not."""
    remote = object_of(span.get("remoteEndpoint"))
    address = str(remote.get("ipv4") or remote.get("ipv6") or "")
    port = remote.get("port")
    if remote.get("serviceName"):
        tags.setdefault(key.PEER_SERVICE, str(remote["serviceName"]))
    if str(span.get("kind") or "").upper() == "SERVER":
        if address:
            tags.setdefault(key.CLIENT_ADDRESS, address)
        return
    if key.SERVER_ADDRESS in tags or key.NET_PEER_NAME_OLD in tags:
        return
    if address:
        tags[key.SERVER_ADDRESS] = address
    if port:
        tags.setdefault(key.SERVER_PORT, int(port))


def _status(tags: dict[str, AttributeValue]) -> Status:
    """Read the status; ``error`` alone is how clients older than OpenTelemetry say it."""
    said = str(tags.pop(_STATUS, "")).upper()
    code = StatusCode[said] if said in StatusCode.__members__ else StatusCode.UNSET
    message = str(tags.pop(_STATUS_MESSAGE, ""))
    if _ERROR in tags and tags[_ERROR] not in _NO_ERROR:
        error = str(tags.pop(_ERROR))
        code = StatusCode.ERROR
        message = message or ("" if error == "true" else error)
    return Status(code, message)


def _scope(tags: dict[str, AttributeValue]) -> Scope:
    """Take both names that versions have for the scope, keep the first."""
    found = [(str(tags.pop(name, "")), str(tags.pop(version, ""))) for name, version in _SCOPES]
    return Scope(*next((pair for pair in found if pair[0]), ("", "")))


def _flat(value: object) -> Iterator[Json]:
    """Yield the objects of a list, or of a list of lists."""
    if not isinstance(value, list):
        message = f"expected a list, got {type(value).__name__}"
        raise TypeError(message)
    for item in cast("list[object]", value):
        if isinstance(item, list):
            yield from _flat(cast("list[object]", item))
        else:
            yield object_of(item)
