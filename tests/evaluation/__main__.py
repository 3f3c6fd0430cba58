"""``python -m tests.evaluation FILE...|DIR``: what is shown, wrong and lost of any traces."""

from __future__ import annotations

import argparse
from pathlib import Path

from tests.evaluation.figure import Result, evaluated, files_of, table


def main() -> None:
    """Print the table; with -v what is wrong with each interaction, and what is too much."""
    parser = argparse.ArgumentParser(prog="python -m tests.evaluation", description=__doc__)
    parser.add_argument("paths", nargs="+", type=Path)
    parser.add_argument("-v", "--verbose", action="store_true")
    arguments = parser.parse_args()
    results = []
    for path in files_of(arguments.paths):
        result = evaluated(path)
        if result.traces:
            results.append(result)
            if arguments.verbose:
                _tell(result)
    print(table(results))


def _tell(result: Result) -> None:
    print(f"== {result.name}")
    for verdict in result.verdicts:
        if verdict.verdict != "shown":
            each = verdict.interaction
            ids = ",".join(dict.fromkeys(key[1] for key in each.spans))
            print(f"{verdict.verdict}: {each.what} {each.protocol} {each.names[0]!r} ({ids})")
            for fault in verdict.faults:
                print(f"    {fault}")
    for exchange in result.extra:
        print(f"extra: {exchange.source} -> {exchange.target}: {exchange.label.strip()}")


if __name__ == "__main__":
    main()
