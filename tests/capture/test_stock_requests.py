"""The stock instrumentation of requests beside ours, over real sockets, through to the document."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests
from opentelemetry import trace
from opentelemetry.exporter.otlp.proto.common.trace_encoder import encode_spans
from opentelemetry.instrumentation.requests import RequestsInstrumentor
from opentelemetry.instrumentation.utils import suppress_http_instrumentation
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.sampling import ALWAYS_OFF
from opentelemetry.trace import SpanKind, StatusCode
from requests.adapters import HTTPAdapter
from requests.auth import HTTPDigestAuth
from urllib3 import Retry

import otelhook
from otelhook.otlp import decode_traces
from otelhook.sequence import Mark, assemble

PLAIN = [("Content-Type", "text/plain")]


def service(environ: dict[str, Any], start_response: Any) -> Any:
    path = environ["PATH_INFO"]
    length = environ.get("CONTENT_LENGTH")
    body = environ["wsgi.input"].read(int(length)) if length else b""
    if path.startswith("/moved"):
        left = int(path[6:] or 1) - 1
        target = f"/moved{left}" if left else "/here"
        start_response("302 Found", [("Location", target), *PLAIN])
        return [b"go on"]
    if path == "/guarded" and "HTTP_AUTHORIZATION" not in environ:
        challenge = 'Digest realm="r", nonce="n", qop="auth"'
        start_response("401 Unauthorized", [("WWW-Authenticate", challenge), *PLAIN])
        return [b"who"]
    status = "404 Not Found" if path == "/missing" else "200 OK"
    start_response(status, [("X-Token", "gAAAAABk0123456789abcdefXYZ"), *PLAIN])
    return [b"got ", body]


@pytest.fixture
def stock(instrument):
    """Instrument requests with the stock package, our provider being the program's."""
    instrument("callee")
    provider = instrument("caller").tracer_provider
    RequestsInstrumentor().instrument(tracer_provider=provider)
    yield provider
    RequestsInstrumentor().uninstrument()


@pytest.fixture
def url(stock, serve):
    return serve(otelhook.Middleware(service, service="callee"))


def clients(recorded: Any, count: int) -> Any:
    return recorded.wait(count, SpanKind.CLIENT)


def drawn(recorded: Any) -> Any:
    spans = decode_traces(encode_spans(recorded.all()).SerializeToString())
    document = assemble(spans)
    assert [step.number for step in document.steps] == list(range(1, len(document.steps) + 1))
    assert document.warnings == ()
    return document


def titles(document: Any) -> list[str]:
    return [f"{step.source}->{step.target} {step.title}" for step in document.steps]


def test_a_call_of_one_hop_is_the_stock_span_with_bodies_and_headers(url, session, recorded):
    answer = session.post(f"{url}/here?token=hunter2", data=b"hello", headers={"X-Asked": "1"})

    assert answer.content == b"got hello"
    (span,) = clients(recorded, 1)
    assert span.instrumentation_scope.name == "opentelemetry.instrumentation.requests"
    attributes = dict(span.attributes)
    assert attributes["http.request.body.content"] == "hello"
    assert attributes["http.response.body.content"] == "got hello"
    assert attributes["http.request.header.x-asked"] == ("1",)
    assert attributes["otelhook.response.reason"] == "OK"
    assert "http.request.resend_count" not in attributes
    assert "hunter2" not in str(attributes)
    assert attributes["http.url"] == f"{url}/here?token=‹redacted›"
    (server,) = recorded.wait(1, SpanKind.SERVER)
    assert server.parent.span_id == span.context.span_id
    assert titles(drawn(recorded)) == ["caller->callee POST /here", "callee->caller 200 OK /here"]


def test_redirects_are_children_with_a_resend_count_and_steps_of_their_own(url, session, recorded):
    answer = session.get(f"{url}/moved2")

    assert [one.status_code for one in answer.history] == [302, 302]
    first, second, third = clients(recorded, 3)
    assert first.instrumentation_scope.name == "opentelemetry.instrumentation.requests"
    assert [s.attributes.get("http.request.resend_count") for s in (first, second, third)] == [
        None,
        1,
        2,
    ]
    assert {s.parent.span_id for s in (second, third)} == {first.context.span_id}
    assert first.attributes["http.status_code"] == 200
    assert first.attributes["http.response.status_code"] == 200
    servers = recorded.wait(3, SpanKind.SERVER)
    assert [s.parent.span_id for s in servers] == [
        s.context.span_id for s in (first, second, third)
    ]
    document = drawn(recorded)
    assert titles(document) == [
        "caller->callee GET /moved2",
        "callee->caller 302 Found /moved2",
        "caller->callee GET /moved1",
        "callee->caller 302 Found /moved1",
        "caller->callee GET /here",
        "callee->caller 200 OK /here",
    ]
    assert [Mark.RETRY in step.marks for step in document.steps] == [
        False, False, True, False, True, False,
    ]  # fmt: skip
    assert [step.depth for step in document.steps] == [0] * 6
    assert [step.body.content for step in document.steps[1::2]] == ["go on", "go on", "got "]


def test_redirects_without_the_callees_spans_are_steps_as_well(stock, serve, session, recorded):
    session.get(f"{serve(service)}/moved")

    document = drawn(recorded)
    assert [step.title for step in document.steps] == [
        "GET /moved",
        "302 Found /moved",
        "GET /here",
        "200 OK /here",
    ]


def test_a_redirect_that_ends_in_an_error_leaves_the_first_hop_without_it(
    stock, serve, session, recorded
):
    def app(environ, start_response):
        if environ["PATH_INFO"] == "/":
            start_response("301 Moved Permanently", [("Location", "/missing")])
            return []
        return service(environ, start_response)

    session.get(serve(app))

    first, _ = clients(recorded, 2)
    assert first.status.status_code is StatusCode.ERROR
    document = drawn(recorded)
    assert [(step.status_code, step.error) for step in document.steps[1::2]] == [
        (301, ""),
        (404, ""),
    ]


def test_a_second_try_with_credentials_is_a_resend(url, session, recorded):
    session.get(f"{url}/guarded", auth=HTTPDigestAuth("demo", "hunter2"))

    first, second = clients(recorded, 2)
    assert second.attributes["http.request.resend_count"] == 1
    assert "hunter2" not in str(dict(second.attributes))
    document = drawn(recorded)
    assert [step.status_code for step in document.steps[1::2]] == [401, 200]
    assert [Mark.RETRY in step.marks for step in document.steps] == [False, False, True, False]
    assert first.attributes["otelhook.first.status_code"] == 401


def test_what_urllib3_sends_again_is_a_resend_as_well(stock, serve, session, recorded):
    busy = [True]

    def app(environ, start_response):
        if busy:
            busy.clear()
            start_response("503 Service Unavailable", [("Content-Length", "4"), *PLAIN])
            return [b"wait"]
        return service(environ, start_response)

    session.mount("http://", HTTPAdapter(max_retries=Retry(1, status_forcelist=[503])))

    assert session.get(serve(app)).content == b"got "

    first, second = clients(recorded, 2)
    assert second.parent.span_id == first.context.span_id
    assert second.attributes["http.request.resend_count"] == 1
    document = drawn(recorded)
    assert [step.status_code for step in document.steps[1::2]] == [503, 200]
    assert [Mark.RETRY in step.marks for step in document.steps] == [False, False, True, False]


def test_a_call_that_a_hook_makes_meanwhile_is_no_resend(url, session, recorded):
    def look_elsewhere(response: requests.Response, **_: Any) -> None:
        if response.url.endswith("/here"):
            session.get(f"{url}/other")

    session.get(f"{url}/here", hooks={"response": look_elsewhere})

    outer, inner = clients(recorded, 2)
    assert inner.parent.span_id == outer.context.span_id
    assert "http.request.resend_count" not in inner.attributes
    assert outer.attributes["http.response.body.content"] == "got "
    assert inner.attributes["url.full"].endswith("/other")


def test_a_streamed_body_is_a_child_and_does_not_hold_the_stock_span_open(url, session, recorded):
    with session.get(f"{url}/here", stream=True) as answer:
        (span,) = clients(recorded, 1)
        assert "http.response.body.content" not in span.attributes
        assert answer.content == b"got "

    (late,) = [s for s in recorded.all() if s.name == "http.response.body"]
    assert late.parent.span_id == span.context.span_id
    assert drawn(recorded).steps[-1].body.content == "got "


def test_a_refused_connection_is_noted_once_and_by_stock(stock, session, recorded):
    with pytest.raises(requests.ConnectionError):
        session.get("http://127.0.0.1:1/?password=hunter2")

    (span,) = clients(recorded, 1)
    assert [event.name for event in span.events] == ["exception"]
    assert span.attributes["error.type"].endswith("ConnectionError")
    assert "hunter2" not in span.to_json()


def test_threads_and_sessions_do_not_share_a_call(url, recorded):
    def get(number: int) -> None:
        with requests.Session() as session:
            session.trust_env = False
            session.get(f"{url}/moved?n={number}")

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(get, range(16)))

    spans = clients(recorded, 32)
    counts = sorted(span.attributes.get("http.request.resend_count", 0) for span in spans)
    assert counts == [0] * 16 + [1] * 16
    assert len({span.context.trace_id for span in spans}) == 16


def test_the_callers_headers_carry_the_span_that_each_hop_is(url, session, recorded):
    answer = session.get(f"{url}/moved")

    first, _ = clients(recorded, 2)
    sent = answer.history[0].request.headers["traceparent"]
    assert sent.split("-")[2] == f"{first.context.span_id:016x}"


def test_what_stock_sampled_out_is_not_recorded_by_us_either(instrument, serve, session, recorded):
    instrument("caller")
    RequestsInstrumentor().instrument(tracer_provider=TracerProvider(sampler=ALWAYS_OFF))
    try:
        session.get(serve(service))
    finally:
        RequestsInstrumentor().uninstrument()

    assert recorded.all() == []


def test_a_call_that_the_program_wants_unrecorded_stays_so(url, session, recorded):
    tracer = trace.get_tracer("program", tracer_provider=None)
    with tracer.start_as_current_span("work"), suppress_http_instrumentation():
        session.get(f"{url}/here")

    assert [span for span in recorded.all() if span.kind is SpanKind.CLIENT] == []
