"""Stock instrumentation of WSGI, Flask and Django beside ours: one SERVER span for a request."""

from __future__ import annotations

import gc
import io
import subprocess
import sys
from typing import Any
from wsgiref.util import setup_testing_defaults

import pytest
from opentelemetry import context, trace
from opentelemetry.context import Context
from opentelemetry.instrumentation.wsgi import OpenTelemetryMiddleware
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF
from opentelemetry.trace import SpanKind, StatusCode

import otelhook
from otelhook.capture.setup.process import process

FIRST = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
WRONG = "password=hunter2 is wrong"
SECOND = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


@pytest.fixture(autouse=True)
def _clean_context():
    """Each test begins without a span, and what it leaves attached is its own."""
    token = context.attach(Context())
    yield
    context.detach(token)


def echo(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    start_response("200 Fine", [("Content-Type", "text/plain"), ("X-Answer", "yes")])
    return [b"got ", body]


def request(path: str = "/", body: bytes = b"", **more: str) -> dict[str, Any]:
    environ: dict[str, Any] = {}
    setup_testing_defaults(environ)
    environ |= {
        "PATH_INFO": path,
        "REQUEST_METHOD": "POST" if body else "GET",
        "CONTENT_TYPE": "text/plain",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
        **more,
    }
    return environ


def answer(app: Any, environ: dict[str, Any]) -> bytes:
    """Answer a request as a server does: iterate, then close."""
    result = app(environ, lambda *_: None)
    try:
        return b"".join(result)
    finally:
        if hasattr(result, "close"):
            result.close()


@pytest.fixture
def stock(instrument):
    """Wrap an application in the stock middleware, with our provider as the program's."""
    provider = instrument("image").tracer_provider
    return lambda app, **kwargs: OpenTelemetryMiddleware(app, tracer_provider=provider, **kwargs)


def test_inside_the_stock_middleware_its_span_is_enriched_and_there_is_no_other(stock, recorded):
    app = stock(otelhook.Middleware(echo))

    sent = request("/here", b"hello", QUERY_STRING="token=hunter2", HTTP_X_ASKED="1")
    assert answer(app, sent) == b"got hello"

    (span,) = recorded.wait(1)
    assert span.kind is SpanKind.SERVER
    assert span.instrumentation_scope.name == "opentelemetry.instrumentation.wsgi"
    attributes = dict(span.attributes)
    assert attributes["http.request.body.content"] == "hello"
    assert attributes["http.response.body.content"] == "got hello"
    assert attributes["http.request.body.size"] == 5
    assert attributes["http.request.header.x-asked"] == ("1",)
    assert attributes["http.response.header.x-answer"] == ("yes",)
    assert attributes["otelhook.response.reason"] == "Fine"
    assert attributes["otelhook.redacted"] == ("url.query.token",)
    assert (attributes["http.method"], attributes["http.request.method"]) == ("POST", "POST")
    assert (attributes["http.status_code"], attributes["http.response.status_code"]) == (200, 200)
    assert "hunter2" not in str(attributes)
    assert attributes["http.url"].endswith("/here?token=‹redacted›")


def test_outside_the_stock_middleware_the_server_span_is_ours_and_holds_theirs(stock, recorded):
    answer(otelhook.Middleware(stock(echo)), request("/here", b"hello", HTTP_TRACEPARENT=FIRST))

    ours, theirs = recorded.wait(2)
    assert (ours.kind, theirs.kind) == (SpanKind.SERVER, SpanKind.INTERNAL)
    assert theirs.parent.span_id == ours.context.span_id
    assert f"{ours.parent.span_id:016x}" == FIRST.split("-")[2]
    assert ours.attributes["http.response.body.content"] == "got hello"


def test_both_sides_of_the_stock_middleware_make_one_server_span(stock, recorded):
    answer(otelhook.Middleware(stock(otelhook.Middleware(echo))), request("/", b"hello"))

    assert [span.kind for span in recorded.wait(2)] == [SpanKind.SERVER, SpanKind.INTERNAL]


def test_a_streamed_body_is_on_the_stock_span_before_that_ends(stock, recorded):
    def app(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        yield b"one "
        yield b"two"

    answer(stock(otelhook.Middleware(app)), request())

    assert recorded.server()["http.response.body.content"] == "one two"


def test_a_streamed_body_that_the_client_leaves_is_recorded_as_far_as_it_went(stock, recorded):
    def app(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        yield b"one "
        yield b"two"

    result = stock(otelhook.Middleware(app))(request(), lambda *_: None)
    next(iter(result))
    result.close()

    attributes = recorded.server()
    assert attributes["http.response.body.content"] == "one "
    assert attributes["otelhook.response.body.truncated"] is True


@pytest.mark.parametrize("where", ["in the call", "while iterating"])
def test_an_exception_is_noted_once_and_by_stock(stock, recorded, where):
    def in_the_call(environ, start_response):
        raise LookupError(WRONG)

    def while_iterating(environ, start_response):
        start_response("200 OK", [])
        yield b"one"
        raise LookupError(WRONG)

    app = in_the_call if where == "in the call" else while_iterating
    with pytest.raises(LookupError, match="hunter2"):
        answer(stock(otelhook.Middleware(app)), request())

    (span,) = recorded.wait(1)
    assert [event.name for event in span.events] == ["exception"]
    assert span.status.status_code is StatusCode.ERROR
    assert span.attributes["error.type"] == "LookupError"
    assert "hunter2" not in span.to_json()


def never_iterated(app: Any, environ: dict[str, Any]) -> Any:
    """As a WebOb filter answers HEAD: the response is closed and never iterated."""
    result = app(environ, lambda *_: None)
    result.close()
    return result


def never_closed(app: Any, environ: dict[str, Any]) -> Any:
    """As a server that drops the connection and forgets the response."""
    result = app(environ, lambda *_: None)
    next(iter(result))
    return result


def two_chunks(environ: dict[str, Any], start_response: Any) -> Any:
    start_response("200 OK", [("Content-Type", "text/plain")])
    yield b"one "
    yield environ["PATH_INFO"].encode()


@pytest.mark.parametrize("leak", [never_iterated, never_closed])
@pytest.mark.parametrize("parent", [SECOND, None])
def test_a_context_that_stock_left_behind_lends_its_span_to_no_later_request(
    stock, recorded, leak, parent
):
    app = stock(otelhook.Middleware(two_chunks))
    kept = leak(app, request("/first", HTTP_TRACEPARENT=FIRST))
    stale = trace.get_current_span().get_span_context()
    assert f"{stale.trace_id:032x}" == FIRST.split("-")[1], "stock no longer leaks: remove the rest"

    more = {"HTTP_TRACEPARENT": parent} if parent else {}
    assert answer(app, request("/second", **more)) == b"one /second"

    (span,) = [one for one in recorded.all() if one.attributes["url.path"] == "/second"]
    assert span.kind is SpanKind.SERVER
    assert span.attributes["http.response.body.content"] == "one /second"
    if parent:
        assert f"{span.context.trace_id:032x}" == SECOND.split("-")[1]
    else:
        assert span.parent is None
        assert span.context.trace_id != stale.trace_id
    del kept
    gc.collect()
    assert not [one for one in recorded.all() if one.attributes.get("http.target") == "/second"]


@pytest.mark.parametrize("leak", [never_iterated, never_closed])
def test_ours_alone_is_not_misled_by_what_a_stock_application_on_the_thread_left(
    stock, recorded, leak
):
    kept = leak(stock(two_chunks), request("/first", HTTP_TRACEPARENT=FIRST))

    answer(otelhook.Middleware(two_chunks), request("/second"))

    (span,) = [one for one in recorded.all() if one.attributes.get("url.path") == "/second"]
    assert (span.kind, span.parent) == (SpanKind.SERVER, None)
    del kept


def test_a_request_made_within_another_has_a_span_of_its_own_under_it(stock, recorded):
    inner = otelhook.Middleware(echo)

    def app(environ, start_response):
        answer(inner, request("/inner", b"deep"))
        return echo(environ, start_response)

    answer(stock(otelhook.Middleware(app)), request("/outer", b"flat"))

    outer, nested = recorded.wait(2)
    assert (outer.attributes["url.path"], nested.attributes["url.path"]) == ("/outer", "/inner")
    assert outer.attributes["http.request.body.content"] == "flat"
    assert nested.attributes["http.request.body.content"] == "deep"
    assert nested.parent.span_id == outer.context.span_id


def test_requests_made_within_a_stock_response_that_is_iterated_stay_in_its_trace(stock, recorded):
    inner = stock(otelhook.Middleware(echo))

    def app(environ, start_response):
        start_response("200 OK", [])
        yield answer(inner, request("/inner", b"1"))
        yield answer(inner, request("/inner", b"2"))

    assert answer(stock(otelhook.Middleware(app)), request("/outer")) == b"got 1got 2"

    assert len({span.context.trace_id for span in recorded.all()}) == 1


def test_two_responses_that_a_server_iterates_in_turn_do_not_mix(stock, recorded):
    app = stock(otelhook.Middleware(two_chunks))

    one = app(request("/a", HTTP_TRACEPARENT=FIRST), lambda *_: None)
    next(iter(one))
    other = app(request("/b", HTTP_TRACEPARENT=SECOND), lambda *_: None)
    next(iter(other))
    assert b"".join(one) == b"/a"
    assert b"".join(other) == b"/b"

    found = {s.attributes["url.path"]: f"{s.context.trace_id:032x}" for s in recorded.all()}
    assert found == {"/a": FIRST.split("-")[1], "/b": SECOND.split("-")[1]}


def test_a_request_that_stock_sampled_out_is_not_recorded_by_us_either(instrument, recorded):
    instrument("image")
    theirs = TracerProvider(sampler=ALWAYS_OFF)
    app = OpenTelemetryMiddleware(otelhook.Middleware(echo), tracer_provider=theirs)

    assert answer(app, request("/", b"hello", HTTP_TRACEPARENT=FIRST)) == b"got hello"

    assert recorded.all() == []


def test_stock_without_an_sdk_takes_nothing_from_us(instrument, recorded):
    instrument("image")
    app = OpenTelemetryMiddleware(
        otelhook.Middleware(echo), tracer_provider=trace.NoOpTracerProvider()
    )

    answer(app, request("/", b"hello", HTTP_TRACEPARENT=FIRST))

    (span,) = recorded.wait(1)
    assert span.attributes["http.request.body.content"] == "hello"
    assert f"{span.parent.span_id:016x}" == FIRST.split("-")[2]


def test_the_programs_own_request_hook_is_called_as_before(stock, recorded):
    seen = []
    app = stock(
        otelhook.Middleware(echo), request_hook=lambda span, environ: seen.append((span, environ))
    )
    sent = request()

    answer(app, sent)

    ((span, environ),) = seen
    assert environ is sent
    assert span.get_span_context().span_id == recorded.wait(1)[0].context.span_id


def test_an_environ_that_is_used_again_proves_nothing(stock, recorded):
    environ = request("/first")
    answer(stock(otelhook.Middleware(echo)), environ)

    answer(otelhook.Middleware(echo), environ)

    assert [span.instrumentation_scope.name for span in recorded.wait(2)] == [
        "opentelemetry.instrumentation.wsgi",
        "otelhook",
    ]


def test_the_last_service_that_goes_restores_the_stock_middleware(instrument, monkeypatch):
    monkeypatch.setattr(process, "_watched", False)
    handle = instrument("image")
    ours = OpenTelemetryMiddleware.__call__
    assert ours.__module__ == "opentelemetry.instrumentation.wsgi"
    assert hasattr(ours, "__wrapped__")

    handle.uninstrument()

    assert not hasattr(OpenTelemetryMiddleware.__call__, "__wrapped__")


def test_stock_header_capture_is_redacted_on_the_span_it_made(stock, recorded, monkeypatch):
    prefix = "OTEL_INSTRUMENTATION_HTTP_CAPTURE_HEADERS_SERVER_"
    monkeypatch.setenv(prefix + "REQUEST", ".*")
    monkeypatch.setenv(prefix + "RESPONSE", ".*")

    def app(environ, start_response):
        start_response("200 OK", [("Set-Cookie", "session=0f9e8d7c6b5a49382716; HttpOnly")])
        return [b""]

    answer(
        stock(otelhook.Middleware(app)), request(HTTP_X_AUTH_TOKEN="gAAAAABk0123456789abcdefXYZ")
    )

    attributes = recorded.server()
    assert "http.request.header.x_auth_token" in attributes
    text = str(attributes)
    assert "gAAAAABk" not in text
    assert "0f9e8d7c6b5a49382716" not in text


@pytest.mark.parametrize("way", ["middleware around the app", "around wsgi_app"])
def test_flask_with_its_stock_instrumentation_has_one_server_span(instrument, recorded, way):
    flask = pytest.importorskip("flask")
    stock_flask = pytest.importorskip("opentelemetry.instrumentation.flask")
    provider = instrument("web").tracer_provider
    app = flask.Flask("web")

    @app.post("/items/<name>")
    def item(name: str) -> str:
        return f"{name}: {flask.request.get_data(as_text=True)}"

    stock_flask.FlaskInstrumentor.instrument_app(app, tracer_provider=provider)
    if way == "around wsgi_app":
        app.wsgi_app = otelhook.Middleware(app.wsgi_app)
        served: Any = app
    else:
        served = otelhook.Middleware(app)

    assert answer(served, request("/items/a", b"hello")) == b"a: hello"

    servers = [span for span in recorded.wait(2) if span.kind is SpanKind.SERVER]
    assert len(servers) == 1
    assert servers[0].attributes["http.response.body.content"] == "a: hello"
    assert len({span.context.trace_id for span in recorded.all()}) == 1


def test_flask_within_the_stock_middleware_and_ours_enriches_the_outermost(stock, recorded):
    flask = pytest.importorskip("flask")
    app = flask.Flask("web")
    app.add_url_rule("/", view_func=lambda: "answer")

    assert answer(stock(otelhook.Middleware(app)), request()) == b"answer"

    (span,) = recorded.wait(1)
    assert span.attributes["http.response.body.content"] == "answer"


DJANGO = """
import io, sys
import django
from django.conf import settings
from django.http import HttpResponse, StreamingHttpResponse
from django.urls import path
from opentelemetry.instrumentation.django import DjangoInstrumentor
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
import otelhook

def hello(request):
    return HttpResponse(b"got " + request.body, content_type="text/plain")

def stream(request):
    return StreamingHttpResponse(iter([b"one ", b"two"]), content_type="text/plain")

urlpatterns = [path("hello", hello), path("stream", stream)]
settings.configure(ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"], MIDDLEWARE=[], SECRET_KEY="x")
django.setup()
exporter = InMemorySpanExporter()
handle = otelhook.instrument("web", span_processors=[SimpleSpanProcessor(exporter)])
DjangoInstrumentor().instrument(tracer_provider=handle.tracer_provider)
from django.core.wsgi import get_wsgi_application
app = otelhook.Middleware(get_wsgi_application())

def ask(path, body):
    environ = {"REQUEST_METHOD": "POST" if body else "GET", "PATH_INFO": path, "SCRIPT_NAME": "",
        "SERVER_NAME": "localhost", "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1",
        "CONTENT_TYPE": "text/plain", "CONTENT_LENGTH": str(len(body)), "QUERY_STRING": "",
        "wsgi.url_scheme": "http", "wsgi.input": io.BytesIO(body), "wsgi.errors": sys.stderr,
        "wsgi.version": (1, 0), "wsgi.multithread": False, "wsgi.multiprocess": False,
        "wsgi.run_once": False}
    result = app(environ, lambda *_: None)
    data = b"".join(result)
    result.close()
    spans = exporter.get_finished_spans()
    exporter.clear()
    servers = [span for span in spans if span.kind.name == "SERVER"]
    traces = {span.context.trace_id for span in spans}
    print(data.decode(), len(spans), len(servers), len(traces),
          servers[0].attributes["http.response.body.content"], sep="|")

ask("/hello", b"hello")
ask("/stream", b"")
"""


def test_django_with_its_stock_instrumentation_has_one_server_span(tmp_path):
    (tmp_path / "site.py").write_text(DJANGO)
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "site.py"],
        cwd=tmp_path,
        env={"HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == [
        "got hello|2|1|1|got hello",
        "one two|2|1|1|one two",
    ]
