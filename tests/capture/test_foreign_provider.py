"""Under a tracer provider that the program has configured itself."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest
from opentelemetry import trace
from opentelemetry.instrumentation.wsgi import OpenTelemetryMiddleware
from opentelemetry.sdk.trace import SpanLimits, TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from opentelemetry.trace import Status, StatusCode

import otelhook
from otelhook.capture.coexistence.redacting import redact_what_leaves
from otelhook.redaction import Redactor
from tests.waiting import wait_until

DEADLINE = 10.0
HEADERS = {f"X-Header-{number}": str(number) for number in range(200)}


def many(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    start_response("200 Fine", [("Content-Type", "text/plain"), *HEADERS.items()])
    return [b"answer"]


@pytest.fixture(autouse=True)
def _python_takes_that_many_headers(monkeypatch) -> None:
    """http.client, on both sides of these tests, stops at 100."""
    monkeypatch.setattr("http.client._MAXHEADERS", 1000)


@pytest.fixture
def exporter() -> InMemorySpanExporter:
    return InMemorySpanExporter()


@pytest.fixture
def provider(exporter) -> TracerProvider:
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    return provider


def only(exporter: InMemorySpanExporter) -> Any:
    """Return the one span, once the server's thread has ended it."""
    (span,) = wait_until(exporter.get_finished_spans, "a span has ended", DEADLINE)
    return span


ESSENTIAL = {
    "http.request.method": "GET",
    "url.scheme": "http",
    "url.path": "/",
    "http.response.status_code": 200,
    "otelhook.response.reason": "Fine",
    "http.request.body.size": 0,
    "http.response.body.content": "answer",
    "http.response.body.size": 6,
}


def test_two_hundred_headers_of_each_side_evict_no_attribute(provider, exporter, serve, session):
    url = serve(otelhook.Middleware(many, tracer_provider=provider))

    session.get(url, headers=HEADERS)

    span = only(exporter)
    assert span.dropped_attributes == 0
    assert {key: span.attributes.get(key) for key in ESSENTIAL} == ESSENTIAL
    assert len([key for key in span.attributes if ".header." in key]) >= 80


@pytest.mark.parametrize("limit", [40, 64, 128])
def test_the_limit_is_that_of_the_provider_and_stocks_attributes_count(
    exporter, serve, session, limit
):
    provider = TracerProvider(span_limits=SpanLimits(max_span_attributes=limit))
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    ours = otelhook.Middleware(many, tracer_provider=provider)

    session.get(serve(OpenTelemetryMiddleware(ours, tracer_provider=provider)))

    span = only(exporter)
    assert span.dropped_attributes == 0
    assert {key: span.attributes.get(key) for key in ESSENTIAL} == ESSENTIAL
    assert span.attributes["http.method"] == "GET"


def test_a_span_that_the_program_has_filled_keeps_what_was_on_it(
    provider, exporter, serve, session
):
    def app(environ, start_response):
        trace.get_current_span().set_attributes({f"app.{number}": 1 for number in range(120)})
        return many(environ, start_response)

    session.get(serve(otelhook.Middleware(app, tracer_provider=provider)))

    span = only(exporter)
    assert span.dropped_attributes == 0
    assert span.attributes["http.request.method"] == "GET"
    assert span.attributes["app.119"] == 1


@pytest.fixture
def configured(provider, monkeypatch) -> Any:
    """Make the provider the global one, as the program's own set-up does."""
    monkeypatch.setattr(trace, "_TRACER_PROVIDER", provider)
    return provider


def test_the_programs_global_provider_is_used(  # noqa: PLR0913, PLR0917 - fixtures
    configured, exporter, serve, session, monkeypatch, tmp_path
):
    monkeypatch.setenv("OTELHOOK_DATA_DIR", str(tmp_path / "data"))
    app = otelhook.Middleware(many, service="named-otherwise")

    session.get(serve(app))

    span = only(exporter)
    assert span.resource is configured.resource
    assert span.attributes["http.response.body.content"] == "answer"
    assert span.dropped_attributes == 0
    assert not (tmp_path / "data").exists()


def test_it_is_not_shut_down_with_us(configured, exporter):
    handle = otelhook.instrument("mine")
    assert handle.tracer_provider is configured

    handle.uninstrument()

    with configured.get_tracer("program").start_as_current_span("after"):
        pass
    assert only(exporter).name == "after"


def test_the_setting_own_keeps_to_itself(configured, exporter, serve, session, tmp_path):
    environ = {"OTELHOOK_DATA_DIR": str(tmp_path / "data"), "HOME": str(tmp_path)}
    handle = otelhook.instrument("mine", environ=environ, provider="own")

    session.get(serve(otelhook.Middleware(many)))
    handle.uninstrument()

    assert exporter.get_finished_spans() == ()
    assert list((tmp_path / "data").rglob("*.otlp"))


def test_the_setting_both_writes_the_programs_spans_to_the_spool_as_well(
    configured, exporter, serve, session, tmp_path
):
    environ = {"OTELHOOK_DATA_DIR": str(tmp_path / "data"), "HOME": str(tmp_path)}
    handle = otelhook.instrument("mine", environ=environ, provider="both")

    session.get(serve(OpenTelemetryMiddleware(otelhook.Middleware(many))))
    wait_until(
        lambda: any(span.kind.name == "SERVER" for span in exporter.get_finished_spans()),
        "a SERVER span has ended",
        DEADLINE,
    )
    handle.uninstrument()

    data = b"".join(path.read_bytes() for path in (tmp_path / "data").rglob("*.otlp"))
    assert b"opentelemetry.instrumentation.wsgi" in data
    assert b"http.response.body.content" in data


SECRETS = ("hunter2", "gAAAAABk0123456789abcdefXYZ")


def test_what_other_instrumentations_wrote_is_redacted_before_any_exporter_sees_it():
    before, after = InMemorySpanExporter(), InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(before))
    redactor = Redactor.make()
    assert redact_what_leaves(provider, redactor)
    assert redact_what_leaves(provider, redactor)
    provider.add_span_processor(SimpleSpanProcessor(after))

    with provider.get_tracer("other").start_as_current_span("GET /?password=hunter2") as span:
        span.set_attributes(
            {
                "url.full": "http://demo:hunter2@host/?token=gAAAAABk0123456789abcdefXYZ",
                "http.url": "http://host/?password=hunter2&page=2",
                "http.target": "/?password=hunter2",
                "url.query": "password=hunter2",
                "http.request.header.x_auth_token": ["gAAAAABk0123456789abcdefXYZ"],
                "http.response.header.set-cookie": ("session=gAAAAABk0123456789abcdefXYZ",),
                "app.answer": 42,
            }
        )
        span.record_exception(ValueError("password=hunter2"))
        span.set_status(Status(StatusCode.ERROR, "password=hunter2"))

    assert len(provider._active_span_processor._span_processors) == 3
    for exporter in (before, after):
        shown = only(exporter)
        text = shown.to_json()
        assert not [secret for secret in SECRETS if secret in text]
        assert shown.attributes["app.answer"] == 42
        assert "page=2" in shown.attributes["http.url"]
        assert [event.name for event in shown.events] == ["exception"]
        assert shown.status.status_code is StatusCode.ERROR


def test_nothing_is_redacted_where_that_is_switched_off_or_cannot_be(provider, exporter):
    off = Redactor.make(enabled=False)
    redact_what_leaves(provider, off)
    with provider.get_tracer("other").start_as_current_span("work") as span:
        span.set_attribute("url.full", "http://host/?password=hunter2")

    assert only(exporter).attributes["url.full"] == "http://host/?password=hunter2"
    assert not redact_what_leaves(trace.NoOpTracerProvider(), off)


@pytest.mark.parametrize("variable", ["WSGI_EXCLUDED_URLS", "EXCLUDED_URLS"])
def test_requests_to_excluded_urls_are_not_recorded(  # noqa: PLR0913, PLR0917 - fixtures
    provider, exporter, serve, session, monkeypatch, variable
):
    monkeypatch.setenv(f"OTEL_PYTHON_{variable}", "health,ready$")
    url = serve(otelhook.Middleware(many, tracer_provider=provider))

    for path in ("/healthz", "/ready", "/ready/not"):
        assert session.get(url + path).content == b"answer"

    assert only(exporter).attributes["url.path"] == "/ready/not"


def test_calls_to_excluded_urls_are_not_recorded(instrument, serve, session, recorded):
    instrument(environ={"HOME": "/nonexistent", "OTEL_PYTHON_REQUESTS_EXCLUDED_URLS": "quiet"})
    url = serve(many)

    session.get(f"{url}/quiet")
    session.get(f"{url}/loud")

    assert recorded.client()["url.full"] == f"{url}/loud"


def test_an_exclusion_that_is_no_regular_expression_excludes_nothing_and_is_said(  # noqa: PLR0913, PLR0917 - fixtures
    provider, exporter, serve, session, monkeypatch, caplog
):
    monkeypatch.setenv("OTEL_PYTHON_WSGI_EXCLUDED_URLS", "(")

    session.get(serve(otelhook.Middleware(many, tracer_provider=provider)))

    assert only(exporter).attributes["url.path"] == "/"
    assert "OTEL_PYTHON_WSGI_EXCLUDED_URLS excludes nothing" in caplog.text


def test_under_otelhook_run_a_program_with_a_provider_of_its_own_is_on_the_page(tmp_path):
    (tmp_path / "client.py").write_text(
        "import requests\n"
        "from opentelemetry import trace\n"
        "from opentelemetry.sdk.trace import TracerProvider\n"
        "trace.set_tracer_provider(TracerProvider())\n"
        "try: requests.get('http://127.0.0.1:1/asked')\n"
        "except requests.ConnectionError: print('refused')\n"
    )
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "otelhook",
            "run",
            "--out",
            "pages",
            "--",
            sys.executable,
            "client.py",
        ],
        cwd=tmp_path,
        env={"HOME": str(tmp_path), "OTELHOOK_DATA_DIR": str(tmp_path / "data")},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    assert "/asked" in "".join(path.read_text() for path in (tmp_path / "pages").rglob("*.md"))
