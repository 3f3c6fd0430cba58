"""What ``otelhook render`` prints of a trace, as a user calls it."""

from __future__ import annotations

import subprocess
import sys

from deploy.harness.errors import HarnessError

__all__ = ["rendered"]


def rendered(source: str, trace_id: str, *words: str) -> str:
    """Return what ``otelhook render`` prints of a trace.

    Raises:
        HarnessError: it cannot be rendered.
    """
    command = [sys.executable, "-m", "otelhook", "render", trace_id, "--from", source, *words]
    done = subprocess.run(command, capture_output=True, check=False, text=True)
    if done.returncode:
        message = f"{' '.join(command[2:])} failed: {done.stderr.strip()}"
        raise HarnessError(message)
    return done.stdout
