"""Jaeger's JSON: its page's "Download JSON", its query API's answers, its test data."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from tests.evaluation.spans import Seen, text

__all__ = ["jaeger_spans"]

_MICROSECOND = 1_000


def jaeger_spans(trace: Mapping[str, Any]) -> Iterator[Seen]:
    """Yield the spans of one trace with its ``processes``."""
    processes = trace.get("processes") or {}
    for span in trace["spans"]:
        if isinstance(span, dict):
            process = span.get("process") or processes.get(span.get("processID")) or {}
            yield _span(span, process)


def _span(span: Mapping[str, Any], process: Mapping[str, Any]) -> Seen:
    tags = _tags(span.get("tags"))
    trace = text(span.get("traceID")).lower().zfill(32)
    parent, links = _references(span, trace)
    start = int(span.get("startTime") or 0) * _MICROSECOND
    error = text(tags.pop("error", ""))
    status = text(tags.pop("otel.status_code", "")).lower()
    if error and error.lower() != "false":
        status = "error"
    return Seen(
        trace=trace,
        span=text(span.get("spanID")).lower().zfill(16),
        parent=parent,
        name=text(span.get("operationName")),
        kind=text(tags.pop("span.kind", "")).lower(),
        start=start,
        end=start + int(span.get("duration") or 0) * _MICROSECOND,
        service=text(process.get("serviceName")),
        attributes=tags,
        resource=_tags(process.get("tags")),
        scope=text(tags.get("otel.scope.name") or tags.get("otel.library.name")),
        status=status if status in ("ok", "error") else "",
        message=text(tags.pop("otel.status_description", ""))
        or ("" if error in ("", "true", "false") else error),
        events=tuple(_event(log) for log in span.get("logs") or []),
        links=links,
    )


def _references(span: Mapping[str, Any], trace: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    """Return the parent (the first CHILD_OF in the trace, else the first other) and the rest."""
    found = [
        (
            text(item.get("traceID")).lower().zfill(32),
            text(item.get("spanID")).lower().zfill(16),
            item.get("refType") == "CHILD_OF",
        )
        for item in span.get("references") or []
    ]
    within = [item for item in found if item[0] == trace]
    parents = [item for item in within if item[2]] or within
    old = text(span.get("parentSpanID"))
    if not parents and old.strip("0"):
        return old.lower().zfill(16), ()
    rest = tuple(item[:2] for item in found if item not in parents[:1])
    return (parents[0][1] if parents else ""), rest


def _event(log: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]]:
    fields = _tags(log.get("fields"))
    return text(fields.get("event") or fields.get("message")), fields


def _tags(found: object) -> dict[str, Any]:
    tags = {}
    for tag in found if isinstance(found, list) else []:
        value = tag.get("value")
        if isinstance(value, (dict, list)):
            value = json.dumps(value)
        tags[text(tag.get("key"))] = value
    return tags
