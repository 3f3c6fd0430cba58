"""Real servers as processes of their own, in each of the four ways."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from tests.interference.memory import children
from tests.interference.side_file import SideFile

__all__ = [
    "ALONE",
    "ENDLESS_INPUT",
    "SERVERS",
    "WAYS",
    "Server",
    "environment",
    "failure_of_ours",
    "missing",
]

ROOT = Path(__file__).resolve().parents[2]
WAYS = ("bare", "ours", "stock", "over")
PATIENCE = 30.0
"""Seconds that a server may take to start or to end."""

ENDLESS_INPUT = frozenset({"wsgiref", "werkzeug"})
"""Servers whose ``wsgi.input`` of a request with a length is the socket, without an end."""

ALONE = frozenset({"eventlet"})
"""Servers whose one process ends with an application's exit."""

_APPLICATION = "tests.interference.serve:application"
_NEEDS = {
    "gunicorn-gevent": "gevent",
    "eventlet": "eventlet",
    "uwsgi": "pyuwsgi",
}


def _gunicorn(worker: str, *options: str) -> list[str]:
    # The worker is started from the loaded application, so that one that ends is back at once;
    # gevent must patch before anything is loaded.
    preload = [] if worker == "gevent" else ["--preload"]
    command = [sys.executable, "-m", "gunicorn", "-b", "127.0.0.1:0", "-k", worker, "-w", "1"]
    return [*command, "--no-control-socket", *preload, *options, _APPLICATION]


def _program(name: str) -> list[str]:
    return [sys.executable, "-m", "tests.interference.serve", name]


# One thread each: what stock leaves behind for the next request on a thread is then no chance.
SERVERS: dict[str, Callable[[], list[str]]] = {
    "gunicorn-sync": lambda: _gunicorn("sync"),
    "gunicorn-gthread": lambda: _gunicorn("gthread", "--threads", "1"),
    "gunicorn-gevent": lambda: _gunicorn("gevent"),
    "waitress": lambda: _program("waitress"),
    "werkzeug": lambda: _program("werkzeug"),
    "wsgiref": lambda: _program("wsgiref"),
    "eventlet": lambda: _program("eventlet"),
    "uwsgi": lambda: [
        *(str(Path(sys.executable).parent / "pyuwsgi"), "--http-socket", "127.0.0.1:0"),
        *("--module", _APPLICATION, "--master", "--processes", "1", "--enable-threads"),
        *("--need-app", "--die-on-term", "--buffer-size", "65535"),
        # Else what Nagle's algorithm holds back is lost when uWSGI closes with input unread.
        "--tcp-nodelay",
    ],
}
_PORT = re.compile(
    rb"Listening at: http://127\.0\.0\.1:(\d+)|TCP address 127\.0\.0\.1:(\d+)|\"port\": (\d+)"
)


_FAILURE = re.compile(r"otelhook (?:could not|cannot)")


def missing(name: str) -> str | None:
    """Say what a server needs that is not here, and how to get it; None if all is."""
    module = _NEEDS.get(name)
    if module is None or importlib.util.find_spec(module) is not None:
        return None
    return f"no {module} here: pip install {module}, or make interference, which installs it"


def environment(folder: Path, way: str) -> dict[str, str]:
    """Return the environment of a process in one of the ways, with a folder of its own."""
    kept = {k: v for k, v in os.environ.items() if not k.startswith(("OTEL", "PYTHON"))}
    return kept | {
        "HOME": str(folder),
        "INTERFERENCE_FOLDER": str(folder),
        "INTERFERENCE_WAY": way,
        "PYTHONPATH": str(ROOT),
    }


def failure_of_ours(log: str) -> str | None:
    """Return what otelhook logged of a failure of its own, which it kept from the application."""
    found = _FAILURE.search(log)
    return None if found is None else log[found.start() : found.start() + 2000]


class Server:
    """One server in one way; started anew when a case has ended it."""

    def __init__(
        self, name: str, way: str, folder: Path, more: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        folder.mkdir(parents=True)
        served = folder / "served"
        served.write_bytes(bytes(range(256)) * 400)
        self.name = name
        self.way = way
        self.port = 0
        self._folder = folder
        self._side = SideFile(folder)
        self._events: dict[str, list[dict[str, Any]]] = defaultdict(list)
        self._offset = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._environ = environment(folder, way) | {
            "INTERFERENCE_FILE": str(served),
            "OTEL_INSTRUMENTATION_HTTP_CAPTURE_HEADERS_SERVER_REQUEST": "X-Case",
            "PYTHONWARNINGS": "ignore",
            **more,
        }

    @property
    def log(self) -> bytes:
        """What the server wrote."""
        return (self._folder / "log").read_bytes()

    def start(self) -> None:
        """Start it and wait until it listens."""
        began = len(self.log) if (self._folder / "log").exists() else 0
        with (self._folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                SERVERS[self.name](), cwd=ROOT, env=self._environ, stdout=log, stderr=log
            )
        end = time.monotonic() + PATIENCE
        while (found := _PORT.search(self.log, began)) is None:
            assert self._process.poll() is None, self.log.decode("utf-8", "replace")[-3000:]
            assert time.monotonic() < end, f"{self.name} does not listen"
            time.sleep(0.01)
        self.port = int(next(filter(None, found.groups())))

    def connect(self) -> socket.socket:
        """Open a connection."""
        try:
            return socket.create_connection(("127.0.0.1", self.port), PATIENCE)
        except ConnectionRefusedError as error:
            log = self.log.decode("utf-8", "replace")[-2000:]
            why = f"{self.name} ({self.way}) listens no more: {log}"
            raise AssertionError(why) from error

    def ended(self, patience: float = 0) -> int | None:
        """Return the exit code of a process that ends within some seconds, else None."""
        assert self._process is not None
        try:
            return self._process.wait(patience)
        except subprocess.TimeoutExpired:
            return None

    def workers(self) -> list[int]:
        """Return the processes that answer: the server's children, or itself if it has none."""
        assert self._process is not None
        return children(self._process.pid) or [self._process.pid]

    def stop(self) -> None:
        """Ask it to end, and wait."""
        if self._process is None:
            return
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def tell(self, request: str, what: str) -> None:
        """Tell the application something."""
        self._side.tell(request, what)

    def events(self, request: str) -> list[dict[str, Any]]:
        """Return what was told of a request until now."""
        with self._side.path.open("rb") as file:
            file.seek(self._offset)
            data = file.read()
        whole = data.rfind(b"\n") + 1
        self._offset += whole
        for line in data[:whole].splitlines():
            event = json.loads(line)
            self._events[event.pop("case")].append(event)
        return self._events[request]

    def wait_for(self, there: Callable[[], bool], patience: float) -> bool:
        """Wait until something is so; False if it is not in time."""
        end = time.monotonic() + patience
        while not there():
            if time.monotonic() > end:
                return False
            time.sleep(0.002)
        return True

    def reported(self, request: str, event: str, patience: float) -> bool:
        """Wait until a request's application has told of an event."""
        return self.wait_for(
            lambda: any(one["event"] == event for one in self.events(request)), patience
        )

    def spans(self) -> list[dict[str, Any]]:
        """Return the spans that ended until now."""
        path = self._folder / "spans"
        if not path.exists():
            return []
        data = path.read_bytes()
        return [json.loads(line) for line in data[: data.rfind(b"\n") + 1].splitlines()]
