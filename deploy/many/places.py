"""Where the chain's things are kept, and its ports."""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

from deploy.harness.loopback import free_ports
from deploy.harness.places import Folders, cache

__all__ = ["HERE", "NAME", "Chain", "known", "new"]

HERE = Path(__file__).parent
NAME = "many"
"""What the cache and its lock are called after."""

_PORTS = (
    *(f"agent-{number}-{port}" for number in (1, 2) for port in ("grpc", "http", "health")),
    *(f"gateway-{number}-{port}" for number in (1, 2) for port in ("grpc", "health")),
    "ingester-health",
    *(f"query-{port}" for port in ("http", "grpc", "health")),
    *(f"{part}-{number}-metrics" for part in ("agent", "gateway") for number in (1, 2)),
    *(f"{part}-metrics" for part in ("ingester", "query")),
    "kafka",
    "kafka-controller",
    "cassandra",
    "cassandra-storage",
    "cassandra-management",
)


@dataclass(frozen=True, slots=True)
class Chain:
    """One installation: its folders and its ports."""

    folders: Folders
    ports: dict[str, int]

    def url(self, port: str) -> str:
        """Return the address of a port."""
        return f"http://127.0.0.1:{self.ports[port]}"

    def queue(self, name: str) -> Path:
        """Return the folder of what a Collector has not handed on."""
        return self.folders.data / name


def _root() -> Path:
    return cache(NAME) / "installation"


def known() -> Chain | None:
    """Return the installation that is there, None if there is none."""
    file = _root() / "chain.json"
    if not file.exists():
        return None
    return Chain(Folders(_root()), json.loads(file.read_text(encoding="utf-8")))


def new() -> Chain:
    """Return a new installation in place of the one that was there, which was stopped."""
    shutil.rmtree(_root(), ignore_errors=True)
    folders = Folders(_root())
    folders.make()
    chain = Chain(folders, free_ports(_PORTS))
    (folders.root / "chain.json").write_text(json.dumps(chain.ports, indent=1), encoding="utf-8")
    return chain
