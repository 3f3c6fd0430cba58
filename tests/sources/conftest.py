"""One set of traces, in every form that a source can read."""

from __future__ import annotations

import base64
import gzip
import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from otelhook.model import AttributeValue, Resource, Span, SpanId, SpanKind, TraceId
from otelhook.otlp import encode_traces, frame
from otelhook.sources.backend import Backend
from otelhook.sources.credentials import Credentials
from otelhook.sources.jaeger import JaegerSource
from otelhook.sources.otlp_file import OtlpFileSource
from otelhook.sources.port import TraceSource
from otelhook.sources.store import StoreSource
from otelhook.store import Store

BEGUN = 1_700_000_000_000_000_000
"""When the traces of these tests began, in nanoseconds."""

ANSWERS = Path(__file__).parent / "answers"


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


class _Answering(BaseHTTPRequestHandler):
    """Answers each question as the real program did; those of ``answers`` and no other."""

    answers: Mapping[str, Mapping[str, object]]

    def do_GET(self) -> None:
        answer = self.answers[self.path]
        body = str(answer["body"]).encode()
        self.send_response(int(str(answer["status"])))
        self.send_header("Content-Type", str(answer["type"]))
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@contextmanager
def _recorded(api: str, test: str) -> Iterator[TraceSource]:
    """Open a Jaeger that answers what a real one did in the same test (make peers, --record)."""
    answers = json.loads((ANSWERS / f"jaeger_{api}.json").read_text())[test]
    handler = type("Handler", (_Answering,), {"answers": answers})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        address = f"http://127.0.0.1:{server.server_port}"
        yield JaegerSource(Backend("Jaeger", address, Credentials("")), clock=lambda: BEGUN)
        server.shutdown()
        thread.join()


BACKENDS = {"jaeger v3": "v3", "jaeger v1": "v1"}
"""Recorded back ends."""


@pytest.fixture(params=[*SOURCES, *BACKENDS])
def open_with(request: pytest.FixtureRequest, tmp_path: Path):
    """Open a source that holds the given spans."""
    opened: list[TraceSource] = []
    stack = ExitStack()

    def make(spans: Sequence[Span]) -> TraceSource:
        if request.param in BACKENDS:
            return stack.enter_context(
                _recorded(BACKENDS[request.param], request.node.originalname)
            )
        source = SOURCES[request.param](tmp_path, spans)
        opened.append(source)
        return source

    with stack:
        yield make
    for source in opened:
        if isinstance(source, StoreSource):
            source.close()


@pytest.fixture
def make_span() -> Callable[..., Span]:
    def make(trace: int, span: int = 1, *, start: int | None = None, end: int = 0) -> Span:
        # Whole microseconds, and within a second: all that some back ends keep and search.
        begun = BEGUN + (trace % 999_983 if start is None else start) * 1000
        return Span(
            TraceId(f"{trace:032x}"),
            SpanId(f"{span:016x}"),
            SpanId("00000000000000aa") if span > 1 else None,
            f"GET {span}",
            SpanKind.SERVER,
            begun,
            begun + (500 + end) * 1000,
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
