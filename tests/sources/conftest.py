"""One set of traces, in every form that a source can read."""

from __future__ import annotations

import base64
import gzip
import importlib.util
import json
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib import import_module
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from otelhook.model import AttributeValue, Resource, Span, SpanId, SpanKind, TraceId
from otelhook.otlp import encode_traces, frame
from otelhook.sources.backends.credentials import Credentials
from otelhook.sources.backends.http import Backend
from otelhook.sources.backends.jaeger import Jaeger
from otelhook.sources.backends.tempo import Tempo
from otelhook.sources.backends.whole_traces import BackendSource, TraceApi
from otelhook.sources.backends.zipkin import Zipkin
from otelhook.sources.files.trace_file import TraceFileSource
from otelhook.sources.port import TraceSource
from otelhook.sources.store import StoreSource
from otelhook.store import Store

BEGUN = 1_700_000_000_000_000_000
"""When the traces of these tests began, in nanoseconds."""

zstd = import_module("compression.zstd" if sys.version_info >= (3, 14) else "backports.zstd")

HERE = Path(__file__).parent
ANSWERS = HERE / "answers"


def _beside(name: str) -> Any:
    """Load a file of this folder, which is not a package."""
    spec = importlib.util.spec_from_file_location(f"sources_{name}", HERE / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


tempo_standin = _beside("tempo_standin")


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
        return TraceFileSource(folder / "traces")

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
    "json.zst": _file(lambda spans: zstd.compress(json.dumps(_object(spans)).encode())),
    "records, each zstd": _file(
        lambda spans: b"".join(frame(zstd.compress(encode_traces([span]))) for span in spans)
    ),
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


APIS: Mapping[str, Callable[[Backend], TraceApi]] = {
    "jaeger_v3": lambda backend: Jaeger(backend, clock=lambda: BEGUN),
    "jaeger_v1": lambda backend: Jaeger(backend, clock=lambda: BEGUN),
    "zipkin": lambda backend: Zipkin(backend, clock=lambda: BEGUN),
}
"""Back ends whose answers are recorded, each in a file of its name."""


@contextmanager
def _recorded(api: str, test: str) -> Iterator[TraceSource]:
    """Open a backend that answers as a real one did in the same test (make peers, --record)."""
    answers = json.loads((ANSWERS / f"{api}.json").read_text())[test]
    handler = type("Handler", (_Answering,), {"answers": answers})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        address = f"http://127.0.0.1:{server.server_port}"
        yield BackendSource(APIS[api](Backend("the backend", address, Credentials(""))))
        server.shutdown()
        thread.join()


def as_zipkin(span: Span) -> dict[str, object]:
    """Return a span as OpenTelemetry's exporters write it for Zipkin."""
    return {
        "traceId": span.trace_id,
        "id": span.span_id,
        "parentId": span.parent_span_id,
        "name": span.name,
        "kind": span.kind.name,
        "timestamp": span.start_time // 1000,
        "duration": (span.end_time - span.start_time) // 1000,
        "localEndpoint": {"serviceName": span.resource.attributes["service.name"]},
        "tags": {key: _tag(value) for key, value in span.attributes.items()},
    }


def _tag(value: AttributeValue) -> str:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def kept_by_zipkin(span: Span) -> Span:
    """Return what Zipkin keeps of a span: its name in lower case, and all values as text."""
    tags = {key: _tag(value) for key, value in span.attributes.items()}
    return replace(span, name=span.name.lower(), attributes=tags)


@pytest.fixture
def as_kept(open_with: object, request: pytest.FixtureRequest) -> Callable[[Span], Span]:
    """What the source can hold of a span."""
    param = request.node.callspec.params["open_with"]
    return kept_by_zipkin if param == "zipkin" else lambda span: span


@pytest.fixture
def tempo() -> Any:
    """The stand-in for a Tempo, as a module."""
    return tempo_standin


TEMPOS = {"tempo v2": True, "tempo v1": False}
"""Stand-ins, and whether they have Tempo's second API."""


@pytest.fixture(params=[*SOURCES, *APIS, *TEMPOS])
def open_with(request: pytest.FixtureRequest, tmp_path: Path):
    """Open a source that holds the given spans."""
    opened: list[TraceSource] = []
    stack = ExitStack()

    def make(spans: Sequence[Span]) -> TraceSource:
        if request.param in APIS:
            return stack.enter_context(_recorded(request.param, request.node.originalname))
        if request.param in TEMPOS:
            answer = tempo_standin.answer_from(spans, has_v2=TEMPOS[request.param])
            address = stack.enter_context(tempo_standin.serving(answer))
            return BackendSource(
                Tempo(Backend("Tempo", address, Credentials("")), clock=lambda: BEGUN)
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
        # Whole microseconds, and within a second: all that some backends keep and search.
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
