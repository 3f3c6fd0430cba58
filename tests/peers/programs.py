"""Starts real programs on free loopback ports, and stops those that it started."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from tests.waiting import wait_until

__all__ = ["Program", "Programs", "Running"]

STOPPING = 20.0
TRIES = 3


def _free_ports(count: int) -> list[int]:
    """Return ports that were all free at once."""
    with contextlib.ExitStack() as stack:
        sockets = [stack.enter_context(socket.socket()) for _ in range(count)]
        for one in sockets:
            one.bind(("127.0.0.1", 0))
        return [int(one.getsockname()[1]) for one in sockets]


@dataclass(frozen=True)
class Running:
    """A program that has been started."""

    process: subprocess.Popen[bytes]
    folder: Path
    ports: Mapping[str, int]

    def address(self, port: str) -> str:
        return f"http://127.0.0.1:{self.ports[port]}"

    @property
    def log(self) -> Path:
        return self.folder / "log"

    def said(self) -> str:
        return self.log.read_text("utf-8", "replace")[-2000:]


@dataclass(frozen=True)
class Program:
    """How a program is started. ``{PORT}`` and ``{FOLDER}`` are put into words and variables."""

    path: Path
    ports: Sequence[str]
    words: Sequence[str]
    ready: Callable[[Running], bool]
    environ: Mapping[str, str] = field(default_factory=dict)


@dataclass
class Programs:
    """Runs programs, each in a folder of its own."""

    folder: Path
    started: list[Running] = field(default_factory=list)

    def start(self, program: Program) -> Running:
        """Start a program and return once it is ready.

        Its ports are in its environment, under their names. Another process may take one before
        it does, so it has three tries.
        """
        for _ in range(TRIES):
            running = self._start(program)
            self._wait(program, running)
            if running.process.poll() is None:
                return running
            self.started.remove(running)
            if "in use" not in running.said():
                break
        message = f"{program.path.name} ended with {running.process.returncode}: {running.said()}"
        raise AssertionError(message)

    def _start(self, program: Program) -> Running:
        folder = Path(tempfile.mkdtemp(prefix=f"{program.path.name}-", dir=self.folder))
        ports = dict(zip(program.ports, _free_ports(len(program.ports)), strict=True))
        places = {**ports, "FOLDER": folder}
        further = {name: value.format(**places) for name, value in program.environ.items()}
        with (folder / "log").open("wb") as log:
            process = subprocess.Popen(
                [str(program.path), *(word.format(**places) for word in program.words)],
                cwd=folder,
                env=os.environ | {name: str(port) for name, port in ports.items()} | further,
                stdout=log,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
            )
        running = Running(process, folder, ports)
        self.started.append(running)
        return running

    @staticmethod
    def _wait(program: Program, running: Running) -> None:
        def settled() -> bool:
            return running.process.poll() is not None or program.ready(running)

        wait_until(settled, f"{program.path.name} is ready")

    def stop(self, running: Running) -> int:
        """Ask a program to end; return its exit code."""
        self.started.remove(running)
        running.process.terminate()
        try:
            return running.process.wait(STOPPING)
        except subprocess.TimeoutExpired:
            running.process.kill()
            running.process.wait(STOPPING)
            raise

    def stop_all(self) -> None:
        for running in reversed(self.started[:]):
            self.stop(running)
