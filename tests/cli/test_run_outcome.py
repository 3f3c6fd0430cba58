"""What ``otelhook run`` says and keeps of what came of it."""

from __future__ import annotations

import json
import shlex
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

SERVED = """
import subprocess, sys, threading
from wsgiref.simple_server import WSGIRequestHandler, make_server
class Quiet(WSGIRequestHandler):
    def log_message(self, *words): pass
def app(environ, start):
    start('200 OK', [])
    return [b'answered']
server = make_server('127.0.0.1', 0, app, handler_class=Quiet)
threading.Thread(target=server.serve_forever, daemon=True).start()
address = f'http://127.0.0.1:{server.server_port}'
for path in sys.argv[1:]:
    call = "import sys, urllib.request; urllib.request.urlopen(sys.argv[1]).read()"
    subprocess.run([sys.executable, '-S', '-c', call, address + path], env={}, check=True)
"""


def calling(address: str, path: str = "/things") -> list[str]:
    return [sys.executable, "-c", f"import requests; requests.get({address!r} + {path!r})"]


def rows(otelhook: Any) -> list[dict[str, Any]]:
    out = otelhook("traces", "--json").out
    return list(json.loads(out)) if out.startswith("[") else []


def test_a_run_that_recorded_nothing_is_reported_and_not_kept(otelhook: Any, address: str) -> None:
    otelhook("run", "--", *calling(address))
    done = otelhook("run", "--", "true")
    assert done.err.startswith("otelhook: no request was recorded: true is not started by Python")
    assert len(rows(otelhook)) == 1
    assert "GET /things" in otelhook("render", "latest", "--format", "text").out


def test_what_the_console_showed_is_kept_without_requests_too(otelhook: Any) -> None:
    otelhook("run", "--record-output", "--", "echo", "hello")
    found = json.loads(otelhook("render", "latest", "--format", "json").out)
    assert found["command"]["output"] == "hello\n"


def test_requests_from_outside_are_what_a_server_has_recorded(otelhook: Any) -> None:
    (otelhook.home / "served.py").write_text(SERVED)
    done = otelhook("run", "--out", "pages", "--", sys.executable, "served.py", "/one", "/two")
    newest = rows(otelhook)[0]
    assert done.code == 0
    assert done.err == (
        "otelhook: recorded 2 traces of requests from outside; see the newest with: "
        f"otelhook render {newest['short_id']}; its page is pages/index.md\n"
    )
    assert [row["root"] for row in rows(otelhook)] == ["GET /two", "GET /one"]
    page = (otelhook.home / "pages/index.md").read_text()
    assert "GET /one" in page
    assert "GET /two" in page


def test_traces_of_another_service_are_not_taken_for_the_runs(
    otelhook: Any, stored: Any, exchange: Any
) -> None:
    stored(exchange(7, started=2_000_000_000))
    (otelhook.home / "served.py").write_text(SERVED)
    done = otelhook("run", "--", sys.executable, "served.py", "/one")
    assert "recorded 1 trace of requests from outside" in done.err


def test_programs_of_one_script_are_lifelines_of_their_own(otelhook: Any, address: str) -> None:
    lines: list[str] = []
    for name in ("buy", "sell", "count"):
        (otelhook.home / f"{name}.py").write_text(
            f"import requests; requests.get('{address}/{name}')"
        )
        lines.append(shlex.join([sys.executable, f"{name}.py"]))
    lines.append(shlex.join(calling(address, "/nameless")))
    lines.append(f"OTEL_SERVICE_NAME=told {lines[0]}")
    (otelhook.home / "all.sh").write_text("\n".join(lines))
    otelhook("run", "--", "sh", "all.sh")
    found = json.loads(otelhook("render", "latest", "--format", "json").out)
    assert [step["source"] for step in found["steps"][::2]] == [
        "buy",
        "sell",
        "count",
        "sh",
        "told",
    ]
    otelhook("run", "--service", "mine", "--", "sh", "all.sh")
    found = json.loads(otelhook("render", "latest", "--format", "json").out)
    assert {step["source"] for step in found["steps"][:8:2]} == {"mine"}


class _Receiver(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()
        self.server.taken.append(self.path)  # type: ignore[attr-defined]

    def log_message(self, *_words: object) -> None:
        pass


@pytest.fixture
def receiver() -> Iterator[tuple[str, list[str]]]:
    """Takes OTLP over HTTP; an address, and the paths that were asked for."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Receiver) as server:
        taken: list[str] = []
        server.taken = taken  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", taken
        server.shutdown()
        thread.join()


def test_pages_are_written_where_spans_go_to_an_endpoint_too(
    otelhook: Any, address: str, receiver: tuple[str, list[str]]
) -> None:
    endpoint, taken = receiver
    otelhook.environ |= {"OTEL_EXPORTER_OTLP_ENDPOINT": endpoint}
    done = otelhook("run", "--out", "pages", "--", *calling(address))
    assert done.err.endswith(f" went to {endpoint}; its page is pages/index.md\n")
    assert "GET /things" in (otelhook.home / "pages/index.md").read_text()
    assert len(taken) == 2  # the call's, and the root's
    assert not otelhook.data_dir.exists()


def test_a_data_folder_that_cannot_be_written_is_reported_once_before_the_command_runs(
    otelhook: Any, address: str
) -> None:
    (otelhook.home / "file").write_text("")
    done = otelhook("run", "--data-dir", "file/data", "--", *calling(address))
    place = otelhook.home / "file"
    assert done.err == (
        f"otelhook: the data folder {place}/data cannot be made: {place} is a file: nothing of "
        "this run is recorded; name a folder with --data-dir\n"
    )


@pytest.mark.parametrize("command", ["traces", "render", "export", "delete"])
def test_a_mistyped_data_folder_is_an_error_where_something_is_read(
    otelhook: Any, command: str
) -> None:
    words = {"export": ["--to", "x.otlp"], "delete": ["latest", "--yes"]}.get(command, [])
    done = otelhook(command, *words, "--data-dir", "nowhere")
    assert (done.code, done.out) == (2, "")
    assert done.err == "otelhook: --data-dir nowhere: there is no such folder\n"
    assert not (otelhook.home / "nowhere").exists()


@pytest.mark.parametrize("option", ["--hide", "--openapi"])
def test_a_file_that_fits_nothing_is_reported(
    otelhook: Any, stored: Any, exchange: Any, option: str
) -> None:
    stored(exchange(7))
    files = {
        "--hide": ("rules.toml", '[[filters]]\nurls = ["{path}"]\n'),
        "--openapi": (
            "api.json",
            '{{"openapi": "3.0.0", "paths": {{"{path}": {{"get": {{"summary": "Lists"}}}}}}}}',
        ),
    }
    name, text = files[option]
    path = Path(otelhook.home, name)
    path.write_text(text.format(path="/elsewhere"))
    done = otelhook("render", option, path)
    assert done.code == 0
    assert done.err == f"otelhook: {path}: it fits nothing in this trace\n"
    path.write_text(text.format(path="/v2/images"))
    assert otelhook("render", option, path).err == ""
