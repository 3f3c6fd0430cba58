"""pm4py's inductive miner on logs from standard input, in an environment of its own.

Reads a line of JSON a flow: ``log``, ``held_out`` and ``mutants``, each a list of rows; writes how
many of the last two its process tree accepts.
"""

from __future__ import annotations

import json
import sys

import pandas as pd  # type: ignore[import-not-found, import-untyped, unused-ignore]
import pm4py  # type: ignore[import-not-found, import-untyped, unused-ignore]

__all__ = ["main"]


def _accepted(net, initial, final, rows) -> int:
    """Count the rows that the net makes, by perfect alignment."""
    accepted = 0
    for row in rows:
        frame = _frame([row])
        found = pm4py.conformance_diagnostics_alignments(frame, net, initial, final)
        accepted += all(each["fitness"] == 1.0 for each in found)
    return accepted


def _frame(rows):
    entries = [
        {
            "case:concept:name": str(case),
            "concept:name": name,
            "time:timestamp": pd.Timestamp(case * 1_000 + index, unit="s", tz="UTC"),
        }
        for case, row in enumerate(rows)
        for index, name in enumerate(row)
    ]
    return pd.DataFrame(entries)


def main() -> None:
    """Mine each log."""
    for line in sys.stdin:
        given = json.loads(line)
        tree = pm4py.discover_process_tree_inductive(_frame([r for r in given["log"] if r]))
        net, initial, final = pm4py.convert_to_petri_net(tree)
        counts = [
            _accepted(net, initial, final, [row for row in given[name] if row])
            for name in ("held_out", "mutants")
        ]
        sys.stdout.write(json.dumps(counts) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
