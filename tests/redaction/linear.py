"""Counts the work on each text of the corpus and of the unseen sets, repeated to two sizes.

``python -m tests.redaction.linear`` counts instructions by callgrind, which is repeatable on a busy
machine, and prints what takes more than ten times as many for eight times the text. That is slow:
`STEP` takes every so many-th text only. The quick tests count calls in place of it.
"""

from __future__ import annotations

import argparse
import gc
import os
import shutil
import subprocess
import sys
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


def _within(library: str, folder: str, step: int) -> None:
    """Count in this process, which runs under callgrind."""
    callgrind = Callgrind(library, folder)
    redactor = Redactor.make().for_trace("0af7651916cd43dd8448eb211c80319c")
    for kind in KINDS:
        total = {SMALL: 0.0, LARGE: 0.0}
        worst: list[tuple[float, str]] = []
        for entry in texts()[::step]:
            least = 0.0
            for size in total:
                do = work(redactor, kind, entry, size)
                do()
                gc.collect()
                counted = callgrind.of(do)
                total[size] += counted
                if size == SMALL:
                    least = counted
                elif counted > MOST * least:
                    worst.append((counted / least, entry.id))
        many = len(texts()[::step])
        print(f"{kind}: {many} texts, {total[LARGE] / total[SMALL]:.2f} times the instructions for")
        print(f"  eight times the text; more than {MOST} times: {sorted(worst, reverse=True)}")
        sys.stdout.flush()


def main() -> None:
    """Run this under callgrind."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--step", type=int, default=20, help="take every so many-th text")
    parser.add_argument("--within", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.within:
        library, folder = arguments.within
        _within(library, folder, arguments.step)
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
        module = ["tests.redaction.linear", "--step", str(arguments.step), "--within"]
        environ = {**os.environ, "PYTHONHASHSEED": "0"}
        subprocess.run([*command, *module, library, dumps], cwd=ROOT, env=environ, check=True)


if __name__ == "__main__":
    main()
