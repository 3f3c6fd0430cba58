"""Where the shop's things are kept, and its ports."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from deploy.harness.loopback import free_ports
from deploy.harness.places import Folders, cache

__all__ = ["HERE", "NAME", "Shop", "known", "new"]

HERE = Path(__file__).parent
NAME = "shop"
"""What the cache and its lock are called after."""

_PORTS = (
    "collect",
    "jaeger",
    "jaeger-grpc",
    "jaeger-otlp",
    "jaeger-health",
    "postgresql",
    "redis",
    "epmd",
    "rabbitmq",
    "rabbitmq-nodes",
    "kafka",
    "kafka-controller",
    "model",
    "catalog",
    "catalog-grpc",
    "orders",
    "worker",
    "front",
    "hotrod-frontend",
    "hotrod-customer",
    "hotrod-driver",
    "hotrod-route",
)


@dataclass(frozen=True, slots=True)
class Shop:
    """One installation: its folders and its ports."""

    folders: Folders
    ports: dict[str, int]
    tables: Path
    """PostgreSQL's data. It does not run as root, and who it runs as then may not look into root's
    cache."""

    def url(self, name: str) -> str:
        """Return the address of a service."""
        return f"http://127.0.0.1:{self.ports[name]}"

    def host(self, name: str) -> str:
        """Return the host and port of a service."""
        return f"127.0.0.1:{self.ports[name]}"


def _root() -> Path:
    return cache(NAME) / "installation"


def known() -> Shop | None:
    """Return the installation that is there, None if there is none."""
    file = _root() / "shop.json"
    if not file.exists():
        return None
    kept = json.loads(file.read_text(encoding="utf-8"))
    return Shop(Folders(_root()), kept["ports"], Path(kept["tables"]))


def new() -> Shop:
    """Return a new installation in place of the one that was there, whose services were stopped."""
    shutil.rmtree(_root(), ignore_errors=True)
    folders = Folders(_root())
    folders.make()
    tables = folders.data / "postgresql"
    if os.geteuid() == 0:
        tables = Path(tempfile.mkdtemp(prefix="otelhook-shop-"))
        shutil.chown(tables, "postgres", "postgres")
    shop = Shop(folders, free_ports(_PORTS), tables)
    kept = {"ports": shop.ports, "tables": str(tables)}
    (folders.root / "shop.json").write_text(json.dumps(kept, indent=1), encoding="utf-8")
    return shop
