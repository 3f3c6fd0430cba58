"""Whole commands against a bare interpreter, pair by pair, and counted in instructions.

Times move with what else the machine does; instructions are repeatable. A command's start is what
it loads, so that an ordinary install is to be measured, compiled once, and not an editable one.
"""

from __future__ import annotations

import os
import re
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

__all__ = ["run"]


def _seconds(command: list[str], folder: Path) -> float:
    began = time.perf_counter()
    subprocess.run(command, cwd=folder, check=True, capture_output=True)
    return time.perf_counter() - began


_COUNTED = re.compile(r"Collected : (\d+)")
"""What callgrind says at a process's end."""


def _millions(command: list[str], folder: Path) -> float | None:
    """Return the million instructions of a whole process; None where valgrind is not there."""
    if shutil.which("valgrind") is None:
        return None
    valgrind = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"]
    done = subprocess.run(
        [*valgrind, sys.executable, *command],
        cwd=folder,
        env={**os.environ, "PYTHONHASHSEED": "0"},
        check=True,
        capture_output=True,
        text=True,
    )
    counted = _COUNTED.search(done.stderr)
    return int(counted[1]) / 1e6 if counted else None


def run(pairs: int) -> str:
    """Record the demo once, then render its trace ``pairs`` times beside ``python -c pass``."""
    command = str(Path(sys.executable).parent / "otelhook")
    with TemporaryDirectory() as name:
        folder = Path(name)
        subprocess.run(
            [command, "demo", "--out", "demo"], cwd=folder, check=True, capture_output=True
        )
        document = folder / "demo"
        data = next(document.glob("**/store.sqlite*")).parent
        rows: list[str] = ["Whole processes (ms, ratio to `python -c pass`, pair by pair)"]
        bare = _millions(["-c", "pass"], folder)
        if bare is not None:
            rows.append(f"  python -c pass: {bare:.0f} million instructions")
        for arguments in (
            ["--version"],
            ["--help"],
            ["render", "latest", "--format", "mermaid"],
            ["traces"],
        ):
            whole = [command, *arguments]
            if len(arguments) > 1 or not arguments[0].startswith("-"):
                whole += ["--data-dir", str(data)]
            _seconds(whole, folder)
            taken = [
                (_seconds(whole, folder), _seconds([sys.executable, "-c", "pass"], folder))
                for _ in range(pairs)
            ]
            ratios = sorted(a / b for a, b in taken)
            millions = _millions(whole, folder)
            rows.append(
                f"  otelhook {' '.join(arguments):32}"
                f"{1000 * statistics.median(a for a, _ in taken):8.0f} ms"
                f"{statistics.median(ratios):7.1f}  ({ratios[0]:.1f} to {ratios[-1]:.1f})"
                + (f"  {millions:.0f} million instructions" if millions is not None else "")
            )
        return "\n".join(rows)
