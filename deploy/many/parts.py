"""The chain's programs, each with the file of many-machines that it has in earnest."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Final

from deploy.harness import kafka, peers
from deploy.harness.installing import made
from deploy.harness.java import fetch_jars
from deploy.harness.kafka import Kafka
from deploy.harness.places import ROOT, cache
from deploy.harness.processes import Program, plain_environment
from deploy.many import cassandra
from deploy.many.places import HERE, NAME, Chain

__all__ = ["FILES", "STAGES", "broker", "configure", "fetch", "program"]

_DEPLOY: Final = ROOT / "deploy"
FILES: Final = {
    "agent": "agent.yaml",
    "gateway": "gateway-kafka.yaml",
    "ingester": "jaeger-ingester.yaml",
    "query": "jaeger-query.yaml",
}
"""By part, the file in many-machines that it runs with, and the one in overlay/."""

STAGES: Final = (
    ("cassandra", "kafka"),
    ("query",),
    ("ingester", "gateway-1", "gateway-2"),
    ("agent-1", "agent-2"),
)
"""In the order that they are started in: the query makes the tables."""

_POMS: Final = {"kafka": kafka.FILES, "cassandra": HERE / "cassandra"}


def fetch() -> None:
    """Fetch the jars that are missing.

    Raises:
        HarnessError: one cannot be had.
    """
    for name, files in _POMS.items():
        made(_jars(name), partial(_filled, files / "pom.xml"))


def _filled(pom: Path, folder: Path) -> None:
    fetch_jars(pom, folder / "lib")


def _jars(name: str) -> Path:
    return cache(NAME) / "programs" / name


def configure(chain: Chain) -> None:
    """Write what the servers are told, and make what they keep their data in.

    Raises:
        HarnessError: a program of theirs failed.
    """
    cassandra.configure(chain)
    broker(chain).configure()
    for stage in STAGES:
        for name in stage:
            chain.queue(name).mkdir(exist_ok=True)


def broker(chain: Chain) -> Kafka:
    """Return Kafka."""
    ports, folders = chain.ports, chain.folders
    controller, data = ports["kafka-controller"], folders.data / "kafka"
    return Kafka(_jars("kafka"), ports["kafka"], controller, folders.etc, data)


def program(chain: Chain, name: str) -> Program:
    """Return the program that has a name."""
    if name == "cassandra":
        return cassandra.server(chain, _jars("cassandra"))
    if name == "kafka":
        return broker(chain).server()
    part = name.partition("-")[0]
    path = peers.built("collector" if part in ("agent", "gateway") else "jaeger")
    file = FILES[part]
    configs = (_DEPLOY / "many-machines" / file, HERE / "overlay" / file)
    words = tuple(f"--config={config}" for config in configs)
    return Program((str(path), *words), chain.queue(name), plain_environment() | _told(chain, name))


def _told(chain: Chain, name: str) -> dict[str, str]:
    """Return the variables that the files name."""
    own = {
        f"{port.removeprefix(name + '-').upper()}_PORT": str(number)
        for port, number in chain.ports.items()
        if port.startswith(name + "-")
    }
    return own | {
        "GATEWAY_1_PORT": str(chain.ports["gateway-1-grpc"]),
        "GATEWAY_2_PORT": str(chain.ports["gateway-2-grpc"]),
        "CASSANDRA_PORT": str(chain.ports["cassandra"]),
        "KAFKA_BROKER": f"127.0.0.1:{chain.ports['kafka']}",
        "QUEUE_DIRECTORY": str(chain.queue(name)),
        "UI_CONFIG": str(_DEPLOY / "jaeger" / "ui.json"),
        # Named by the files, and not used: the overlays have others in their places.
        "GATEWAY_HOST": "none",
        **{f"CLICKHOUSE_{word}": "none" for word in ("HOST", "USER", "PASSWORD")},
    }
