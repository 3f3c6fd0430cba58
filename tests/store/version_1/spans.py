"""Spans that a store of the first form was made of by the otelhook of then (``store.sql``)."""

from __future__ import annotations

from otelhook.model import (
    Event,
    Link,
    Resource,
    Scope,
    Span,
    SpanId,
    SpanKind,
    Status,
    StatusCode,
    TraceId,
)

__all__ = ["RECEIVED", "SPANS"]

RECEIVED = (1_700_000_000_000_000_000, 1_700_000_100_000_000_000)
"""When each half was written, ns."""

_BEGUN = 1_699_999_990_000_000_000
_IMAGE = Resource({"service.name": "image", "process.pid": 7, "service.instance.id": "a"})
_IDENTITY = Resource({"service.name": "identity", "host.cpus": 1.5, "k8s": True})


def _span(trace: int, span: int, parent: int | None, **changes: object) -> Span:
    values: dict[str, object] = {
        "trace_id": TraceId(f"{trace:032x}"),
        "span_id": SpanId(f"{span:016x}"),
        "parent_span_id": None if parent is None else SpanId(f"{parent:016x}"),
        "name": "GET /v2/images",
        "kind": SpanKind.SERVER,
        "start_time": _BEGUN + 1_000_000 * (100 * trace + span),
        "end_time": _BEGUN + 1_000_000 * (100 * trace + span + 20),
        "resource": _IMAGE,
        "scope": Scope("otelhook", "0.1.0"),
    }
    return Span(**(values | changes))  # type: ignore[arg-type]


SPANS = (
    _span(
        *(1, 1, None),
        attributes={
            "http.request.method": "GET",
            "http.response.status_code": 200,
            "url.path": "/v2/images",
            "http.request.header.accept": ("text/html", "application/json"),
            "http.response.body.content": '{"images": ["ü"]}',
        },
        events=(Event(_BEGUN, "e", {"k": (1, 2)}),),
        trace_state="a=b",
        flags=1,
    ),
    _span(*(1, 2, 1), kind=SpanKind.CLIENT, name="GET"),
    _span(*(1, 2, 1), resource=_IDENTITY, status=Status(StatusCode.ERROR, "no")),
    _span(
        *(2, 3, None),
        resource=_IDENTITY,
        attributes={
            "http.request.body.content": b"\x00\xff binary",
            "http.response.body.content": '{"images": ["ü"]}',
            "nested": {"a": (1, None, True)},
            "http.status_code": "503",
        },
        links=(Link(TraceId("1" * 32), SpanId("2" * 16)),),
    ),
)
