"""Why a command recorded nothing, found out by looking at how it starts."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

__all__ = ["is_python", "why_nothing"]

_PYTHON = re.compile(r"(?:python|pypy)[\d.]*t?(?:\.exe)?")
_FLAGS = re.compile(r"-[A-Za-z]+")
_IGNORING = re.compile(r"-[A-Za-z]*[IES]")
"""``-I`` and ``-E`` ignore PYTHONPATH, ``-S`` leaves out the start-up hooks."""

_PROBE = "import sys; sys.path[:] = [p for p in sys.path if p]; import otelhook"
"""Without the working folder, which is not on the path of a script elsewhere."""

_PROBE_SECONDS = 20.0


@dataclass(frozen=True, slots=True)
class _Start:
    """The interpreter of a command, and the interpreter's own options."""

    interpreter: str
    options: tuple[str, ...]


def why_nothing(command: Sequence[str], environ: Mapping[str, str]) -> str:
    """Return the likeliest reason why a command recorded nothing, and what to do, as a clause."""
    if environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return "OTEL_SDK_DISABLED is true: unset it"
    start = _start(command, environ)
    if start is None:
        return (
            f"{Path(command[0]).name} is not started by Python, as far as can be seen; "
            "what it starts is recorded where that is Python with otelhook"
        )
    ignoring = next((o for o in start.options if _IGNORING.match(o)), None)
    if ignoring:
        return f"python {ignoring} ignores PYTHONPATH or start-up hooks: leave the option out"
    if not _has_otelhook(start.interpreter, environ):
        return (
            f"{start.interpreter} has no otelhook; install it there, from a clone: "
            f"{start.interpreter} -m pip install ."
        )
    return "as far as can be seen, it sent none with requests and answered none"


def is_python(command: Sequence[str], environ: Mapping[str, str]) -> bool:
    """Whether a command is a Python program, as far as can be seen."""
    return _start(command, environ) is not None


def _start(command: Sequence[str], environ: Mapping[str, str]) -> _Start | None:
    program = shutil.which(command[0], path=environ.get("PATH"))
    if program is None:
        return None
    if _PYTHON.fullmatch(Path(program).name):
        return _Start(program, _leading_flags(command[1:]))
    words = _shebang(Path(program))
    if words and Path(words[0]).name == "env":
        words = [word for word in words[1:] if not word.startswith("-") and "=" not in word]
    if not words:
        return None
    interpreter = shutil.which(words[0], path=environ.get("PATH"))
    if interpreter is None or not _PYTHON.fullmatch(Path(interpreter).name):
        return None
    return _Start(interpreter, _leading_flags(words[1:]))


def _leading_flags(words: Sequence[str]) -> tuple[str, ...]:
    flags: list[str] = []
    for word in words:
        if not _FLAGS.fullmatch(word) or word[-1] in "cm":
            break
        flags.append(word)
    return tuple(flags)


def _shebang(program: Path) -> list[str]:
    try:
        with program.open("rb") as file:
            line = file.readline(256)
    except OSError:
        return []
    return line[2:].decode("utf-8", "replace").split() if line.startswith(b"#!") else []


def _has_otelhook(interpreter: str, environ: Mapping[str, str]) -> bool:
    try:
        done = subprocess.run(  # noqa: S603 - the interpreter that just ran the command
            [interpreter, "-c", _PROBE],
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=_PROBE_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0
