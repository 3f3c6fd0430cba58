"""``provider = both``: what others record in the program's own provider is ours to show too."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from otelhook.settings import load
from otelhook.sources import open_source

SET = """
from opentelemetry import trace
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
provider = TracerProvider(resource=Resource({"service.name": "prog"}))
trace.set_tracer_provider(provider)
"""
OURS = "import otelhook; handle = otelhook.instrument('prog', provider=PROVIDER)\n"
SPANS = """
for number in range(3):
    with trace.get_tracer("database").start_as_current_span(f"query {number}"):
        pass
handle.force_flush()
"""
LATER = "import http.client\n"


@pytest.mark.parametrize("program", [OURS + SET, SET + OURS, LATER + OURS + SET])
@pytest.mark.parametrize("provider", ["both", "auto", "own"])
def test_it_is_joined_when_it_appears_and_not_when_we_first_record(tmp_path, program, provider):
    done = subprocess.run(
        [sys.executable, "-c", program.replace("PROVIDER", repr(provider)) + SPANS],
        env=os.environ | {"OTELHOOK_DATA_DIR": str(tmp_path / "data")},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    names = recorded(tmp_path / "data")
    assert names == (["query 0", "query 1", "query 2"] if provider == "both" else [])


def recorded(data: Path) -> list[str]:
    source = open_source("", load({"data_dir": str(data)}).settings)
    return sorted(s.name for one in source.newest(20) for s in source.trace(one).spans)
