"""Rows of the shared cases that need an environment of their own, bare and under otelhook run."""

from __future__ import annotations

import json
import os
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.day.environments import environment

SERVICES = Path(__file__).parents[3] / "shared" / "cases" / "services"

pytestmark = [
    pytest.mark.timeout(600),
    pytest.mark.skipif(not SERVICES.is_dir(), reason="needs ../shared/cases/services"),
]


@pytest.fixture
def port() -> Iterator[int]:
    class Answering(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response_only(200)
            self.send_header("Content-Type", "text/plain")
            self.end_headers()
            self.wfile.write(b"42 disks")

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    yield server.server_port
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize("beside", ["urllib3-future", "niquests"])
def test_http_client_is_recorded_beside_urllib3_future(
    tmp_path: Path, port: int, beside: str
) -> None:
    """Importing our hook once met itself half-loaded there, since importing it imports urllib3."""
    place = environment(f"circ-{beside}", ("requests", beside))
    program = tmp_path / "circ_client.py"
    program.write_text(
        (SERVICES / "circ_client.py").read_text("utf-8").replace("8893", str(port)), "utf-8"
    )
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("OTEL", "PYTHON"))}
    environ = {**kept, "OTELHOOK_DATA_DIR": str(tmp_path / "data"), "no_proxy": "127.0.0.1"}

    def run(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*words], cwd=tmp_path, env=environ, capture_output=True, text=True, check=False
        )

    python, otelhook = str(place / "python"), str(place / "otelhook")
    bare = run(python, str(program))
    ours = run(otelhook, "run", "--", python, str(program))
    assert (bare.returncode, bare.stdout) == (0, "b'42 disks'\n"), bare.stderr
    assert (ours.returncode, ours.stdout) == (bare.returncode, bare.stdout), ours.stderr
    said = [line for line in ours.stderr.splitlines() if line not in bare.stderr.splitlines()]
    assert len(said) == 1, ours.stderr
    assert "otelhook: recorded trace " in said[0]
    document = json.loads(run(otelhook, "render", "latest", "--format", "json").stdout)
    asked, answered = document["steps"]
    assert (asked["method"], asked["path"]) == ("GET", "/stock.txt")
    assert (answered["status_code"], answered["body"]["content"]) == (200, "42 disks")
