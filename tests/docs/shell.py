"""Runs the console blocks of a Markdown page as they stand, in a home of their own."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.waiting import wait_until

__all__ = ["Sandbox", "console_commands", "shell_lines", "titled_files"]

_FENCE = re.compile(
    r"^( *)```(\w+)(?: title=\"([^\"]+)\")?\n(.*?)^ *```$", re.MULTILINE | re.DOTALL
)
ADDRESS = "127.0.0.1:8000"
"""Where the documentation's service answers; here it gets a port that is free."""


def console_commands(text: str) -> list[str]:
    """Return the commands of a page that are run, in order."""
    lines = [line for kind, _, block in _blocks(text) if kind == "console" for line in block]
    assert all(line.startswith("$ ") for line in lines), lines
    return [line[2:] for line in lines]


def shell_lines(text: str) -> list[str]:
    """Return the lines of a page's ``sh`` blocks, which are not run as they stand."""
    lines = [line for kind, _, block in _blocks(text) if kind == "sh" for line in block]
    return [re.sub(r"\s+#.*", "", line) for line in lines if line]


def titled_files(text: str) -> dict[str, str]:
    """Return the files that a page tells its reader to write, by name."""
    return {title: "\n".join(block) + "\n" for _, title, block in _blocks(text) if title}


def _blocks(text: str) -> Iterator[tuple[str, str, list[str]]]:
    for indent, kind, title, block in _FENCE.findall(text):
        yield kind, title, [line.removeprefix(indent) for line in block.splitlines()]


class Sandbox:
    """A home folder, with this interpreter's commands first on the path."""

    def __init__(self, home: Path, address: str) -> None:
        self.home = home
        self._address = address
        self._started: list[subprocess.Popen[str]] = []
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("OTEL", "XDG_", "PYTEST"))}
        path = f"{Path(sys.executable).parent}{os.pathsep}{kept['PATH']}"
        self._environ = {**kept, "HOME": str(home), "PATH": path}

    def write(self, name: str, content: str) -> None:
        """Write a file of the page into the home folder."""
        (self.home / name).write_text(self._placed(content), encoding="utf-8")

    def run(self, command: str) -> None:
        """Run a command; one that ends in ``&`` goes on until the sandbox is left.

        Raises:
            AssertionError: it failed, or showed a traceback.
        """
        command = self._placed(command)
        if command.endswith("&"):
            self._start(command.removesuffix("&").strip())
            return
        done = subprocess.run(
            ["sh", "-ec", command],
            cwd=self.home,
            env=self._environ,
            capture_output=True,
            text=True,
            check=False,
            timeout=110,
        )
        assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
        assert "Traceback" not in done.stderr, f"{command}\n{done.stderr}"

    def _start(self, command: str) -> None:
        log = (self.home / "started.log").open("a")
        started = subprocess.Popen(
            ["sh", "-c", f"exec {command}"],
            cwd=self.home,
            env=self._environ,
            stdout=log,
            stderr=log,
            text=True,
        )
        log.close()
        self._started.append(started)
        host, _, port = self._address.partition(":")
        wait_until(lambda: _answers(host, int(port)), f"{command} answers at {self._address}")

    def _placed(self, text: str) -> str:
        host, _, port = self._address.partition(":")
        return text.replace(ADDRESS, self._address).replace(f'"{host}", 8000', f'"{host}", {port}')

    @contextmanager
    def left_clean(self) -> Iterator[None]:
        """End what was started when the block is left."""
        try:
            yield
        finally:
            for started in self._started:
                started.send_signal(signal.SIGTERM)
            for started in self._started:
                started.wait(30)


def _answers(host: str, port: int) -> bool:
    with socket.socket() as sock:
        return sock.connect_ex((host, port)) == 0
