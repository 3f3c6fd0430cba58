"""What the machine must have: Java and Maven, and Go where the peers are not built yet."""

from __future__ import annotations

import shutil
import sys

from deploy.harness import peers
from deploy.harness.places import lack_of_room
from deploy.many.places import NAME

__all__ = ["PEERS", "missing"]

PEERS = ("collector", "jaeger")
ROOM = 2_000_000_000
"""Bytes: programs (300 MB), what Maven and Go keep of downloads, an installation."""


def missing() -> list[str]:
    """Return a line for each thing that is not there; none if all is."""
    found: list[str] = []
    if shutil.which("java") is None:
        found.append("no java: install Java 17 (Debian's openjdk-17-jre-headless)")
    if shutil.which("mvn") is None:
        found.append("no mvn: install Maven")
    unbuilt = [said for name in PEERS if (said := peers.why_missing(name))]
    if unbuilt and shutil.which("go") is None:
        found += unbuilt
    return found + lack_of_room(NAME, ROOM)


if __name__ == "__main__":
    lacking = missing()
    print("; ".join(lacking))
    sys.exit(1 if lacking else 0)
