"""Other headers than W3C's: services of before OpenTelemetry share their traces with new ones."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from opentelemetry.context import Context
from opentelemetry.trace import NonRecordingSpan, SpanContext

from otelhook.capture.context.propagation import is_programs_own, with_span

PROGRAM = """
import json, sys, threading, time
from wsgiref.simple_server import WSGIRequestHandler, make_server
import requests
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
import otelhook

exporter = InMemorySpanExporter()
otelhook.instrument("app", span_processors=[SimpleSpanProcessor(exporter)], data_dir=".")
asked = []


class Quiet(WSGIRequestHandler):
    def log_message(self, *_):
        pass


def behind(environ, start_response):
    asked.append({k: v for k, v in environ.items() if k.startswith("HTTP_")})
    start_response("200 OK", [("Content-Length", "0")])
    return []


def front(environ, start_response):
    own = {} if "baggage" in sys.argv else {"baggage": "own=1"}
    requests.get(f"http://127.0.0.1:{second.server_port}/", headers=own)
    start_response("200 OK", [("Content-Length", "0")])
    return []


def serve(app):
    server = make_server("127.0.0.1", 0, app, handler_class=Quiet)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    return server


second = serve(behind)
first = serve(otelhook.Middleware(front, service="app"))
headers = json.loads(sys.argv[1])
if "legacy" in sys.argv:
    from jaeger_client import Config
    from opentracing import Format

    legacy = Config(
        {"sampler": {"type": "const", "param": 1}, "logging": False}, service_name="old"
    ).new_tracer()
    with legacy.start_span("asks") as span:
        legacy.inject(span.context, Format.HTTP_HEADERS, headers)
        theirs = [f"{span.trace_id:032x}", f"{span.span_id:016x}"]
else:
    theirs = []
import urllib.request
request = urllib.request.Request(f"http://127.0.0.1:{first.server_port}/", headers=headers)
from opentelemetry.instrumentation.utils import suppress_http_instrumentation
with suppress_http_instrumentation():
    urllib.request.urlopen(request).read()
until = time.monotonic() + 30
while len(exporter.get_finished_spans()) < 2 and time.monotonic() < until:
    time.sleep(0.005)  # the server ends its span after the client has its answer
spans = [
    [s.kind.name, f"{s.context.trace_id:032x}", f"{s.context.span_id:016x}",
     s.parent and f"{s.parent.span_id:016x}"]
    for s in exporter.get_finished_spans()
]
print(json.dumps([spans, asked, theirs]))
"""

TRACE, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


def run(tmp_path: Path, headers: dict[str, str], *words: str, propagators: str = ""):
    environ = {k: v for k, v in os.environ.items() if not k.startswith(("OTEL", "HTTP"))}
    environ |= {"HOME": str(tmp_path), "OTEL_PROPAGATORS": propagators, "no_proxy": "127.0.0.1"}
    if not propagators:
        del environ["OTEL_PROPAGATORS"]
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", PROGRAM, json.dumps(headers), *words],
        cwd=tmp_path,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    spans, asked, theirs = json.loads(done.stdout)
    found = {kind: (trace, span, parent) for kind, trace, span, parent in spans}
    return found, asked[0], theirs, done.stderr


def test_jaegers_header_is_read_and_written_where_it_is_named(tmp_path: Path) -> None:
    found, asked, _, _ = run(
        tmp_path,
        {"uber-trace-id": f"{TRACE}:{PARENT}:0:1"},
        propagators="tracecontext,jaeger",
    )
    assert found["SERVER"][0] == TRACE
    assert found["SERVER"][2] == PARENT
    trace, span, parent = found["CLIENT"]
    assert (trace, parent) == (TRACE, found["SERVER"][1])
    assert asked["HTTP_TRACEPARENT"] == f"00-{TRACE}-{span}-01"
    assert [int(part, 16) for part in asked["HTTP_UBER_TRACE_ID"].split(":")[:2]] == [
        int(TRACE, 16),
        int(span, 16),
    ]


def test_a_service_with_jaeger_client_and_one_of_ours_share_a_trace(tmp_path: Path) -> None:
    pytest.importorskip("jaeger_client")
    found, _, theirs, _ = run(tmp_path, {}, "legacy", propagators="jaeger")
    assert [found["SERVER"][0], found["SERVER"][2]] == theirs


def test_without_the_variable_it_is_w3c_alone(tmp_path: Path) -> None:
    given = {
        "traceparent": f"00-{TRACE}-{PARENT}-01",
        "uber-trace-id": f"{TRACE[::-1]}:{PARENT}:0:1",
    }
    found, asked, _, _ = run(tmp_path, given)
    assert (found["SERVER"][0], found["SERVER"][2]) == (TRACE, PARENT)
    assert "HTTP_UBER_TRACE_ID" not in asked
    assert asked["HTTP_BAGGAGE"] == "own=1"


def test_the_programs_own_baggage_stays_where_baggage_is_propagated(tmp_path: Path) -> None:
    _, asked, _, _ = run(tmp_path, {}, propagators="tracecontext,baggage,jaeger")
    assert asked["HTTP_BAGGAGE"] == "own=1"


def test_a_propagator_that_is_not_there_is_said_and_w3c_is_read(tmp_path: Path) -> None:
    code = (
        "from otelhook.capture.context.propagation import parent_in_environ, propagated\n"
        f"line = '00-{TRACE}-{PARENT}-01'\n"
        "print(parent_in_environ({'HTTP_TRACEPARENT': line}) is not None, sorted(propagated()))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"OTEL_PROPAGATORS": "nonesuch"},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout == "True ['traceparent', 'tracestate']\n"
    assert "OTEL_PROPAGATORS names what is not installed" in done.stderr


HERE = with_span(NonRecordingSpan(SpanContext(int(TRACE, 16), 7, is_remote=False)))
OF_HERE = f"00-{TRACE}-{PARENT}-01"
OF_ANOTHER = f"00-{TRACE[::-1]}-{PARENT}-01"


@pytest.mark.parametrize(
    ("headers", "url", "stays"),
    [
        ({"x-own": "1"}, "", False),
        ({"traceparent": OF_HERE}, "", False),
        ({"traceparent": OF_HERE, "authorization": "Bearer abc"}, "", False),
        ({"traceparent": OF_ANOTHER}, "", True),
        ({"traceparent": "of nothing"}, "", True),
        ({"tracestate": "vendor=1"}, "", True),
        ({"traceparent": OF_HERE, "x-sig": "abc"}, "", True),
        ({"traceparent": OF_HERE, "x-hub-signature-256": "abc"}, "", True),
        ({"traceparent": OF_HERE, "signature-input": "sig1=(...)"}, "", True),
        ({"traceparent": OF_HERE, "authorization": "AWS4-HMAC-SHA256 Credential=a"}, "", True),
        ({"traceparent": OF_HERE}, "http://a/b?X-Amz-Signature=1", True),
        ({"traceparent": OF_HERE}, "http://a/b?design=1&assignee=2", False),
    ],
)
def test_what_the_program_wrote_itself_stays_unless_it_only_passes_this_trace_on(
    headers, url, stays
) -> None:
    assert is_programs_own(headers, HERE, url) is stays


def test_where_no_span_is_current_what_the_program_wrote_stays() -> None:
    assert is_programs_own({"traceparent": OF_HERE}, Context())


def test_baggage_is_read_and_written_where_it_is_named(tmp_path: Path) -> None:
    given = {"traceparent": f"00-{TRACE}-{PARENT}-01", "baggage": "tenant=blue"}
    found, asked, _, _ = run(tmp_path, given, "baggage", propagators="tracecontext,baggage")
    assert (found["SERVER"][0], found["SERVER"][2]) == (TRACE, PARENT)
    assert asked["HTTP_BAGGAGE"] == "tenant=blue"
    found, asked, _, _ = run(tmp_path, {"baggage": "a=1"}, "baggage", propagators="baggage")
    assert asked["HTTP_BAGGAGE"] == "a=1"
    _, asked, _, _ = run(tmp_path, given, "baggage")
    assert "HTTP_BAGGAGE" not in asked
