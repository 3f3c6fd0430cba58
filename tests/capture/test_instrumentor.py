"""``opentelemetry-instrument``: captures with consent, and without it does nothing at all."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from otelhook.model import Span
from otelhook.settings import load
from otelhook.sources import open_source
from tests.waiting import wait_until

BIN = Path(sys.executable).parent

PROGRAM = """
import sys, threading, urllib.request
from wsgiref.simple_server import make_server, WSGIRequestHandler
import requests

class Quiet(WSGIRequestHandler):
    def log_message(self, *args): pass

def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "13")])
    return [b"answer of app"]

server = make_server("127.0.0.1", 0, app, handler_class=Quiet)
thread = threading.Thread(target=server.handle_request)
thread.start()
print(requests.post(f"http://127.0.0.1:{server.server_port}/asked", data="question").text)
thread.join()
print(sorted(name for name in sys.modules if name.startswith("otelhook.")), file=sys.stderr)
"""


def run(tmp_path: Path, program: str = PROGRAM, /, **more: str) -> subprocess.CompletedProcess[str]:
    (tmp_path / "app.py").write_text(program)
    environ = {
        "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "OTELHOOK_DATA_DIR": str(tmp_path / "data"),
        **more,
    }
    return subprocess.run(
        [str(BIN / "opentelemetry-instrument"), sys.executable, "app.py"],
        cwd=tmp_path,
        env=environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def spooled(tmp_path: Path) -> bytes:
    return b"".join(path.read_bytes() for path in (tmp_path / "data").rglob("*.otlp"))


def spans_of(tmp_path: Path) -> list[Span]:
    settings = load({"data_dir": str(tmp_path / "data")}, environ={}).settings
    source = open_source("", settings)
    return [span for one in source.newest(10) for span in source.trace(one).spans]


def wait_for_spool(tmp_path: Path) -> None:
    wait_until(lambda: b"/asked" in spooled(tmp_path), "the request is in the spool")


def test_without_consent_nothing_is_patched_started_or_written(tmp_path):
    done = run(tmp_path)

    assert (done.returncode, done.stdout) == (0, "answer of app\n")
    assert not (tmp_path / "data").exists()
    assert "otelhook.capture.record.scope" not in done.stderr
    assert "otelhook.capture.bootstrap.servers" not in done.stderr


def test_with_consent_to_both_headers_and_bodies_are_recorded_on_both_sides(tmp_path):
    done = run(tmp_path, OTELHOOK_CAPTURE="headers,bodies")

    assert (done.returncode, done.stdout) == (0, "answer of app\n")
    data = spooled(tmp_path)
    assert data.count(b"answer of app") == 2
    assert data.count(b"question") == 1  # the application does not read it
    assert b"http.request.header.user-agent" in data


def test_the_calls_of_an_application_are_recorded_beside_stock_instrumentation_without_an_sdk(
    tmp_path,
):
    """As keystone's and placement's are: nobody has set a provider, and `requests` is patched."""
    asks_further = """
    if environ["PATH_INFO"] == "/asked":
        further = threading.Thread(target=server.handle_request)
        further.start()
        requests.get(f"http://127.0.0.1:{server.server_port}/further")
        further.join()
"""
    begin = "def app(environ, start_response):\n"
    program = PROGRAM.replace(begin, begin + asks_further.lstrip("\n"))
    run(tmp_path, program, OTELHOOK_CAPTURE="headers,bodies")

    spans = spans_of(tmp_path)
    chain = sorted(spans, key=lambda span: span.start_time)
    assert [span.kind.name for span in chain] == ["CLIENT", "SERVER", "CLIENT", "SERVER"]
    assert [span.parent_span_id for span in chain[1:]] == [span.span_id for span in chain[:3]]


def test_with_consent_to_headers_only_no_body_is_recorded(tmp_path):
    done = run(tmp_path, OTELHOOK_CAPTURE="headers")

    assert (done.returncode, done.stdout) == (0, "answer of app\n")
    data = spooled(tmp_path)
    assert b"http.request.header.user-agent" in data
    assert b"/asked" in data
    assert b"answer of app" not in data
    assert b"question" not in data
    assert b".body." not in data


@pytest.mark.parametrize("wrong", ["bodies", "everything", "headers,cookies"])
def test_a_consent_that_is_none_is_said_in_one_line_and_the_program_runs(tmp_path, wrong):
    done = run(tmp_path, OTELHOOK_CAPTURE=wrong)

    assert (done.returncode, done.stdout) == (0, "answer of app\n")
    assert done.stderr.startswith("otelhook: OTELHOOK_CAPTURE: expected headers, or headers,bodies")
    assert not (tmp_path / "data").exists()


APPLICATION = """
def make():
    def app(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [b"answer of app"]
    return app

application = other = make()
"""

UWSGI = {
    "a module": ["--module", "served"],
    "a module and a name": ["--module", "served:other"],
    "a factory": ["--module", "served:make()"],
    "a file": ["--wsgi-file", "served.py"],
    "a file and a name": ["--wsgi-file", "served.py", "--callable", "other"],
    "loaded in the worker": ["--module", "served", "--master", "--lazy-apps"],
}


@pytest.mark.parametrize("way", UWSGI)
def test_uwsgi_serves_the_captured_application(tmp_path, way):
    (tmp_path / "served.py").write_text(APPLICATION)
    environ = {
        "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}",
        "HOME": str(tmp_path),
        "PYTHONPATH": str(tmp_path),
        "OTELHOOK_CAPTURE": "headers,bodies",
        "OTELHOOK_DATA_DIR": str(tmp_path / "data"),
    }
    command = ["opentelemetry-instrument", str(BIN / "pyuwsgi"), "--http-socket", "127.0.0.1:0"]
    with subprocess.Popen(
        [str(BIN / command[0]), *command[1:], "--need-app", "--die-on-term", *UWSGI[way]],
        cwd=tmp_path,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as server:
        try:
            assert server.stdout is not None
            said: list[str] = []
            port = 0
            for line in server.stdout:
                said.append(line)
                if "bound to TCP address" in line:
                    port = int(line.partition("127.0.0.1:")[2].split()[0])
                if line.startswith("spawned uWSGI") and "master" not in line:
                    break
            assert port, said
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/asked", timeout=30) as answer:
                assert answer.read() == b"answer of app"
            wait_for_spool(tmp_path)  # uWSGI gives a worker no time for its last words
        finally:
            server.send_signal(signal.SIGTERM)
            rest = server.stdout.read() if server.stdout is not None else ""
            server.wait(30)

    data = spooled(tmp_path)
    assert b"/asked" in data, (said, rest)
    assert b"answer of app" in data
