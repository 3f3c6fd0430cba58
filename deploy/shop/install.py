"""The shop's programs, each built from pinned packages into the cache, once."""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from deploy.harness import kafka
from deploy.harness.installing import made, make_environment, run
from deploy.harness.java import fetch_jars
from deploy.harness.places import cache
from deploy.shop.places import HERE, NAME

__all__ = ["programs", "ready"]


def programs(name: str) -> Path:
    """Return the folder of a part's programs: another one when what it is made of changes."""
    return cache(NAME) / "programs" / f"{name}-{_made_of(name)}"


def ready() -> None:
    """Build what is missing, at the same time.

    Raises:
        HarnessError: a package cannot be had, or does not build.
    """
    with ThreadPoolExecutor(max_workers=2) as pool:
        list(pool.map(_one_ready, _FILL))


def _one_ready(name: str) -> None:
    made(programs(name), _FILL[name])


def _made_of(name: str) -> str:
    """Return what tells one state of a part's sources and packages from another."""
    digest = hashlib.sha256(repr(sys.version_info[:2]).encode())
    for file in sorted((kafka.FILES if name == "kafka" else HERE / name).glob("*")):
        digest.update(file.name.encode() + b"\0" + file.read_bytes())
    return digest.hexdigest()[:10]


def _front(folder: Path) -> None:
    """Install what package-lock.json lists."""
    for file in (HERE / "front").iterdir():
        shutil.copy(file, folder)
    run(["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts"], "front", folder=folder)


def _catalog(folder: Path) -> None:
    """Build the Go service from the modules that go.sum lists."""
    # CGO: a C compiler is not needed. GOTOOLCHAIN: a Go that is too old says so, and fetches none.
    environ = os.environ | {"CGO_ENABLED": "0", "GOTOOLCHAIN": "local", "GOFLAGS": "-mod=readonly"}
    words = ["go", "build", "-trimpath", "-ldflags=-s -w", "-o", str(folder / "catalog"), "."]
    run(words, "catalog", folder=HERE / "catalog", environ=environ)


def _orders(folder: Path) -> None:
    """Fetch the jars that pom.xml names, the Java agent among them, and compile the services."""
    fetch_jars(HERE / "orders" / "pom.xml", folder / "lib")
    sources = [str(file) for file in sorted((HERE / "orders").glob("*.java"))]
    classes, jars = str(folder / "classes"), str(folder / "lib" / "*")
    run(["javac", "-d", classes, "-cp", jars, *sources], "orders")


def _kafka(folder: Path) -> None:
    """Fetch the jars of Kafka's server."""
    fetch_jars(kafka.FILES / "pom.xml", folder / "lib")


def _worker(folder: Path) -> None:
    """Make the virtual environment of requirements.txt."""
    make_environment(folder, HERE / "worker" / "requirements.txt")


_FILL: Mapping[str, Callable[[Path], None]] = {
    "front": _front,
    "orders": _orders,
    "catalog": _catalog,
    "kafka": _kafka,
    "worker": _worker,
}
