"""Processes that we start, know again, and stop: never any other."""

from __future__ import annotations

import contextlib
import functools
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from deploy.harness.errors import HarnessError

__all__ = [
    "Program",
    "plain_environment",
    "running",
    "start",
    "start_missing",
    "stop",
    "wait_until",
    "wait_until_up",
]

_POLL = 0.03
_STOP_SECONDS = 15.0


def wait_until(condition: Callable[[], bool], seconds: float) -> bool:
    """Wait for a condition; say whether it came true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(_POLL)
    return True


def plain_environment() -> dict[str, str]:
    """Return our environment without what would steer a service or its tracing from outside."""
    steering = ("OS_", "OTEL", "PYTHON", "GUNICORN", "TRACE")
    kept = {key: value for key, value in os.environ.items() if not key.startswith(steering)}
    return kept | {"PYTHONWARNINGS": "ignore"}


@dataclass(frozen=True, slots=True)
class Program:
    """What is started, and how."""

    command: tuple[str, ...]
    folder: Path
    """Where it runs."""
    environ: Mapping[str, str]
    """All of its environment."""


def start(name: str, program: Program, run: Path, log: Path) -> None:
    """Start a process in a session of its own and note who it is.

    Args:
        name: names the note.
        program: what to start.
        run: the folder of the notes.
        log: takes what it says.
    """
    with log.open("ab") as output:
        child = subprocess.Popen(
            program.command,
            cwd=program.folder,
            env=dict(program.environ),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    note = {"pid": child.pid, "began": _began(child.pid)}
    (run / f"{name}.json").write_text(json.dumps(note), encoding="utf-8")


def start_missing(
    names: Iterable[str], program: Callable[[str], Program], run: Path, logs: Path
) -> list[str]:
    """Start what does not run, all at once; return the names of what was started.

    Args:
        names: of what should run.
        program: what to start, by name.
        run: the folder of the notes.
        logs: the folder of what they say.
    """
    begun = [name for name in names if running(name, run) is None]
    for name in begun:
        start(name, program(name), run, logs / f"{name}.out")
    return begun


def running(name: str, run: Path) -> int | None:
    """Return the process id of what was started under a name, None if it is gone.

    A process id alone may be anybody's by now: it counts with the time that it began.
    """
    try:
        note = json.loads((run / f"{name}.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    pid = int(note["pid"])
    began = _began(pid)
    return pid if began is not None and began == note["began"] else None


def wait_until_up(
    name: str, is_up: Callable[[], bool], run: Path, logs: Path, seconds: float
) -> None:
    """Wait until what was started under a name is up.

    Args:
        name: it was started under.
        is_up: says so.
        run: the folder of the notes.
        logs: the folder of what they say.
        seconds: it may take.

    Raises:
        HarnessError: it ended, or was not up in time; with the end of what it said.
    """

    def ended() -> bool:
        return running(name, run) is None

    if not wait_until(lambda: ended() or is_up(), seconds) or ended():
        log = logs / f"{name}.out"
        said = log.read_text(encoding="utf-8", errors="replace")[-2000:]
        message = f"{name} did not come up; {log} ends with:\n{said}"
        raise HarnessError(message)


def stop(names: Sequence[str], run: Path, seconds: float = _STOP_SECONDS) -> None:
    """Ask what runs under these names to end, all at once, and wait until they have.

    Raises:
        HarnessError: one did not end in time; it was killed.
    """
    for name in names:
        pid = running(name, run)
        if pid is not None:
            os.kill(pid, signal.SIGTERM)
    stubborn: list[str] = []
    for name in names:
        if not wait_until(functools.partial(_gone, name, run), seconds):
            note = json.loads((run / f"{name}.json").read_text(encoding="utf-8"))
            with contextlib.suppress(ProcessLookupError):
                os.killpg(int(note["pid"]), signal.SIGKILL)
            stubborn.append(name)
        (run / f"{name}.json").unlink(missing_ok=True)
    if stubborn:
        message = f"{', '.join(stubborn)} did not end within {seconds:.0f} s of SIGTERM: killed"
        raise HarnessError(message)


def _gone(name: str, run: Path) -> bool:
    """Return whether a program has ended, and its workers too: swift's go on for a moment."""
    if running(name, run) is not None:
        return False
    try:
        note = json.loads((run / f"{name}.json").read_text(encoding="utf-8"))
        os.killpg(int(note["pid"]), 0)
    except (FileNotFoundError, ProcessLookupError):
        return True
    return False


def _began(pid: int) -> int | None:
    """Return when a process began, in the kernel's ticks; None if there is none, or a zombie."""
    with contextlib.suppress(ChildProcessError):
        os.waitpid(pid, os.WNOHANG)  # if it is our own child and has ended
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return None
    fields = stat.rpartition(")")[2].split()  # the second field, the name, may hold anything
    return None if fields[0] == "Z" else int(fields[19])
