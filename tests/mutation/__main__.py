"""How many small defects the tests notice.

    python -m tests.mutation [--count 300] [--seed 1] [--minutes 60] [--only PATH]

Draws that many mutants of the pure packages, the same ones for a seed, plants one after another and
runs the tests that run its line. Prints the survivors but for those in ``equivalent.toml``, and
ends with 1 if fewer than nine in ten of the others were noticed.
"""

from __future__ import annotations

import argparse
import sys
import time
from pathlib import Path

from tests.mutation.covering import Covering, covering_of
from tests.mutation.mutants import Mutant, mutants_of, sample
from tests.mutation.running import PARTS, Part, is_noticed, part_of, preload

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

__all__ = ["main"]

ROOT = Path(__file__).resolve().parent.parent.parent
EQUIVALENT = Path(__file__).parent / "equivalent.toml"
ENOUGH = 0.9


def drawn(count: int, seed: int, only: str = "") -> list[Mutant]:
    """Return the sample of all mutants."""
    files = [
        path
        for place in PARTS
        for path in (
            [ROOT / place] if place.endswith(".py") else sorted((ROOT / place).rglob("*.py"))
        )
    ]
    found = [mutant for path in files for mutant in mutants_of(path, ROOT)]
    return sample([mutant for mutant in found if mutant.path.startswith(only)], count, seed)


def main() -> int:
    """Run, and return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--minutes", type=float, default=90.0)
    parser.add_argument("--only", default="")
    arguments = parser.parse_args()
    preload()
    equivalent = tomllib.loads(EQUIVALENT.read_text(encoding="utf-8"))
    covering: dict[Part, Covering] = {}
    noticed: list[Mutant] = []
    survived: list[Mutant] = []
    end = time.monotonic() + 60 * arguments.minutes
    for mutant in drawn(arguments.count, arguments.seed, arguments.only):
        if time.monotonic() > end:
            break
        part = part_of(mutant)
        if part not in covering:
            covered = covering_of(part, ROOT)
            if covered is None:
                print(f"the tests fail as they are: {' '.join(part)}")
                return 2
            covering[part] = covered
        tests = covering[part].tests_of(mutant, ROOT)
        found = is_noticed(mutant, tests, ROOT, 3 * covering[part].seconds + 10)
        (noticed if found else survived).append(mutant)
        if not found:
            word = "equivalent" if mutant.name in equivalent else "SURVIVED"
            print(f"{word} {mutant.name} ({len(noticed)} noticed)", flush=True)
    counted = [mutant for mutant in survived if mutant.name not in equivalent]
    total = len(noticed) + len(counted)
    print(f"noticed {len(noticed)} of {total} (equivalent: {len(survived) - len(counted)})")
    return 0 if total and len(noticed) >= ENOUGH * total else 1


if __name__ == "__main__":
    sys.exit(main())
