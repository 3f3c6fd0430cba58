"""Jaeger, its example HotROD and the Collector, which the peers suite builds and keeps."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from deploy.harness.installing import run
from deploy.harness.places import ROOT

__all__ = ["build", "built", "why_missing"]

_BUILD = (sys.executable, str(ROOT / "tests" / "peers" / "build.py"))


def build(names: Sequence[str]) -> None:
    """Build those that are missing.

    Raises:
        HarnessError: one does not build.
    """
    run([*_BUILD, *names], " and ".join(names))


def built(name: str) -> Path | None:
    """Return a program, None if it is not there."""
    done = _asked(name)
    return None if done.returncode else Path(done.stdout.strip())


def why_missing(name: str) -> str:
    """Say why a program cannot be run, nothing if it can."""
    done = _asked(name)
    return done.stdout.strip() if done.returncode else ""


def _asked(name: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*_BUILD, "--path", name], capture_output=True, text=True, check=False)
