"""A trace that says one text wherever a service can say anything."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache

from otelhook.model import (
    AttributeValue,
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
from tests.sequence.test_hostile_attributes import read_keys

__all__ = ["hostile_trace"]

START = 1_750_000_000_000_000_000
MILLISECOND = 1_000_000

_keys = cache(read_keys)


def hostile_trace(text: str, number: int = 1) -> Sequence[Span]:
    """Return spans of several protocols, of which names, services and values are the text."""
    trace = TraceId(f"{number:032x}")

    def span(
        place: int, parent: int | None, kind: SpanKind, attributes: Mapping[str, AttributeValue]
    ) -> Span:
        begun = START + place * MILLISECOND
        return Span(
            trace_id=trace,
            span_id=SpanId(f"{place:016x}"),
            parent_span_id=None if parent is None else SpanId(f"{parent:016x}"),
            name=text,
            kind=kind,
            start_time=begun,
            end_time=START + 100 * MILLISECOND - place * MILLISECOND,
            attributes=attributes,
            resource=Resource(
                {"service.name": f"{place % 3} {text}", "host.name": text, "k": text}
            ),
            scope=Scope(text, text),
            status=Status(StatusCode.ERROR, text),
            events=(
                Event(
                    begun,
                    "exception",
                    {
                        "exception.type": text,
                        "exception.message": text,
                        "exception.stacktrace": f"Traceback\n  {text}",
                    },
                ),
                Event(begun, text, {text: text}),
            ),
            links=(Link(TraceId("f" * 32), SpanId("f" * 16), {"k": text}),),
            trace_state=text,
        )

    http: Mapping[str, AttributeValue] = {
        "http.request.method": "POST",
        "http.response.status_code": 503,
        "url.full": f"http://{text}/{text}?{text}#{text}",
        "url.path": f"/{text}",
        "url.query": f"q={text}",
        "http.route": f"/{text}",
        "server.address": text,
        "server.port": 80,
        "error.type": text,
        "http.request.header.content-type": (text,),
        f"http.request.header.{text}": (text,),
        "http.response.header.location": (text,),
        "http.response.header.x": (text, text),
        "http.request.body.content": text,
        "http.response.body.content": f'{{"{_quoted(text)}": ["{_quoted(text)}"]}}',
    }
    everything: Mapping[str, AttributeValue] = dict.fromkeys(_keys(), text)
    return (
        span(1, None, SpanKind.SERVER, http),
        span(2, 1, SpanKind.CLIENT, http),
        span(3, 2, SpanKind.SERVER, http),
        span(4, 3, SpanKind.CLIENT, _family("db.", {"db.system.name": "postgresql"}, text)),
        span(5, 3, SpanKind.PRODUCER, _family("messaging.", {"messaging.system": "kafka"}, text)),
        span(6, 3, SpanKind.CLIENT, _family("rpc.", {"rpc.system": "grpc"}, text)),
        span(7, 3, SpanKind.CLIENT, _family("gen_ai.", {"gen_ai.operation.name": "chat"}, text)),
        span(8, 1, SpanKind.CLIENT, everything),
        span(
            9,
            1,
            SpanKind.INTERNAL,
            {text: text, "k": (text, text), "b": text.encode("utf-8", "replace")},
        ),
    )


def _family(
    prefix: str, known: Mapping[str, AttributeValue], text: str
) -> Mapping[str, AttributeValue]:
    return {key: text for key in _keys() if key.startswith(prefix)} | dict(known)


def _quoted(text: str) -> str:
    """Return text for JSON that somebody writes by hand: as it is, but for what ends it."""
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
