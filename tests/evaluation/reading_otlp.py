"""OTLP as JSON (and Tempo's forms of it), and what the SDKs' console exporters print."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from tests.evaluation.spans import Seen, text

__all__ = ["console_span", "otlp_spans"]

_KINDS = ("", "internal", "server", "client", "producer", "consumer")
_STATUS = ("", "ok", "error")
_TRACE, _SPAN = 32, 16


def otlp_spans(value: Mapping[str, Any]) -> Iterator[Seen]:
    """Yield the spans of one ``TracesData`` or of Tempo's ``batches``."""
    for batch in _list(value, "resourceSpans", "resource_spans", "batches"):
        resource = _attributes(batch.get("resource"))
        scopes = _list(
            batch,
            "scopeSpans",
            "scope_spans",
            "instrumentationLibrarySpans",
            "instrumentation_library_spans",
        )
        for scope in scopes:
            said = _first(scope, "scope", "instrumentationLibrary") or {}
            for span in _list(scope, "spans"):
                yield _span(span, resource, text(said.get("name")))


def _span(span: Mapping[str, Any], resource: Mapping[str, Any], scope: str) -> Seen:
    status = span.get("status") or {}
    return Seen(
        trace=_id(_first(span, "traceId", "trace_id"), _TRACE),
        span=_id(_first(span, "spanId", "span_id"), _SPAN),
        parent=_id(_first(span, "parentSpanId", "parent_span_id"), _SPAN),
        name=text(span.get("name")),
        kind=_member(span.get("kind"), _KINDS, "SPAN_KIND_"),
        start=int(_first(span, "startTimeUnixNano", "start_time_unix_nano") or 0),
        end=int(_first(span, "endTimeUnixNano", "end_time_unix_nano") or 0),
        service=text(resource.get("service.name")),
        attributes=_attributes(span),
        resource=resource,
        scope=scope,
        status=_member(status.get("code"), _STATUS, "STATUS_CODE_"),
        message=text(status.get("message")),
        events=tuple((text(e.get("name")), _attributes(e)) for e in _list(span, "events")),
        links=tuple(
            (
                _id(_first(link, "traceId", "trace_id"), _TRACE),
                _id(_first(link, "spanId", "span_id"), _SPAN),
            )
            for link in _list(span, "links")
        ),
    )


def console_span(value: Mapping[str, Any]) -> Seen:
    """Read one object of the Python SDK's console exporter."""
    context, status = value["context"], value.get("status") or {}
    resource = value.get("resource") or {}
    attributes = resource.get("attributes") or resource
    return Seen(
        trace=_id(context.get("trace_id"), _TRACE),
        span=_id(context.get("span_id"), _SPAN),
        parent=_id(value.get("parent_id"), _SPAN),
        name=text(value.get("name")),
        kind=text(value.get("kind")).rpartition(".")[2].lower(),
        start=_moment(value.get("start_time")),
        end=_moment(value.get("end_time")),
        service=text(attributes.get("service.name")),
        attributes=value.get("attributes") or {},
        resource=attributes,
        status=_member(status.get("status_code"), _STATUS, "STATUS_CODE_"),
        message=text(status.get("description")),
        events=tuple(
            (text(e.get("name")), e.get("attributes") or {}) for e in value.get("events") or []
        ),
        links=tuple(
            (_id(c.get("trace_id"), _TRACE), _id(c.get("span_id"), _SPAN))
            for c in (link.get("context") or {} for link in value.get("links") or [])
        ),
    )


def _moment(value: object) -> int:
    try:
        return int(datetime.fromisoformat(text(value).replace("Z", "+00:00")).timestamp() * 1e9)
    except ValueError:
        return 0


def _member(value: object, names: tuple[str, ...], prefix: str) -> str:
    if isinstance(value, int) or text(value).isdigit():
        number = int(text(value))
        return names[number] if number < len(names) else ""
    said = text(value).removeprefix(prefix).lower()
    return said if said in names else ""


def _id(value: object, digits: int) -> str:
    """Return an id as hex; some writers have base64, some leave leading zeros out."""
    said = text(value).removeprefix("0x")
    try:
        number = int(said, 16)
    except ValueError:
        try:
            raw = base64.b64decode(said, validate=True)
        except (binascii.Error, ValueError):
            return ""
        number = int.from_bytes(raw, "big") if len(raw) * 2 == digits else 0
    return f"{number:0{digits}x}"[-digits:] if number else ""


def _attributes(owner: object) -> dict[str, Any]:
    if not isinstance(owner, dict):
        return {}
    return {
        text(pair.get("key")): _value(pair.get("value"))
        for pair in owner.get("attributes") or []
        if isinstance(pair, dict)
    }


def _value(value: object) -> Any:
    if not isinstance(value, dict) or not value:
        return value if not isinstance(value, dict) else None
    kind, content = next(iter(value.items()))
    if kind in ("arrayValue", "array_value"):
        return [_value(item) for item in (content or {}).get("values", [])]
    if kind in ("kvlistValue", "kvlist_value"):
        return {p.get("key"): _value(p.get("value")) for p in (content or {}).get("values", [])}
    if kind in ("intValue", "int_value"):
        return int(content)
    return content


def _first(owner: Mapping[str, Any], *names: str) -> Any:
    return next((owner[name] for name in names if owner.get(name) is not None), None)


def _list(owner: Mapping[str, Any], *names: str) -> list[Any]:
    found = _first(owner, *names)
    return [item for item in found if isinstance(item, dict)] if isinstance(found, list) else []
