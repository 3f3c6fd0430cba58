"""What a traced WSGI request costs the application's thread: stock OpenTelemetry and ours."""

from __future__ import annotations

import io
import json
import os
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from typing import Any

from opentelemetry.instrumentation.wsgi import OpenTelemetryMiddleware
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF, Sampler
from opentelemetry.trace import SpanKind

import otelhook
from otelhook.redaction.rules.compiled import is_there, use_compiled
from tests.bench import distinct
from tests.bench.measure import Case, Contender, tables

__all__ = [
    "BODY",
    "OURS",
    "OWN_WAY",
    "PEER",
    "Discard",
    "application",
    "caller",
    "cases",
    "floor",
    "headers_captured",
    "provider",
    "run",
    "uncompiled",
]

PEER = "stock, nothing captured"
OURS = "otelhook, headers, bodies, redaction"
OWN_WAY = "otelhook, without its compiled part"

BODY = json.dumps({"id": "a" * 32, "name": "cirros", "tags": ["x"] * 20}).encode()[:200]
_STREAMS = {
    "/stream": [b"c" * 65536] * 16,
    "/image": [random.Random(1).randbytes(65536)] * 16,
}
"""One letter, which may begin a secret's name at each place; bytes as a packed file has them."""


class Discard(SpanExporter):
    """Takes spans and forgets them: the request path alone is measured here."""

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        return SpanExportResult.SUCCESS


def application(environ: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
    environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    chunks = _STREAMS.get(environ["PATH_INFO"])
    if chunks is not None:
        start_response("200 OK", [("Content-Type", "application/octet-stream")])
        return iter(chunks)
    start_response(
        "200 OK", [("Content-Type", "application/json"), ("Content-Length", str(len(BODY)))]
    )
    return [BODY]


def caller(app: Callable[..., Any], method: str, path: str, body: bytes) -> Callable[[], object]:
    """Make a request as a server does; each with a trace and a token of its own."""

    def start_response(_status: str, _headers: object, _exc_info: object = None) -> object:
        return lambda _data: None

    numbers = count()

    def call() -> None:
        number = next(numbers)
        environ = {
            "REQUEST_METHOD": method,
            "SCRIPT_NAME": "",
            "PATH_INFO": path,
            "QUERY_STRING": "",
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "8080",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "CONTENT_TYPE": "application/json" if body else "",
            "CONTENT_LENGTH": str(len(body)) if body else "",
            "HTTP_HOST": "127.0.0.1:8080",
            "HTTP_USER_AGENT": "python-requests/2.34",
            "HTTP_ACCEPT": "*/*",
            "HTTP_ACCEPT_ENCODING": "gzip, deflate",
            "HTTP_CONNECTION": "keep-alive",
            "HTTP_X_AUTH_TOKEN": f"gAAAAABjrkD9cqBlaLtF1FlWZfHjo2u7cJvLXX1HNPGaFE{number:08d}rBQw",
            "HTTP_TRACEPARENT": f"00-4bf92f3577b34da6{number + 1:016x}-00f067aa0ba902b7-01",
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": io.StringIO(),
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }
        result = app(environ, start_response)
        for _ in result:
            pass
        close = getattr(result, "close", None)
        if close is not None:
            close()

    return call


def floor(app: Callable[..., Any], spans: TracerProvider) -> Callable[..., Any]:
    """Wrap an application in a span that says nothing: the least that any tracing costs."""
    tracer = spans.get_tracer("floor")

    def wrapped(environ: dict[str, Any], start_response: Callable[..., object]) -> Iterable[bytes]:
        with tracer.start_as_current_span("GET", kind=SpanKind.SERVER):
            return list(app(environ, start_response))

    return wrapped


def provider(sampler: Sampler | None = None) -> TracerProvider:
    """Return a provider whose spans go nowhere; all are sampled unless a sampler is given."""
    made = TracerProvider(sampler=sampler, shutdown_on_exit=False)
    made.add_span_processor(SimpleSpanProcessor(Discard()))
    return made


@contextmanager
def headers_captured() -> Iterator[None]:
    """Let the stock packages capture all headers: they read these variables at each request."""
    names = [
        f"OTEL_INSTRUMENTATION_HTTP_CAPTURE_HEADERS_{role}_{side}"
        for role in ("SERVER", "CLIENT")
        for side in ("REQUEST", "RESPONSE")
    ]
    os.environ.update(dict.fromkeys(names, ".*"))
    try:
        yield
    finally:
        for name in names:
            del os.environ[name]


@contextmanager
def uncompiled() -> Iterator[None]:
    """Let redaction go Python's own way meanwhile."""
    use_compiled(on=False)
    try:
        yield
    finally:
        use_compiled(on=True)


def cases() -> Iterator[Case]:
    """Yield GET 200 B, POST 200 B JSON, distinct bodies, 1 MB in 16 chunks, and unsampled."""
    for title, *request in (
        ("WSGI, GET 200 B", "GET", "/", b""),
        ("WSGI, POST 200 B of JSON", "POST", "/", BODY),
        ("WSGI, GET 1 MB in 16 chunks, one letter", "GET", "/stream", b""),
        ("WSGI, GET 1 MB in 16 chunks, random bytes", "GET", "/image", b""),
    ):
        yield _case(title, application, caller, *request)
    yield _case("WSGI, POST 1.5 KB of JSON, each its own", distinct.application, distinct.caller)
    yield _unsampled()


def _case(
    title: str,
    app: Callable[..., Any],
    made: Callable[..., Callable[[], object]],
    *request: object,
) -> Case:
    stock = OpenTelemetryMiddleware(app, tracer_provider=provider())
    least = floor(app, provider())
    ours = otelhook.Middleware(app, service="bench", tracer_provider=provider())
    contenders = {
        "bare": Contender(made(app, *request)),
        "floor: a span without attributes": Contender(made(least, *request)),
        PEER: Contender(made(stock, *request)),
        "stock, headers": Contender(made(stock, *request), headers_captured),
        OURS: Contender(made(ours, *request)),
        **({OWN_WAY: Contender(made(ours, *request), uncompiled)} if is_there() else {}),
    }
    return Case(title, contenders, PEER)


def _unsampled() -> Case:
    """Return what a request costs that is sampled out: it should be next to nothing."""
    peer = "stock, unsampled"
    stock = OpenTelemetryMiddleware(application, tracer_provider=provider(ALWAYS_OFF))
    ours = otelhook.Middleware(application, service="x", tracer_provider=provider(ALWAYS_OFF))
    contenders = {
        "bare": Contender(caller(application, "POST", "/", BODY)),
        peer: Contender(caller(stock, "POST", "/", BODY)),
        "otelhook, unsampled": Contender(caller(ours, "POST", "/", BODY)),
    }
    return Case("WSGI, POST 200 B of JSON, unsampled", contenders, peer)


def run(rounds: int, calls: int) -> str:
    """Return the tables, by the thread's own clock."""
    return "\n\n".join(tables(cases(), rounds=rounds, calls=calls))
