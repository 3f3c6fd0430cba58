"""The servers that the shop stands on: PostgreSQL, Redis, RabbitMQ, Kafka."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from string import Template

from deploy.harness.installing import run
from deploy.harness.kafka import Kafka
from deploy.harness.processes import Program, plain_environment
from deploy.harness.rabbitmq import Broker
from deploy.shop.install import programs
from deploy.shop.places import HERE, Shop

__all__ = ["SERVERS", "configure", "fill_tables", "postgresql_program", "server"]

SERVERS = ("epmd", "postgresql", "redis", "kafka", "rabbitmq")
"""In the order that they are started in: RabbitMQ wants Erlang's port mapper."""

_DATABASE = "shop"
"""The database, and who owns it."""


def postgresql_program(name: str) -> str:
    """Return a program of PostgreSQL's newest version; Debian keeps them off the path."""
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=_version)
    return str(found[-1]) if found else shutil.which(name) or name


def _version(program: Path) -> int:
    text = program.parent.parent.name
    return int(text) if text.isdecimal() else 0


def configure(shop: Shop) -> None:
    """Write the servers' files and make what they keep their data in.

    Raises:
        HarnessError: a program of theirs failed.
    """
    etc, ports = shop.folders.etc, shop.ports
    for name in ("redis", "rabbitmq"):
        (shop.folders.data / name).mkdir()
    rabbitmq = {"port": ports["rabbitmq"], "nodes_port": ports["rabbitmq-nodes"]}
    _write(HERE / "rabbitmq.conf", etc / "rabbitmq.conf", rabbitmq)
    (etc / "enabled_plugins").write_text("[].\n", encoding="utf-8")
    _kafka(shop).configure()
    initdb = [postgresql_program("initdb"), "--auth=trust", "--username=shop", "--no-sync"]
    words = ["--encoding=UTF8", "--locale=C", "-D", str(shop.tables)]
    run([*_as_postgres(), *initdb, *words], "postgresql", folder=shop.tables)


def fill_tables(shop: Shop) -> None:
    """Make the database and its tables.

    Raises:
        HarnessError: PostgreSQL refused.
    """
    psql = [
        postgresql_program("psql"),
        "-q",
        "-h",
        "127.0.0.1",
        "-p",
        str(shop.ports["postgresql"]),
    ]
    stop = ["-U", _DATABASE, "-v", "ON_ERROR_STOP=1"]
    run([*psql, *stop, "-d", "postgres", "-c", f"CREATE DATABASE {_DATABASE}"], "the database")
    run([*psql, *stop, "-d", _DATABASE, "-f", str(HERE / "tables.sql")], "the tables")


def server(shop: Shop, name: str) -> Program:
    """Return a server's program."""
    plain, port = plain_environment(), str(shop.ports[name])
    broker = Broker(shop.ports, shop.folders.etc, shop.folders.data / "rabbitmq")
    if name == "epmd":
        return broker.mapper()
    if name == "rabbitmq":
        return broker.server()
    if name == "postgresql":
        words = ["-D", str(shop.tables), "-h", "127.0.0.1", "-p", port, "-F"]
        sockets = ["-c", "unix_socket_directories=", "-c", "shared_buffers=16MB"]
        command = (*_as_postgres(), postgresql_program("postgres"), *words, *sockets)
        return Program(command, shop.tables, plain)
    if name == "redis":
        words = ["--bind", "127.0.0.1", "--port", port, "--save", "", "--appendonly", "no"]
        return Program(("redis-server", *words), shop.folders.data / "redis", plain)
    return _kafka(shop).server()


def _kafka(shop: Shop) -> Kafka:
    ports, data = shop.ports, shop.folders.data / "kafka"
    controller = ports["kafka-controller"]
    return Kafka(programs("kafka"), ports["kafka"], controller, shop.folders.etc, data)


def _as_postgres() -> list[str]:
    """Return what makes root somebody else, for PostgreSQL refuses to run as root."""
    if os.geteuid():
        return []
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"]


def _write(template: Path, file: Path, values: Mapping[str, object]) -> None:
    text = Template(template.read_text(encoding="utf-8")).substitute(values)
    file.write_text(text, encoding="utf-8")
