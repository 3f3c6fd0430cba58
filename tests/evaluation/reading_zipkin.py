"""Zipkin's JSON, of API v2 and of v1 (annotations ``cs``, ``sr`` ... instead of kinds)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from tests.evaluation.spans import Seen, text

__all__ = ["zipkin_spans"]

_MICROSECOND = 1_000
_V1_KINDS = {"cs": "client", "cr": "client", "sr": "server", "ss": "server"}
_V1_KINDS |= {"ms": "producer", "mr": "consumer"}


def zipkin_spans(value: list[Any]) -> Iterator[Seen]:
    """Yield the spans of a list; a list of lists is a search's answer."""
    for item in value:
        if isinstance(item, list):
            yield from zipkin_spans(item)
        elif isinstance(item, dict) and "traceId" in item:
            yield from _v1(item) if "binaryAnnotations" in item or _core(item) else [_v2(item)]


def _v2(span: Mapping[str, Any]) -> Seen:
    tags = dict(span.get("tags") or {})
    local, remote = span.get("localEndpoint") or {}, span.get("remoteEndpoint") or {}
    start = int(span.get("timestamp") or 0) * _MICROSECOND
    said = text(tags.pop("otel.status_code", "")).lower()
    has_error = "error" in tags
    error = text(tags.pop("error", ""))
    return Seen(
        trace=text(span.get("traceId")).lower().zfill(32),
        span=text(span.get("id")).lower().zfill(16),
        parent=_parent(span),
        name=text(span.get("name")),
        kind=text(span.get("kind")).lower(),
        start=start,
        end=start + int(span.get("duration") or 0) * _MICROSECOND,
        service=_service(text(local.get("serviceName"))),
        attributes=tags | _remote(remote),
        status="error" if has_error and error != "false" else said if said != "unset" else "",
        message=text(tags.pop("otel.status_description", ""))
        or ("" if error in ("true", "false") else error),
        events=tuple((text(note.get("value")), {}) for note in span.get("annotations") or []),
    )


def _service(name: str) -> str:
    """Return a name that tells something: libraries without one write ``unknown``."""
    return "" if name.lower() == "unknown" else name


def _parent(span: Mapping[str, Any]) -> str:
    said = text(span.get("parentId")).lower()
    return said.zfill(16) if said.strip("0") else ""


def _remote(remote: Mapping[str, Any]) -> dict[str, Any]:
    found = {
        "zipkin.remote.service": text(remote.get("serviceName")),
        "zipkin.remote.address": text(remote.get("ipv4") or remote.get("ipv6")),
    }
    return {name: value for name, value in found.items() if value}


def _core(span: Mapping[str, Any]) -> bool:
    return "localEndpoint" not in span and any(
        note.get("value") in _V1_KINDS for note in span.get("annotations") or []
    )


def _v1(span: Mapping[str, Any]) -> list[Seen]:
    """Return a span for each kind whose annotations are there: v1 keeps both halves in one."""
    notes = span.get("annotations") or []
    tags: dict[str, Any] = {}
    remote: dict[str, Any] = {}
    owner = ""
    for note in span.get("binaryAnnotations") or []:
        endpoint = note.get("endpoint") or {}
        if note.get("key") in ("sa", "ca", "ma"):
            remote |= {text(note["key"]): endpoint}
        else:
            tags[text(note.get("key"))] = note.get("value")
            owner = owner or text(endpoint.get("serviceName"))
    kinds = dict.fromkeys(_V1_KINDS[n["value"]] for n in notes if n.get("value") in _V1_KINDS)
    return [_half(span, kind, tags, remote, owner) for kind in kinds or [""]]


def _half(
    span: Mapping[str, Any], kind: str, tags: dict[str, Any], remote: dict[str, Any], owner: str
) -> Seen:
    notes = [n for n in span.get("annotations") or [] if _V1_KINDS.get(n.get("value")) == kind]
    times = sorted(int(note.get("timestamp") or 0) for note in notes)
    start = times[0] if times else int(span.get("timestamp") or 0)
    end = times[-1] if len(times) > 1 else start + int(span.get("duration") or 0)
    local = (notes[0].get("endpoint") or {}) if notes else {}
    peer = remote.get("ca" if kind == "server" else "sa" if kind == "client" else "ma") or {}
    if not kind and "sa" in remote:  # a client that wrote no annotations
        kind, peer = "client", remote["sa"]
    error = text(tags.get("error"))
    return Seen(
        trace=text(span.get("traceId")).lower().zfill(32),
        span=text(span.get("id")).lower().zfill(16),
        parent=_parent(span),
        name=text(span.get("name")),
        kind=kind,
        start=start * _MICROSECOND,
        end=end * _MICROSECOND,
        service=text(local.get("serviceName")) or owner,
        attributes=tags | _remote(peer),
        status="error" if "error" in tags and error != "false" else "",
        message="" if error in ("true", "false") else error,
    )
