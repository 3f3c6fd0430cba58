"""Libraries that speak HTTP and are not recorded are said to be there."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from otelhook.capture.setup.unrecorded import UNRECORDED, unrecorded_among

PROGRAM = """
import sys, types
for name in NAMES:
    sys.modules[name] = types.ModuleType(name)
"""
SERVICE = """
import io, logging
import otelhook
logging.basicConfig(format="%(message)s")


def app(environ, start_response):
    start_response("200 OK", [])
    return [b"x"]


for _ in range(2):
    wrapped = otelhook.Middleware(app, service="shop")
    environ = {"REQUEST_METHOD": "GET", "wsgi.input": io.BytesIO()}
    wrapped(environ, lambda *_: None).close()
    wrapped(environ, lambda *_: None).close()
"""


def run(folder: Path, names: list[str], *words: str, more: str = "") -> str:
    (folder / "program.py").write_text(PROGRAM.replace("NAMES", repr(names)) + more)
    done = subprocess.run(
        [*words, sys.executable, "-W", "ignore", "program.py"],
        env=os.environ | {"OTELHOOK_DATA_DIR": str(folder / "data")},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stderr


RUN = (str(Path(sys.executable).parent / "otelhook"), "run")


def test_a_run_says_each_at_its_end_with_what_to_do(tmp_path):
    said = run(tmp_path, ["pycurl", "curl_cffi", "json"], *RUN, "--").splitlines()
    (line,) = [line for line in said if "pycurl" in line]
    assert line == (
        "otelhook: pycurl was loaded; what it sends or answers is not recorded: "
        "no instrumentation of it is known; record the other side"
    )
    assert sum("curl_cffi was loaded" in line for line in said) == 1
    assert "was loaded" not in run(tmp_path, [], *RUN, "--")
    assert "was loaded" not in run(tmp_path, ["pycurl"], *RUN, "--quiet", "--")


def test_a_services_log_says_each_once(tmp_path):
    said = run(tmp_path, ["pycurl"], more=SERVICE)
    assert said.count("otelhook does not record what pycurl sends or answers") == 1
    assert run(tmp_path, [], more=SERVICE) == ""


@pytest.mark.parametrize("name", UNRECORDED)
def test_each_row_can_be_found(name):
    assert list(unrecorded_among({name, "json"})) == [name.partition(".")[0]]
