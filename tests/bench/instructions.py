"""The same cases counted in instructions, by callgrind: repeatable on a busy machine.

Wall and CPU times move with whatever else a machine does; how many instructions a call executes
moves by about one in a hundred. It is no time: a miss of a cache costs nothing here. Valgrind and
a C compiler are needed, since a program tells callgrind what to count in C.
"""

from __future__ import annotations

import ctypes
import gc
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench import asynchronous, client_side, server_side, with_export
from tests.bench.measure import Case, Contender, Figure, table

__all__ = ["GROUPS", "Callgrind", "run"]

GROUPS: Mapping[str, Callable[[], Iterator[Case]]] = {
    "server": server_side.cases,
    "client": client_side.cases,
    "asynchronous": asynchronous.cases,
    "export": with_export.cases,
}
_FEWEST = {"export": with_export.CALLS}
"""Calls of a group at least: what a request to a receiver costs is shared by a batch's spans."""
_WARM = 12
"""Calls of each contender before the first that is counted."""
_NAMED = re.compile(r"^desc: Trigger: Client Request: (\d+)$", re.MULTILINE)
_TOTAL = re.compile(r"^totals: (\d+)", re.MULTILINE)


class Callgrind:
    """The callgrind that this process runs under, which writes what it counted into a folder."""

    def __init__(self, library: str, folder: str) -> None:
        self._tell = ctypes.CDLL(library)
        self._folder = Path(folder)

    def count(self, contender: Contender, calls: int) -> float:
        """Return the thousand instructions of one call, over so many."""
        call = contender.call
        with contender.within():
            call()
            contender.finish()
            gc.collect()  # so that collections come at the same calls in each round
            self._tell.count_from_here()
            for _ in range(calls):
                call()
            contender.finish()
            self._tell.count_to_here(b"1")
        return self._written() / calls / 1000

    def of(self, do: Callable[[], object]) -> float:
        """Return the thousand instructions of one call of anything."""
        self._tell.count_from_here()
        do()
        self._tell.count_to_here(b"1")
        return self._written() / 1000

    def _written(self) -> int:
        total = 0
        for file in self._folder.iterdir():
            text = file.read_text()
            counted = _TOTAL.search(text)
            if _NAMED.search(text) and counted:
                total += int(counted[1])
            file.unlink()
        return total

    def figures(self, case: Case, rounds: int, calls: int) -> dict[str, Figure]:
        """Count each contender of a case in turn."""
        counted: dict[str, list[float]] = {name: [] for name in case.contenders}
        for contender in case.contenders.values():
            with contender.within():
                for _ in range(_WARM):
                    contender.call()
                contender.finish()
        for _ in range(rounds):
            for name, contender in case.contenders.items():
                counted[name].append(self.count(contender, max(1, calls // case.share)))
        return {name: Figure(tuple(numbers)) for name, numbers in counted.items()}


def _within(library: str, folder: str, group: str, rounds: int, calls: int) -> None:
    """Count a group's cases, in a process that runs under callgrind, and write their tables."""
    callgrind = Callgrind(library, folder)
    for case in GROUPS[group]():
        figures = callgrind.figures(case, rounds, max(calls, _FEWEST.get(group, 0)))
        sys.stdout.write(table(case, figures, "thousand instructions") + "\n\n")
        sys.stdout.flush()


def run(rounds: int, calls: int, groups: tuple[str, ...] = tuple(GROUPS)) -> str:
    """Return the tables of these groups; each group is a process of its own under callgrind."""
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None or shutil.which("valgrind") is None:
        return "instructions were not counted: valgrind and a C compiler are needed"
    with TemporaryDirectory() as name:
        library, dumps = Path(name, "callgrind.so"), Path(name, "dumps")
        dumps.mkdir()
        source = Path(__file__).with_name("callgrind.c")
        subprocess.run([compiler, "-O2", "-shared", "-fPIC", "-o", library, source], check=True)
        valgrind = ["valgrind", "-q", "--tool=callgrind", "--instr-atstart=no"]
        written: list[str] = []
        for group in groups:
            module = [sys.executable, "-m", "tests.bench.instructions"]
            command = [*valgrind, f"--callgrind-out-file={dumps}/out", *module]
            done = subprocess.run(
                [*command, str(library), str(dumps), group, str(rounds), str(calls)],
                env={**os.environ, "PYTHONHASHSEED": "0"},
                check=True,
                stdout=subprocess.PIPE,
                text=True,
            )
            written.append(done.stdout.rstrip())
    return "\n\n".join(written)


if __name__ == "__main__":
    _within(sys.argv[1], sys.argv[2], sys.argv[3], int(sys.argv[4]), int(sys.argv[5]))
