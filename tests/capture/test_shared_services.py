"""Services and their clients as they were found: each row is run bare and under ``otelhook run``.

Ports are other ones than in the files, so that rows can run beside each other. What needs an
environment of its own is in `tests/day`.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.waiting import wait_until

SERVICES = Path(__file__).parents[3] / "shared" / "cases" / "services"

pytestmark = pytest.mark.skipif(not SERVICES.is_dir(), reason="needs ../shared/cases/services")


@dataclass(frozen=True)
class Done:
    """A program that has ended."""

    code: int
    out: str
    err: str


@dataclass
class Row:
    """A folder with the programs of a row, on ports of their own, and what is recorded there."""

    folder: Path
    stack: ExitStack
    ports: dict[str, int] = field(default_factory=dict[str, int])

    def environ(self) -> dict[str, str]:
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("OTEL", "PYTEST")) and not name.lower().endswith("_proxy")
        }
        tools = Path(sys.executable).parent
        return kept | {
            "OTELHOOK_DATA_DIR": str(self.folder / "data"),
            "PATH": f"{tools}:{os.environ['PATH']}",
            "PYTHONDONTWRITEBYTECODE": "1",
        }

    def take(self, *files: str, ports: Sequence[str] = ()) -> None:
        """Copy files of the cases here, with ports that are free in the place of theirs."""
        for port in ports:
            with socket.socket() as found:
                found.bind(("127.0.0.1", 0))
                self.ports.setdefault(port, int(found.getsockname()[1]))
        for name in files:
            text = (SERVICES / name).read_text("utf-8")
            for port, own in self.ports.items():
                text = text.replace(port, str(own))
            (self.folder / Path(name).name).write_text(text, "utf-8")

    def run(self, *words: str) -> Done:
        """Run the interpreter with words."""
        done = subprocess.run(
            [sys.executable, *words],
            cwd=self.folder,
            env=self.environ(),
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        return Done(done.returncode, done.stdout, done.stderr)

    def both(self, *words: str, code: int = 0) -> Done:
        """Run a program bare and under ``otelhook run``, and hold the two to each other."""
        bare = self.run(*words)
        ours = self.run("-m", "otelhook", "run", "--", sys.executable, *words)
        assert bare.code == code, bare.err
        assert (ours.code, ours.out) == (bare.code, bare.out), ours.err
        assert "otelhook: recorded trace " in ours.err
        return ours

    def serve(self, service: str, port: str) -> None:
        """Serve an application with uvicorn under ``otelhook run`` until the test ends."""
        own = self.ports[port]
        uvicorn = [sys.executable, "-m", "uvicorn", "--port", str(own), f"{service}:app"]
        run = [sys.executable, "-m", "otelhook", "run", "--quiet", "--service", service, "--"]
        log = self.stack.enter_context((self.folder / f"{service}.log").open("wb"))
        process = subprocess.Popen(
            [*run, *uvicorn], cwd=self.folder, env=self.environ(), stdout=log, stderr=log
        )
        self.stack.callback(process.wait, 30)
        self.stack.callback(process.terminate)

        def listens() -> bool:
            said = (self.folder / f"{service}.log").read_text("utf-8")
            assert process.poll() is None, said
            with socket.socket() as asked:
                return asked.connect_ex(("127.0.0.1", own)) == 0

        wait_until(listens, f"{service} listens")

    def steps(self) -> list[dict[str, Any]]:
        """Return the steps of the newest trace."""
        shown = self.run("-m", "otelhook", "render", "latest", "--format", "json")
        assert shown.code == 0, shown.err
        return list(json.loads(shown.out)["steps"])


@pytest.fixture
def row(tmp_path: Path) -> Iterator[Row]:
    with ExitStack() as stack:
        yield Row(tmp_path, stack)


@pytest.fixture
def answering() -> Iterator[Callable[[], int]]:
    """Start what answers each request of the services' clients; returns its port."""
    with ExitStack() as stack:

        class Answering(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                self.rfile.read(int(self.headers.get("Content-Length", 0)))
                self.send_response_only(200)
                self.send_header("Content-Length", "2")
                self.end_headers()
                self.wfile.write(b"ok")

        def start() -> int:
            server = ThreadingHTTPServer(("127.0.0.1", 0), Answering)
            server.daemon_threads = True
            threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
            stack.callback(server.server_close)
            stack.callback(server.shutdown)
            return server.server_port

        yield start


CLIENTS = ("c_httpx", "c_aiohttp", "c_requests", "c_httpx_req")


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Row]:
    """Two services of FastAPI that run until the last client has asked."""
    pytest.importorskip("fastapi")
    pytest.importorskip("uvicorn")
    with ExitStack() as stack:
        row = Row(tmp_path_factory.mktemp("shop"), stack)
        files = [f"fastapi/{name}.py" for name in ("shop", "stock", *CLIENTS)]
        row.take(*files, ports=("8831", "8832"))
        row.serve("stock", "8832")
        row.serve("shop", "8831")
        yield row


@pytest.mark.parametrize("client", CLIENTS)
def test_fastapi_and_its_clients_are_four_steps(shop: Row, client: str) -> None:
    row = shop
    done = row.both(f"{client}.py")
    assert done.out == "{'id': 1, 'stock': {'item': 'disk', 'n': 42}}\n"
    steps = row.steps()
    assert [
        (step["kind"], step["source"], step["target"], step["path"], step["status_code"])
        for step in steps
    ] == [
        ("request", client, "shop", "/orders", None),
        ("request", "shop", "stock", "/stock/disk", None),
        ("response", "stock", "shop", "/stock/disk", 200),
        ("response", "shop", client, "/orders", 201),
    ]
    contents = [step["body"]["content"] for step in steps]
    assert '"item":"disk"' in contents[0].replace(" ", "")
    assert contents[2:] == ['{"item":"disk","n":42}', '{"id":1,"stock":{"item":"disk","n":42}}']
    assert "hunter2" not in json.dumps(steps)
    assert "shop-tok-123456" not in json.dumps(steps)


def test_a_secret_in_any_layout_of_json_is_hidden(row: Row, answering: Callable[[], int]) -> None:
    row.ports["8893"] = answering()
    row.take("nested.py")
    row.both("nested.py")
    sent = [step["body"]["content"] for step in row.steps() if step["kind"] == "request"]
    assert len(sent) == 5
    for content in sent:
        assert "password" in content
        assert "hunter2" not in content
        json.loads(content)


def test_json_is_text_and_redacted_under_any_media_type(
    row: Row, answering: Callable[[], int]
) -> None:
    row.ports["8893"] = answering()
    row.take("jsonish.py")
    row.both("jsonish.py")
    requests = [step for step in row.steps() if step["kind"] == "request"]
    types = [step["query"] for step in requests]
    assert (len(types), len(set(types))) == (15, 15)
    for step in requests:
        body = json.loads(step["body"]["content"])
        assert body["name"] == "ada", step["query"]
        assert "hunter2" not in str(body), step["query"]


def test_a_suite_with_a_failing_test_ends_as_bare_and_has_that_tests_page(row: Row) -> None:
    pytest.importorskip("webtest")
    row.take("pytest/app.py", "pytest/conftest.py", "pytest/test_orders.py")
    suite = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", "."]
    bare = row.run(*suite)
    ours = row.run(*suite, "--otelhook", "--otelhook-dir=pages")
    assert bare.code == 1, bare.out
    assert ours.code == bare.code
    outcomes = [
        [line for line in done.out.splitlines() if line.startswith(("FAILED", "PASSED"))]
        for done in (bare, ours)
    ]
    assert outcomes[0] == outcomes[1] != []
    (page,) = (row.folder / "pages").rglob("*.html")
    text = page.read_text("utf-8")
    assert "test_bad" in page.name
    assert "boom" in text
    assert str(page.relative_to(row.folder)) in ours.out
