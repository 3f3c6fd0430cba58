"""``make bench``: what otelhook costs, beside what its peers cost, in one run.

Figures are from this machine at this moment: read the ratios, and the spread beside them.
"""

from __future__ import annotations

import platform
import sys
from importlib.metadata import version

from tests.bench import client_side, documents, processes, server_side, viewer


def main() -> int:
    """Print every table."""
    peers = ", ".join(f"{name} {version(name)}" for name in ("opentelemetry-sdk", "otelhook"))
    sys.stdout.write(f"Python {platform.python_version()}, {peers}\n\n")
    tables = (
        lambda: server_side.run(rounds=41, calls=150),
        lambda: client_side.run(rounds=21, calls=60),
        lambda: processes.run(pairs=15),
        documents.run,
        viewer.run,
    )
    for table in tables:
        sys.stdout.write(table() + "\n\n")
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main())
