"""Programs of Java's: the jars that a pom.xml names, and a command with a small heap."""

from __future__ import annotations

from pathlib import Path

from deploy.harness.installing import run

__all__ = ["fetch_jars", "java"]


def java(megabytes: int, *words: str) -> tuple[str, ...]:
    """Return a command of Java with a small heap, which starts fast."""
    heap = f"-Xmx{megabytes}m"
    return ("java", heap, "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto", *words)


def fetch_jars(pom: Path, folder: Path) -> None:
    """Put the jars that a pom.xml names, and what they need, into a folder.

    Raises:
        HarnessError: one cannot be had.
    """
    copy = ["mvn", "-q", "-B", "-f", str(pom), "dependency:copy-dependencies"]
    run([*copy, f"-DoutputDirectory={folder}"], pom.parent.name)
