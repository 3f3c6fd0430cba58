"""What memory costs the collector, counted in a process of its own."""

from __future__ import annotations

import platform
import subprocess
import sys
from pathlib import Path

import pytest

FAULTS = """
import resource, sys
from otelhook.collector.allocator import return_memory
if sys.argv[1] == "now":
    return_memory()
else:
    import ctypes
    ctypes.CDLL(None).mallopt(-3, 256 * 1024)
held = []
batch = b"x" * 700_000
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(100):
    taken = bytearray(batch)
    held.append(bytes(1_000))  # what lives longer
    del taken
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""

SERVED = """
import gc, os, pathlib, signal, sys
from otelhook.collector.server import Address, Plan, serve

def started(listening):
    print(gc.get_freeze_count())
    os.kill(os.getpid(), signal.SIGTERM)

serve(Plan(pathlib.Path(sys.argv[1]), Address("127.0.0.1", 0), None), started)
"""


def _printed(script: str, word: str) -> int:
    words = [sys.executable, "-c", script, word]
    return int(subprocess.run(words, check=True, capture_output=True, text=True).stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="glibc's malloc is what is told")
def test_a_batch_of_spans_does_not_have_each_of_its_pages_from_the_system_anew() -> None:
    pages = 100 * 700_000 // 4096
    assert _printed(FAULTS, "before") > pages / 2
    assert _printed(FAULTS, "now") < pages / 4


def test_what_is_loaded_is_not_looked_through_for_cycles_while_spans_come(tmp_path: Path) -> None:
    assert _printed(SERVED, str(tmp_path)) > 10_000  # modules, classes and functions
