"""Writes traces of this installation for otelhook's own tests: `make openstack WHAT=record`.

They are recorded with an image of a few kilobytes, so that its bytes do not fill the files.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from deploy.harness.places import ROOT
from deploy.openstack.installation import Installation
from deploy.openstack.scenarios import Run

__all__ = ["KEPT", "write_recorded"]

KEPT = ("image/create", "image/save", "image/delete", "resource/provider-create")
"""The pages whose traces are kept: each way through all services, there and back."""

_FOLDER = ROOT / "tests" / "openstack" / "recorded"


def write_recorded(installation: Installation, runs: Sequence[Run]) -> list[Path]:
    """Export the kept ones of these traces, redacted, as OTLP in JSON; return the files."""
    _FOLDER.mkdir(parents=True, exist_ok=True)
    files: list[Path] = []
    for run in runs:
        if run.scenario.page not in KEPT:
            continue
        file = _FOLDER / f"{run.scenario.page.replace('/', '-')}.json"
        export = [sys.executable, "-m", "otelhook", "export", run.trace_id, "--to", str(file)]
        where = ["--data-dir", str(installation.folders.recorded)]
        subprocess.run([*export, *where], check=True, capture_output=True)
        files.append(file)
    return files
