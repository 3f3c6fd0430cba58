"""A process's peak of resident memory, as Linux keeps it."""

from __future__ import annotations

import re
from pathlib import Path

__all__ = ["children", "forget_peak", "peak"]

_PEAK = re.compile(r"^VmHWM:\s+(\d+) kB$", re.MULTILINE)


def peak(process: int | str = "self") -> int:
    """Return the most bytes that a process had in memory since `forget_peak`."""
    found = _PEAK.search(Path(f"/proc/{process}/status").read_text())
    assert found is not None
    return int(found[1]) * 1024


def forget_peak(process: int | str = "self") -> None:
    """Let the peak begin anew (proc(5), clear_refs)."""
    Path(f"/proc/{process}/clear_refs").write_text("5")


def children(process: int) -> list[int]:
    """Return a process's children."""
    listed = Path(f"/proc/{process}/task/{process}/children").read_text()
    return [int(number) for number in listed.split()]
