"""Cassandra as a process of ours: one node, from Maven's jars, on Java 17."""

from __future__ import annotations

from pathlib import Path
from string import Template
from typing import Final

from deploy.harness.processes import Program, plain_environment
from deploy.many.places import HERE, Chain

__all__ = ["configure", "server"]

_EXPORTS: Final = (
    "java.base/jdk.internal.misc",
    "java.base/jdk.internal.ref",
    "java.base/sun.nio.ch",
    "java.management.rmi/com.sun.jmx.remote.internal.rmi",
    "java.rmi/sun.rmi.registry",
    "java.rmi/sun.rmi.server",
    "java.sql/java.sql",
)
_OPENS: Final = (
    "java.base/java.io",
    "java.base/java.lang",
    "java.base/java.lang.module",
    "java.base/java.nio",
    "java.base/java.util",
    "java.base/java.util.concurrent",
    "java.base/java.util.concurrent.atomic",
    "java.base/jdk.internal.loader",
    "java.base/jdk.internal.math",
    "java.base/jdk.internal.module",
    "java.base/jdk.internal.ref",
    "java.base/jdk.internal.reflect",
    "java.base/jdk.internal.util.jar",
    "java.base/sun.nio.ch",
    "jdk.management/com.sun.management.internal",
)
"""What Cassandra's own options for Java 17 open to it."""


def configure(chain: Chain) -> None:
    """Write its file."""
    template = Template((HERE / "cassandra" / "cassandra.yaml").read_text(encoding="utf-8"))
    values = {
        "port": chain.ports["cassandra"],
        "storage_port": chain.ports["cassandra-storage"],
        "data": _data(chain),
    }
    _data(chain).mkdir()
    _file(chain).write_text(template.substitute(values), encoding="utf-8")


def server(chain: Chain, jars: Path) -> Program:
    """Return the server."""
    lib = jars / "lib"
    agent = next(lib.glob("jamm-*.jar"))
    options = [f"--add-exports={name}=ALL-UNNAMED" for name in _EXPORTS]
    options += [f"--add-opens={name}=ALL-UNNAMED" for name in _OPENS]
    told = {
        "io.netty.tryReflectionSetAccessible": "true",
        "cassandra.config": _file(chain).as_uri(),
        "cassandra.storagedir": str(_data(chain)),
        "cassandra-foreground": "yes",
        # Or every step of it is logged.
        "logback.configurationFile": str(HERE / "cassandra" / "logback.xml"),
        "cassandra.jmx.local.port": str(chain.ports["cassandra-management"]),
    }
    options += [f"-D{name}={value}" for name, value in told.items()]
    main = ("-cp", f"{lib}/*", "org.apache.cassandra.service.CassandraDaemon")
    command = ("java", *options, f"-javaagent:{agent}", "-Xmx1g", *main)
    return Program(command, _data(chain), plain_environment())


def _data(chain: Chain) -> Path:
    return chain.folders.data / "cassandra"


def _file(chain: Chain) -> Path:
    return chain.folders.etc / "cassandra.yaml"
