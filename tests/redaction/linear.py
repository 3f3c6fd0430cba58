"""Counts the work on each text of the corpus and of the unseen sets, repeated to two sizes.

``python -m tests.redaction.linear`` counts instructions by callgrind, which is repeatable on a busy
machine, prints what takes more than ten times as many for eight times the text, and fails then.
Callgrind is fifty times slower than the machine, so texts are timed first, and only those whose
time grows most are counted: what grows with the square takes sixty-four times as long, which no
noise hides. `STEP` times every so many-th text only. The quick tests count calls in place of it.
"""

from __future__ import annotations

import argparse
import gc
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from otelhook.redaction import Redactor
from otelhook.scan.scanner import leftovers
from tests.bench.instructions import Callgrind
from tests.redaction.corpus.applying import shown
from tests.redaction.corpus.entries import Secret, secrets, texts_of
from tests.redaction.unseen.count import FOLDER, ROOT

__all__ = ["KINDS", "MOST", "calls", "texts", "work"]

KINDS = ("redaction", "scan")
SMALL, LARGE = 8_192, 65_536
_TRACE = "0af7651916cd43dd8448eb211c80319c"
_LEAST = 1e-5
"""Seconds: less is not told from nothing."""
MOST = 10
"""Times the work for eight times the text; what grows with the square takes 64."""
_BLOCKS = ("log", "request body", "response body")


def texts() -> list[Secret]:
    """Return all texts with or without secrets that redaction and scan are measured by."""
    sets = [text for path in sorted(FOLDER.glob("*/*.toml")) for text in texts_of([path])]
    return [text for text in (*secrets(), *sets) if text.place != "command"]


def repeated(entry: Secret, size: int) -> str:
    """Return a text over and over, so many characters of it."""
    head, text = "", entry.text
    if entry.place.endswith("header"):
        head, _, text = entry.text.partition(": ")
        head += ": "
    gap = "\n" if entry.place in _BLOCKS else ""
    return head + ((text + gap) * (size // len(text) + 1))[:size]


def work(redactor: Redactor, kind: str, entry: Secret, size: int) -> Callable[[], object]:
    """Return what looks at a text of this size."""
    text = repeated(entry, size)
    if kind == "redaction":
        return lambda: shown(redactor, entry.place, entry.type, text)
    return lambda: list(leftovers(enumerate(text.split("\n"), 1)))


def calls(do: Callable[[], object]) -> int:
    """Return how many functions are called, of Python's and of C's, once it has run before."""
    do()
    counted = 0

    def count(_: object, event: str, __: object) -> None:
        nonlocal counted
        counted += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        do()
    finally:
        sys.setprofile(before)
    return counted


def _timed(redactor: Redactor, kind: str, entry: Secret) -> float:
    """Return how many times as long a text takes that is eight times as long."""
    took: list[float] = []
    for size in (SMALL, LARGE):
        do = work(redactor, kind, entry, size)
        do()
        begun = time.process_time()
        do()
        took.append(time.process_time() - begun)
    return took[1] / max(took[0], _LEAST)


def _grows_most(redactor: Redactor, kind: str, step: int, most: int) -> list[int]:
    """Return the numbers of the texts whose time grows most with their length."""
    grown = [
        (_timed(redactor, kind, entry), number)
        for number, entry in enumerate(texts())
        if number % step == 0
    ]
    return [number for _, number in sorted(grown, reverse=True)[:most]]


def _within(library: str, folder: str, kind: str, numbers: list[int]) -> None:
    """Count in this process, which runs under callgrind."""
    callgrind = Callgrind(library, folder)
    redactor = Redactor.make().for_trace(_TRACE)
    every = texts()
    grown: list[tuple[float, str]] = []
    for entry in (every[number] for number in numbers):
        counted: list[float] = []
        for size in (SMALL, LARGE):
            do = work(redactor, kind, entry, size)
            do()
            gc.collect()
            counted.append(callgrind.of(do))
        grown.append((round(counted[1] / counted[0], 2), entry.id))
    grown.sort(reverse=True)
    print(
        f"{kind}: instructions for eight times a text, of the {len(grown)} whose time grows most:"
    )
    much = [one for one in grown if one[0] > MOST]
    print(f"  at most {grown[0]}; more than {MOST} times: {much}", flush=True)
    sys.exit(1 if much else 0)


def main() -> None:
    """Run this under callgrind."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--step", type=int, default=20, help="time every so many-th text")
    parser.add_argument("--most", type=int, default=8, help="count so many of a kind")
    parser.add_argument("--within", nargs="+", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.within:
        library, folder, kind, *numbers = arguments.within
        _within(library, folder, kind, [int(number) for number in numbers])
        return
    compiler = shutil.which("cc") or shutil.which("gcc")
    if compiler is None or shutil.which("valgrind") is None:
        sys.exit("instructions were not counted: valgrind and a C compiler are needed")
    with TemporaryDirectory() as name:
        library, dumps = Path(name, "callgrind.so"), Path(name, "dumps")
        dumps.mkdir()
        source = ROOT / "tests/bench/callgrind.c"
        subprocess.run([compiler, "-O2", "-shared", "-fPIC", "-o", library, source], check=True)
        valgrind = ["valgrind", "-q", "--tool=callgrind", "--instr-atstart=no"]
        command = [*valgrind, f"--callgrind-out-file={dumps}/out", sys.executable, "-m"]
        module = ["tests.redaction.linear", "--within", str(library), str(dumps)]
        environ = {**os.environ, "PYTHONHASHSEED": "0"}
        found = 0
        for kind in KINDS:
            redactor = Redactor.make().for_trace(_TRACE)
            numbers = _grows_most(redactor, kind, arguments.step, arguments.most)
            told = [kind, *map(str, numbers)]
            done = subprocess.run([*command, *module, *told], cwd=ROOT, env=environ, check=False)
            found |= done.returncode
    sys.exit(found)


if __name__ == "__main__":
    main()
