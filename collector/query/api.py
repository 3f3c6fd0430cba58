"""Jaeger's query API on our store, so that tools for Jaeger read it: what each path answers.

Functions from a store and parameters to an answer: the third API, and of the first what Jaeger's
page and Grafana's Jaeger data source use. Spans are given as they are stored, without Jaeger's
adjustments of clocks and names. Answers are bounded in traces, in spans and in seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from otelhook.collector.query.parameters import (
    Parameters,
    kind_named,
    query_v1,
    query_v3,
    service_named,
    trace_id_of,
    window,
)
from otelhook.collector.query.v1 import jaeger_trace
from otelhook.errors import ConfigError, NotRecordedError
from otelhook.jaeger_tags import NO_SERVICE
from otelhook.model import Span, TraceId
from otelhook.otlp import traces_object
from otelhook.store import Query, Store

__all__ = ["V1", "V3", "Answering", "Ask", "errors_v1", "errors_v3", "whole_trace"]

MOST_SPANS: Final = 50_000
MOST_BYTES: Final = 64 * 1024**2
"""Spans and bytes, as stored, in one answer: a search gives fewer traces then, and a trace that
is larger is refused."""


@dataclass(frozen=True, slots=True)
class Ask:
    """One question: what stands in the path, the parameters, and the time in ns."""

    part: str
    parameters: Parameters
    now: int

    def one(self, name: str) -> str:
        """Return a parameter's first value, empty if it is not there."""
        values = self.parameters.get(name, ())
        return values[0] if values else ""


Answering: TypeAlias = Callable[[Store, Ask], dict[str, Any]]


def errors_v1(status: int, message: str) -> dict[str, Any]:
    """Return an error in the form of ``/api``."""
    return _structured(None) | {"errors": [{"code": status, "msg": message}]}


def errors_v3(status: int, message: str) -> dict[str, Any]:
    """Return an error in the form of ``/api/v3``, which is that of grpc-gateway."""
    return {"error": {"httpCode": status, "message": message}}


# -- the third API -----------------------------------------------------------------------------


def _trace_v3(store: Store, ask: Ask) -> dict[str, Any]:
    spans = whole_trace(store, trace_id_of(ask.part))
    if not spans:
        message = "No traces found"
        raise NotRecordedError(message)
    return {"result": traces_object(spans)}


def _search_v3(store: Store, ask: Ask) -> dict[str, Any]:
    asked = query_v3(ask.parameters)
    spans = [span for _, found in _traces(store, asked.query, asked.limit) for span in found]
    if not spans:
        message = "No traces found"
        raise NotRecordedError(message)
    return {"result": traces_object(spans)}


def _summaries_v3(store: Store, ask: Ask) -> dict[str, Any]:
    asked = query_v3(ask.parameters)
    found = store.summaries(store.search(asked.query, asked.limit).traces)
    listed = [
        _filled(
            traceId=summary.trace_id,
            rootServiceName=summary.root.service,
            rootOperationName=summary.root.name,
            minStartTimeUnixNano=str(summary.start_time),
            maxEndTimeUnixNano=str(summary.end_time),
            spanCount=summary.spans,
            errorSpanCount=summary.errors,
            orphanSpanCount=summary.orphans,
            services=[
                _filled(name=count.service, spanCount=count.spans, errorSpanCount=count.errors)
                for count in summary.services
            ],
        )
        for summary in found
    ]
    return {"summaries": listed} if listed else {}


def _services_v3(store: Store, ask: Ask) -> dict[str, Any]:  # noqa: ARG001 - as the others
    return _filled(services=_services(store))


def _operations_v3(store: Store, ask: Ask) -> dict[str, Any]:
    wanted = kind_named(ask.one("spanKind") or ask.one("span_kind"))
    return _filled(
        operations=[
            {"name": name, "spanKind": kind.name.lower() if kind else "internal"}
            for name, kind in store.operations(service_named(ask.one("service")))
            if wanted is None or kind is wanted
        ]
    )


# -- the first API -----------------------------------------------------------------------------


def _trace_v1(store: Store, ask: Ask) -> dict[str, Any]:
    trace_id = trace_id_of(ask.part)
    spans = whole_trace(store, trace_id)
    if not spans:
        message = "trace not found"
        raise NotRecordedError(message)
    return _structured([jaeger_trace(trace_id, spans)])


def _search_v1(store: Store, ask: Ask) -> dict[str, Any]:
    named = ask.parameters.get("traceID", ())
    if named:
        return _named_v1(store, [trace_id_of(text) for text in named])
    asked = query_v1(ask.parameters, ask.now)
    return _structured([jaeger_trace(*found) for found in _traces(store, asked.query, asked.limit)])


def _named_v1(store: Store, wanted: Sequence[TraceId]) -> dict[str, Any]:
    found = {trace_id: whole_trace(store, trace_id) for trace_id in wanted}
    missing = [
        {"msg": "trace not found", "traceID": trace_id}
        for trace_id, spans in found.items()
        if not spans
    ]
    traces = [jaeger_trace(trace_id, spans) for trace_id, spans in found.items() if spans]
    return _structured(traces) | {"errors": missing or None}


def _services_v1(store: Store, ask: Ask) -> dict[str, Any]:  # noqa: ARG001 - as the others
    names = _services(store)
    return _structured(names or None) | {"total": len(names)}


def _operations_of_v1(store: Store, ask: Ask) -> dict[str, Any]:
    names = sorted({name for name, _ in store.operations(service_named(ask.part))})
    return _structured(names) | {"total": len(names)}


def _operations_v1(store: Store, ask: Ask) -> dict[str, Any]:
    service = ask.one("service")
    if not service:
        message = "parameter 'service' is required"
        raise ConfigError(message)
    wanted = kind_named(ask.one("spanKind"))
    found = [
        {"name": name, "spanKind": kind.name.lower() if kind else ""}
        for name, kind in store.operations(service_named(service))
        if wanted is None or kind is wanted
    ]
    return _structured(found) | {"total": len(found)}


def _dependencies_v1(store: Store, ask: Ask) -> dict[str, Any]:
    about = ask.one("service")
    return _structured(
        [
            {"parent": parent, "child": child, "callCount": call.count}
            for call in store.calls(*window(ask.parameters, ask.now))
            for parent, child in [(call.parent or NO_SERVICE, call.child or NO_SERVICE)]
            if about in {"", parent, child}
        ]
    )


V3: Final[tuple[tuple[str, Answering], ...]] = (
    ("/api/v3/traces/{part}", _trace_v3),
    ("/api/v3/traces", _search_v3),
    ("/api/v3/trace-summaries", _summaries_v3),
    ("/api/v3/services", _services_v3),
    ("/api/v3/operations", _operations_v3),
)
"""The paths of the third API, with ``part`` for what stands in them."""

V1: Final[tuple[tuple[str, Answering], ...]] = (
    ("/api/traces/{part}", _trace_v1),
    ("/api/traces", _search_v1),
    ("/api/services", _services_v1),
    ("/api/services/{part:path}/operations", _operations_of_v1),
    ("/api/operations", _operations_v1),
    ("/api/dependencies", _dependencies_v1),
)


def whole_trace(store: Store, trace_id: TraceId) -> tuple[Span, ...]:
    """Return the spans of a trace, none if it is not there.

    Raises:
        ConfigError: it is too large for an answer.
    """
    extent = store.extent(trace_id)
    if extent.spans > MOST_SPANS or extent.bytes > MOST_BYTES:
        message = (
            f"trace {trace_id} has {extent.spans:,} spans with {extent.bytes:,} bytes, too many "
            f"for one answer: read it with otelhook render {trace_id}"
        )
        raise ConfigError(message)
    return store.trace(trace_id)


def _traces(store: Store, query: Query, limit: int) -> Iterator[tuple[TraceId, tuple[Span, ...]]]:
    """Yield traces as long as they fit into an answer."""
    spans_left, bytes_left = MOST_SPANS, MOST_BYTES
    for trace_id in store.search(query, limit).traces:
        extent = store.extent(trace_id)
        spans_left -= extent.spans
        bytes_left -= extent.bytes
        if spans_left < 0 or bytes_left < 0:
            return
        spans = store.trace(trace_id)
        if spans:  # retention may have come in between
            yield trace_id, spans


def _services(store: Store) -> list[str]:
    return sorted(name or NO_SERVICE for name in store.services())


def _structured(data: object) -> dict[str, Any]:
    return {"data": data, "total": 0, "limit": 0, "offset": 0, "errors": None}


def _filled(**fields: object) -> dict[str, Any]:
    """Leave out zero values, as protobuf's JSON does."""
    return {name: value for name, value in fields.items() if value not in ("", 0, [])}
