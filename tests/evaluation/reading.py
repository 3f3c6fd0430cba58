"""Read traces out of whatever a tool wrote: OTLP, Jaeger, Zipkin (v1, v2), console exporters.

This reader is the evaluation's own and tolerant: what is not a span is passed over, what is
half a span is read as far as it goes.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.evaluation.reading_jaeger import jaeger_spans
from tests.evaluation.reading_otlp import console_span, otlp_spans
from tests.evaluation.reading_zipkin import zipkin_spans
from tests.evaluation.spans import Seen, Trace

__all__ = ["read_file", "read_value"]

_ID = re.compile("[0-9a-f]{16}([0-9a-f]{16})?")
_ENVELOPES = ("data", "trace", "result")
_BATCHES = ("resourceSpans", "resource_spans", "batches")


def read_file(path: Path) -> tuple[Trace, ...]:
    """Return the file's traces in order of first appearance."""
    content = path.read_bytes().decode("utf-8", "replace").lstrip("\ufeff")
    return read_value(*_values(content))


def read_value(*values: object) -> tuple[Trace, ...]:
    """Return the traces of parsed JSON values."""
    found: dict[tuple[str, str, str], Seen] = {}
    for value in values:
        for span in _spans(value):
            if not (_ID.fullmatch(span.trace) and _ID.fullmatch(span.span)):
                continue
            known = found.setdefault((span.trace, span.span, span.kind), span)
            if known.end < span.end:
                found[span.trace, span.span, span.kind] = span
    traces: dict[str, list[Seen]] = {}
    for span in _with_halves(_named(_without_pieces(list(found.values())))):
        traces.setdefault(span.trace, []).append(span)
    return tuple(Trace(name, tuple(spans)) for name, spans in traces.items())


def _values(content: str) -> Iterator[object]:
    """Yield one JSON value after another; text between them is passed over."""
    decoder = json.JSONDecoder()
    at = 0
    while at < len(content):
        while at < len(content) and content[at] not in "{[":
            at += 1
        if at == len(content):
            return
        try:
            value, at = decoder.raw_decode(content, at)
        except ValueError:
            at = _next_line(content, at)
            continue
        yield value


def _next_line(content: str, at: int) -> int:
    found = content.find("\n", at)
    return len(content) if found < 0 else found + 1


def _spans(value: object) -> Iterator[Seen]:
    if isinstance(value, list):
        if any(_is_zipkin(item) for item in value):
            yield from zipkin_spans(value)
        else:
            for item in value:
                yield from _spans(item)
    elif isinstance(value, dict):
        yield from _spans_of(value)


def _spans_of(value: dict[str, Any]) -> Iterator[Seen]:
    within = next((value[name] for name in _ENVELOPES if _holds(value.get(name))), None)
    if any(isinstance(value.get(name), list) for name in _BATCHES):
        yield from otlp_spans(value)
    elif isinstance(value.get("spans"), list) and _is_jaeger(value):
        yield from jaeger_spans(value)
    elif within is not None:
        yield from _spans(within)
    elif isinstance(value.get("context"), dict) and "name" in value:
        yield console_span(value)
    elif _is_zipkin(value):
        yield from zipkin_spans([value])


def _holds(value: object) -> bool:
    return isinstance(value, (list, dict))


def _is_jaeger(value: dict[str, Any]) -> bool:
    return "processes" in value or any(
        isinstance(span, dict) and "operationName" in span for span in value["spans"]
    )


def _is_zipkin(value: object) -> bool:
    return (
        isinstance(value, dict)
        and "traceId" in value
        and "id" in value
        and not isinstance(value.get("context"), dict)
    )


def _without_pieces(spans: list[Seen]) -> list[Seen]:
    """Drop what was reported of a span before its time was known, once the span is there.

    Zipkin shows such records as one span with the later one of the same service and id.
    """
    timed = {(span.trace, span.span, span.service) for span in spans if span.start > 0}
    return [
        span
        for span in spans
        if span.start > 0 or span.kind or (span.trace, span.span, span.service) not in timed
    ]


def _named(spans: list[Seen]) -> list[Seen]:
    """Give a caller that says no service that of the server whose work it is."""
    servers = {(span.trace, span.span): span for span in spans if span.kind == "server"}
    callers = {(span.trace, span.span) for span in spans if span.kind == "client"}
    return [
        replace(span, service=servers[span.trace, span.parent].service)
        if span.kind == "client"
        and not span.service
        and (span.trace, span.parent) in servers.keys() - callers
        else span
        for span in spans
    ]


def _with_halves(spans: list[Seen]) -> Iterator[Seen]:
    """Tell the halves of an id that two sides share apart, and whose child a span is.

    Zipkin's clients share ids, and Zipkin's spans keep theirs through a Collector. A span of the
    server's service hangs below the server's half; any other below the client's, if that is the
    only one of its service.
    """
    sides: dict[tuple[str, str], dict[str, Seen]] = {}
    for span in spans:
        sides.setdefault((span.trace, span.span), {}).setdefault(span.kind, span)
    for span in spans:
        shared = span.kind == "server" and "client" in sides[span.trace, span.span]
        above = {} if shared else sides.get((span.trace, span.parent), {})
        both = "client" in above and "server" in above
        below = both and span.service != above["client"].service
        alike = both and above["client"].service == above["server"].service
        yield replace(span, shared=shared, parent_shared=below or alike)
