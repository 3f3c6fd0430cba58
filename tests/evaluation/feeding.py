"""Give otelhook the same file, and take the Document's JSON back.

otelhook reads the file itself where it can. Where it refuses, it is given the spans that the
evaluation's own reader found, and the refusal is told.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from otelhook.errors import OtelhookError
from otelhook.model import (
    Event,
    Link,
    Resource,
    Scope,
    Span,
    SpanKind,
    Status,
    StatusCode,
    parse_span_id,
    parse_trace_id,
)
from otelhook.render import render
from otelhook.sequence.compose import compose
from otelhook.settings import Settings
from otelhook.sources import open_source
from otelhook.sources.formats.jaeger_v1 import read_jaeger_v1
from otelhook.sources.formats.zipkin_json import read_zipkin
from tests.evaluation.spans import Seen, Trace

__all__ = ["documents_of"]


def documents_of(path: Path | None, traces: Iterable[Trace]) -> tuple[dict[str, Any], bool]:
    """Return for each trace id its document's JSON, with its page as ``page``, and whether
    otelhook read the file itself.
    """
    found = _read_by_otelhook(path) if path is not None else None
    spans = found or {trace.id: _converted(trace) for trace in traces}
    documents = {}
    for name, held in spans.items():
        document = compose(held)
        page = str(render(document, "markdown"))
        documents[name] = json.loads(render(document, "json")) | {"page": page}
    return documents, found is not None


def _read_by_otelhook(path: Path) -> Mapping[str, tuple[Span, ...]] | None:
    for spec in (str(path), f"otlp:{path}"):
        with suppress(OtelhookError, ValueError):
            source = open_source(spec, Settings())
            return {name: source.trace(name).spans for name in source.newest(10_000)} or None
    try:
        value = json.loads(path.read_bytes())
    except ValueError:
        return None
    for reader in (read_jaeger_v1, read_zipkin):
        with suppress(OtelhookError):
            spans: dict[str, list[Span]] = {}
            for span in reader(value).spans:
                spans.setdefault(span.trace_id, []).append(span)
            if spans:
                return {name: tuple(held) for name, held in spans.items()}
    return None


def _converted(trace: Trace) -> tuple[Span, ...]:
    found = []
    for span in trace.spans:
        with suppress(ValueError):
            found.append(_span(span))
    return tuple(found)


def _span(span: Seen) -> Span:
    attributes = dict(span.attributes)
    for name, known in (
        ("zipkin.remote.service", "peer.service"),
        ("zipkin.remote.address", "net.peer.ip"),
    ):
        if name in attributes:
            attributes.setdefault(known, attributes.pop(name))
    resource = dict(span.resource) | ({"service.name": span.service} if span.service else {})
    return Span(
        trace_id=parse_trace_id(span.trace),
        span_id=parse_span_id(span.span),
        parent_span_id=parse_span_id(span.parent) if span.parent else None,
        name=span.name,
        kind=SpanKind[(span.kind or "unspecified").upper()],
        start_time=span.start,
        end_time=span.end,
        attributes=attributes,
        resource=Resource(resource),
        scope=Scope(span.scope),
        status=Status(StatusCode[(span.status or "unset").upper()], span.message),
        events=tuple(Event(span.start, name, fields) for name, fields in span.events),
        links=tuple(
            Link(parse_trace_id(link[0]), parse_span_id(link[1]))
            for link in span.links
            if all(link)
        ),
    )
