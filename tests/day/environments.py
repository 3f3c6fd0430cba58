"""An environment for each program, with what it needs from PyPI and this otelhook."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

__all__ = ["ROOT", "environment"]

ROOT = Path(__file__).resolve().parents[2]
PLACE = ROOT / ".cache" / "day"
_UV = str(Path(sys.executable).parent / "uv")


def environment(name: str, packages: Sequence[str]) -> Path:
    """Return the folder of an environment's programs; it is made where it is missing or of others.

    Raises:
        RuntimeError: it cannot be made: no package index, or no such package.
    """
    place = PLACE / name
    wanted = hashlib.sha256(repr((sys.version_info[:2], *packages)).encode()).hexdigest()
    mark = place / "made-for"
    if not mark.exists() or mark.read_text("utf-8") != wanted:
        place.parent.mkdir(parents=True, exist_ok=True)
        _uv("venv", "--quiet", "--clear", "--python", sys.executable, str(place))
        wants = [*packages, "-e", str(ROOT)]
        _uv("pip", "install", "--quiet", *wants, environ={"VIRTUAL_ENV": str(place)})
        mark.write_text(wanted, "utf-8")
    return place / "bin"


def _uv(*words: str, environ: dict[str, str] | None = None) -> None:
    done = subprocess.run(
        [_UV, *words], env=os.environ | (environ or {}), capture_output=True, text=True, check=False
    )
    if done.returncode:
        message = f"uv {words[0]} failed: {done.stderr[-1500:]}"
        raise RuntimeError(message)
