"""Whole commands against a bare interpreter, pair by pair."""

from __future__ import annotations

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
        for arguments in (["--help"], ["render", "latest", "--format", "mermaid"], ["traces"]):
            whole = [command, *arguments]
            if arguments != ["--help"]:
                whole += ["--data-dir", str(data)]
            _seconds(whole, folder)
            taken = [
                (_seconds(whole, folder), _seconds([sys.executable, "-c", "pass"], folder))
                for _ in range(pairs)
            ]
            ratios = sorted(a / b for a, b in taken)
            rows.append(
                f"  otelhook {' '.join(arguments):32}"
                f"{1000 * statistics.median(a for a, _ in taken):8.0f} ms"
                f"{statistics.median(ratios):7.1f}  ({ratios[0]:.1f} to {ratios[-1]:.1f})"
            )
        return "\n".join(rows)
