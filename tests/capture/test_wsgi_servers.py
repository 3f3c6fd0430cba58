"""Under real servers, and with werkzeug's lint."""

from __future__ import annotations

import functools
import json
import os
import signal
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from opentelemetry.trace import SpanKind
from waitress import wasyncore
from waitress.server import create_server
from werkzeug.middleware.lint import LintMiddleware
from werkzeug.serving import make_server as make_werkzeug_server
from werkzeug.test import Client
from werkzeug.wrappers import Request, Response

import otelhook

APPLICATION = """
import os, otelhook
from opentelemetry.sdk.trace.export import SimpleSpanProcessor, ConsoleSpanExporter


class Line(ConsoleSpanExporter):
    def export(self, spans):
        with open(os.environ["SPANS"], "a") as file:
            for span in spans:
                file.write(span.to_json(indent=None) + "\\n")


otelhook.instrument("app", span_processors=[SimpleSpanProcessor(Line())], data_dir=".")


def body(environ, start_response):
    if environ["PATH_INFO"] == "/file":
        start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "9")])
        return environ["wsgi.file_wrapper"](open(os.environ["SERVED"], "rb"))
    if environ["PATH_INFO"] == "/generator":
        start_response("200 OK", [("Content-Type", "text/plain")])
        return (part for part in (b"gene", b"rated"))
    sent = environ["wsgi.input"].read()
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", str(len(sent)))])
    return [sent]


app = otelhook.Middleware(body)
"""


def werkzeug_app(request: Request) -> Response:
    data = request.get_data()
    if request.path == "/stream":
        return Response((part for part in ("gene", "rated")), mimetype="text/plain")
    if request.path == "/none":
        return Response(status=204)
    return Response(data or b"nothing", mimetype="text/plain")


@pytest.fixture
def application(instrument) -> Any:
    instrument("app")
    return otelhook.Middleware(Request.application(werkzeug_app), service="app")


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
@pytest.mark.parametrize("path", ["/", "/stream", "/none"])
def test_werkzeugs_lint_finds_no_more_than_without_us(instrument, recorded, method, path):
    instrument("app")
    inner = LintMiddleware(Request.application(werkzeug_app))
    ours = LintMiddleware(otelhook.Middleware(inner, service="app"))

    def findings(app: Any) -> list[str]:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            data = b"abc" if method == "POST" else None
            Client(app).open(path, method=method, data=data).close()
        return sorted({str(one.message) for one in caught})

    assert findings(ours) == findings(LintMiddleware(inner))
    assert (method, path) != ("GET", "/") or findings(ours) == []
    assert recorded.all()


@pytest.fixture(params=["waitress", "werkzeug"])
def threaded(request, application) -> Iterator[str]:
    if request.param == "waitress":
        server: Any = create_server(application, host="127.0.0.1", port=0)
        port, run, stop = server.effective_port, server.run, functools.partial(_stop, server)
    else:
        server = make_werkzeug_server("127.0.0.1", 0, application, threaded=True)
        port, run, stop = server.server_port, server.serve_forever, server.shutdown
    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{port}"
    stop()
    thread.join(10)
    assert not thread.is_alive()
    if request.param == "werkzeug":
        server.server_close()


def _stop(server: Any) -> None:
    """End a waitress server: its tasks first, since each wakes the loop as its last act; then all
    of the loop's sockets, closed in the loop's own thread, which ends without any.
    """
    server.task_dispatcher.shutdown()
    server.trigger.pull_trigger(functools.partial(wasyncore.close_all, server._map))


def test_a_threaded_server_answers_as_ever_and_each_request_is_one_trace(
    threaded, session, recorded
):
    assert session.post(f"{threaded}/", data=b"body").content == b"body"
    assert session.get(f"{threaded}/stream").content == b"generated"
    assert session.get(f"{threaded}/none").content == b""

    spans = recorded.wait(3, SpanKind.SERVER)
    assert len({span.context.trace_id for span in spans}) == 3
    assert [span.attributes["http.response.body.size"] for span in spans] == [4, 9, 0]


@pytest.fixture(params=["sync", "gthread"])
def gunicorn(request, tmp_path) -> Iterator[tuple[str, Path, subprocess.Popen[bytes]]]:
    (tmp_path / "application.py").write_text(APPLICATION)
    (tmp_path / "served.txt").write_bytes(b"from file")
    spans = tmp_path / "spans"
    environ = os.environ | {"SPANS": str(spans), "SERVED": str(tmp_path / "served.txt")}
    command = [sys.executable, "-m", "gunicorn", "-b", "127.0.0.1:0", "-k", request.param]
    command += ["--no-control-socket", "--threads", "2", "application:app"]
    process = subprocess.Popen(command, cwd=tmp_path, env=environ, stderr=subprocess.PIPE)
    assert process.stderr is not None
    address = ""
    for raw in process.stderr:
        line = raw.decode()
        if "Listening at: " in line:
            address = line.split("Listening at: ")[1].split()[0]
        if "Booting worker" in line:
            break
    yield address, spans, process
    process.send_signal(signal.SIGTERM)
    process.stderr.read()
    process.wait(10)
    process.stderr.close()


def test_gunicorn_answers_as_ever_and_sends_files_with_our_eyes_on_them(gunicorn, session):
    address, spans, _ = gunicorn

    assert session.post(f"{address}/", data=b"body").content == b"body"
    assert session.post(f"{address}/", data=iter([b"chun", b"ked"])).content == b"chunked"
    assert session.get(f"{address}/file").content == b"from file"
    assert session.get(f"{address}/generator").content == b"generated"
    assert session.head(f"{address}/file").content == b""

    end = time.monotonic() + 10
    lines: list[str] = []
    while len(lines) < 5 and time.monotonic() < end:
        lines = spans.read_text().splitlines() if spans.exists() else []
        threading.Event().wait(0.01)
    found = [json.loads(line)["attributes"] for line in lines]
    assert [one.get("http.response.body.content") for one in found] == [
        "body",
        "chunked",
        "from file",
        "generated",
        "",
    ]
    assert [one["http.request.body.content"] for one in found] == ["body", "chunked", "", "", ""]
    assert [one["http.response.body.size"] for one in found] == [4, 7, 9, 9, 0]


def test_two_services_in_one_process_keep_their_names_and_their_calls(
    instrument, serve, session, recorded
):
    for name in ("front", "back", "caller"):
        instrument(name)

    def answer(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"deep"]

    back = serve(otelhook.Middleware(answer, service="back"))

    def pass_on(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [requests.get(back, timeout=5).content]

    front = serve(otelhook.Middleware(pass_on, service="front"))
    assert session.get(front).content == b"deep"

    spans = recorded.wait(4)
    named = {
        (span.resource.attributes["service.name"], span.kind.name): span.context.span_id
        for span in spans
    }
    parents = {span.context.span_id: span.parent and span.parent.span_id for span in spans}
    assert len({span.context.trace_id for span in spans}) == 1
    assert parents[named["back", "SERVER"]] == named["front", "CLIENT"]
    assert parents[named["front", "CLIENT"]] == named["front", "SERVER"]
    assert parents[named["front", "SERVER"]] == named["caller", "CLIENT"]
