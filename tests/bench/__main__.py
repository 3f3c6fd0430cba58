"""``make bench``: what otelhook costs, beside what its peers cost, in one run.

Figures are from this machine at this moment: read the ratios, and the spread beside them.
"""

from __future__ import annotations

import platform
import sys
from collections.abc import Callable, Mapping
from importlib.metadata import version

from tests.bench import (
    asynchronous,
    client_side,
    comparing,
    documents,
    ingest,
    instructions,
    processes,
    reading,
    searching,
    server_side,
    turns,
    viewer,
    viewer_sizes,
    with_export,
)

TABLES: Mapping[str, Callable[[], str]] = {
    "server": lambda: server_side.run(rounds=41, calls=150),
    "export": lambda: with_export.run(rounds=21),
    "client": lambda: client_side.run(rounds=21, calls=60),
    "asynchronous": lambda: asynchronous.run(rounds=11, calls=120),
    "instructions": lambda: instructions.run(rounds=3, calls=60),
    "processes": lambda: processes.run(pairs=15),
    "documents": documents.run,
    "viewer": viewer.run,
    "sizes": viewer_sizes.run,
    "ingest": ingest.run,
    "turns": turns.run,
    "reading": reading.run,
    "searching": searching.run,
    "comparing": comparing.run,
}


def main() -> int:
    """Print the tables that are named on the command line, or all."""
    peers = ", ".join(f"{name} {version(name)}" for name in ("opentelemetry-sdk", "otelhook"))
    sys.stdout.write(f"Python {platform.python_version()}, {peers}\n\n")
    chosen = sys.argv[1:] or list(TABLES)
    unknown = [name for name in chosen if name not in TABLES]
    if unknown:
        sys.stderr.write(f"no table {', '.join(unknown)}; there are: {', '.join(TABLES)}\n")
        return 2
    for name in chosen:
        sys.stdout.write(TABLES[name]() + "\n\n")
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
