"""The command as a process of its own, a store to read, a server to call, a terminal to sit at."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pty
import selectors
import signal
import struct
import subprocess
import sys
import termios
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from otelhook.model import Resource, Span, SpanId, SpanKind, TraceId
from otelhook.store import Store

MAIN = "import sys; from otelhook.cli.main import main; sys.exit(main())"
DEADLINE = 30.0


@dataclass(frozen=True)
class Done:
    """A command that has ended."""

    code: int
    out: str
    err: str


@dataclass
class Otelhook:
    """Runs the command in a folder and with an environment of the test's own."""

    home: Path
    environ: dict[str, str]
    started: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def data_dir(self) -> Path:
        return self.home / "state" / "otelhook"

    def words(self, *arguments: object) -> list[str]:
        return [sys.executable, "-c", MAIN, *map(str, arguments)]

    def __call__(self, *arguments: object, **options: Any) -> Done:
        done = subprocess.run(
            self.words(*arguments),
            check=False,
            **{
                "cwd": self.home,
                "env": self.environ | options.pop("environ", {}),
                "stdin": subprocess.DEVNULL,
                "capture_output": "stdout" not in options,
                "timeout": 60,
                **options,
            },
        )
        return Done(done.returncode, (done.stdout or b"").decode(), (done.stderr or b"").decode())

    def start(self, *arguments: object, **options: Any) -> subprocess.Popen[bytes]:
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        process: subprocess.Popen[bytes] = subprocess.Popen(
            self.words(*arguments),
            **{"cwd": self.home, "env": self.environ, **pipes, **options},
        )
        self.started.append(process)
        return process


@pytest.fixture
def otelhook(tmp_path: Path) -> Iterator[Otelhook]:
    ours = ("OTEL", "PYTHON", "TRACEPARENT", "COLUMNS", "OS_")
    environ = {k: v for k, v in os.environ.items() if not k.startswith(ours)}
    environ |= {"XDG_STATE_HOME": str(tmp_path / "state"), "HOME": str(tmp_path)}
    environ |= {"COLUMNS": "80", "TZ": "UTC", "no_proxy": "127.0.0.1", "NO_COLOR": "1"}
    # A file size limit would cut the compiled modules that Python writes.
    environ |= {"PYTHONDONTWRITEBYTECODE": "1"}
    made = Otelhook(tmp_path, environ)
    yield made
    for process in made.started:
        _end(process)


def exchange_spans(
    trace: int, *, started: int = 1_700_000_000, path: str = "/v2/images", status: int = 200
) -> tuple[Span, ...]:
    """One exchange between `shop` and `stock`, seen from both sides."""
    trace_id = TraceId(f"{trace:032x}")
    start = started * 10**9
    common: dict[str, str | int] = {
        "http.request.method": "GET",
        "http.response.status_code": status,
    }
    client = Span(
        trace_id,
        SpanId(f"{trace % 2**32:08x}00000001"),
        None,
        "GET",
        SpanKind.CLIENT,
        start,
        start + 3_000_000,
        {**common, "url.full": f"http://stock.example{path}"},
        Resource({"service.name": "shop"}),
    )
    server = Span(
        trace_id,
        SpanId(f"{trace % 2**32:08x}00000002"),
        client.span_id,
        "GET",
        SpanKind.SERVER,
        start + 1_000_000,
        start + 2_000_000,
        {**common, "url.path": path},
        Resource({"service.name": "stock"}),
    )
    return client, server


@pytest.fixture
def exchange() -> Callable[..., tuple[Span, ...]]:
    return exchange_spans


@pytest.fixture
def stored(otelhook: Otelhook) -> Callable[[Sequence[Span]], Path]:
    def write(spans: Sequence[Span]) -> Path:
        with Store.open(otelhook.data_dir, clock=time.time_ns) as store:
            store.write(spans)
            return store.path

    return write


class _Echo(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        body = b'{"hello": "there"}'
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_words: object) -> None:
        pass


@pytest.fixture
def address() -> Iterator[str]:
    """A server without instrumentation."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Echo) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@dataclass
class Terminal:
    """A process at a pseudo-terminal of its own, which the test types into and reads."""

    process: subprocess.Popen[bytes]
    master: int
    shown: bytearray = field(default_factory=bytearray)

    def type(self, text: bytes) -> None:
        os.write(self.master, text)

    def resize(self, rows: int, columns: int) -> None:
        fcntl.ioctl(self.master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def wait_for(self, text: bytes) -> bytes:
        """Return what was shown, once the text is among it."""
        return self._read(lambda: text in self.shown, text)

    def end(self) -> int:
        """Read to the end and return the exit code."""
        self._read(lambda: False, None)
        return self.process.wait(DEADLINE)

    def _read(self, enough: Callable[[], bool], wanted: bytes | None) -> bytes:
        deadline = time.monotonic() + DEADLINE
        with selectors.DefaultSelector() as selector:
            selector.register(self.master, selectors.EVENT_READ)
            while not enough():
                left = deadline - time.monotonic()
                if left <= 0 or not selector.select(left):
                    pytest.fail(f"{wanted!r} was not shown: {bytes(self.shown)!r}")
                try:
                    data = os.read(self.master, 65536)
                except OSError:  # EIO: everyone has closed the terminal
                    data = b""
                if not data:
                    if wanted is not None:
                        pytest.fail(f"ended without {wanted!r}: {bytes(self.shown)!r}")
                    break
                self.shown += data
        return bytes(self.shown)


@pytest.fixture
def terminal(otelhook: Otelhook) -> Iterator[Callable[..., Terminal]]:
    """Starts the command at a terminal of 30 rows and 90 columns."""
    with contextlib.ExitStack() as stack:

        def start(
            *arguments: object, streams: Sequence[str] = ("stdin", "stdout", "stderr")
        ) -> Terminal:
            master, slave = pty.openpty()
            stack.callback(os.close, master)
            fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 90, 0, 0))
            others: Mapping[str, Any] = {
                "stdin": subprocess.DEVNULL,
                "stdout": subprocess.PIPE,
                "stderr": subprocess.PIPE,
            }
            process = otelhook.start(
                *arguments,
                **{name: slave if name in streams else other for name, other in others.items()},
                # What a login shell's terminal is to it; exec'd at once, no thread is involved.
                start_new_session=True,
                preexec_fn=lambda: fcntl.ioctl(slave, termios.TIOCSCTTY, 0),
            )
            os.close(slave)
            return Terminal(process, master)

        yield start


def _end(process: subprocess.Popen[bytes]) -> None:
    """Kill what a failed test left, with what it started if it leads a session of its own."""
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError):
            if os.getpgid(process.pid) == process.pid:
                os.killpg(process.pid, signal.SIGKILL)
            process.kill()
    process.wait()
    for stream in (process.stdout, process.stderr):
        if stream is not None:
            stream.close()
