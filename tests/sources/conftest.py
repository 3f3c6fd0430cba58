"""One set of traces, in every form that a source can read."""

from __future__ import annotations

import base64
import gzip
import json
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import pytest

from otelhook.model import AttributeValue, Resource, Span, SpanId, SpanKind, TraceId
from otelhook.otlp import encode_traces, frame
from otelhook.sources.otlp_file import OtlpFileSource
from otelhook.sources.port import TraceSource
from otelhook.sources.store import StoreSource
from otelhook.store import Store


def _value(value: AttributeValue) -> dict[str, object]:
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)}
    if isinstance(value, bytes):
        return {"bytesValue": base64.b64encode(value).decode()}
    if isinstance(value, tuple):
        return {"arrayValue": {"values": [_value(item) for item in value]}}
    return {"stringValue": value}


def _pairs(attributes: Mapping[str, AttributeValue]) -> list[object]:
    return [{"key": key, "value": _value(value)} for key, value in attributes.items()]


def _object(spans: Sequence[Span]) -> dict[str, object]:
    return {
        "resourceSpans": [
            {
                "resource": {"attributes": _pairs(span.resource.attributes)},
                "scopeSpans": [
                    {
                        "spans": [
                            {
                                "traceId": span.trace_id.upper(),
                                "spanId": span.span_id,
                                "parentSpanId": span.parent_span_id or "",
                                "name": span.name,
                                "kind": int(span.kind),
                                "startTimeUnixNano": str(span.start_time),
                                "endTimeUnixNano": str(span.end_time),
                                "attributes": _pairs(span.attributes),
                            }
                        ]
                    }
                ],
            }
            for span in spans
        ]
    }


def _spool(folder: Path, spans: Sequence[Span]) -> TraceSource:
    (folder / "spool").mkdir()
    (folder / "spool" / "a.otlp").write_bytes(b"".join(frame(encode_traces([s])) for s in spans))
    return StoreSource(folder)


def _store(folder: Path, spans: Sequence[Span]) -> TraceSource:
    with Store.open(folder / "other.sqlite3", clock=time.time_ns) as store:
        store.write(spans)
    return StoreSource(folder / "other.sqlite3")


def _file(content: Callable[[Sequence[Span]], bytes]) -> Callable[..., TraceSource]:
    def make(folder: Path, spans: Sequence[Span]) -> TraceSource:
        (folder / "traces").write_bytes(content(spans))
        return OtlpFileSource(folder / "traces")

    return make


def _lines(spans: Sequence[Span]) -> bytes:
    return "".join(json.dumps(_object([span])) + "\n" for span in spans).encode()


def _records(spans: Sequence[Span]) -> bytes:
    return b"".join(frame(encode_traces([span])) for span in spans)


SOURCES = {
    "spool": _spool,
    "store": _store,
    "json": _file(lambda spans: json.dumps(_object(spans), indent=1).encode()),
    "json lines": _file(_lines),
    "records": _file(_records),
    "bare protobuf": _file(encode_traces),
    "json.gz": _file(lambda spans: gzip.compress(json.dumps(_object(spans)).encode())),
    "records.gz": _file(lambda spans: gzip.compress(_records(spans))),
}


@pytest.fixture(params=SOURCES)
def open_with(request: pytest.FixtureRequest, tmp_path: Path):
    """Open a source that holds the given spans."""
    opened: list[TraceSource] = []

    def make(spans: Sequence[Span]) -> TraceSource:
        source = SOURCES[request.param](tmp_path, spans)
        opened.append(source)
        return source

    yield make
    for source in opened:
        if isinstance(source, StoreSource):
            source.close()


@pytest.fixture
def make_span() -> Callable[..., Span]:
    def make(trace: int, span: int = 1, *, start: int | None = None, end: int = 0) -> Span:
        begun = 1_700_000_000_000_000_000 + (trace if start is None else start) * 1000
        return Span(
            TraceId(f"{trace:032x}"),
            SpanId(f"{span:016x}"),
            SpanId("00000000000000aa") if span > 1 else None,
            f"GET {span}",
            SpanKind.SERVER,
            begun,
            begun + 500 + end,
            attributes={
                "http.request.method": "GET",
                "http.response.status_code": 200,
                "http.request.header.accept": ("a", "ü"),
                "http.request.body.content": "text",
                "http.response.body.content": b"\0\xff",
            },
            resource=Resource({"service.name": "image"}),
        )

    return make
