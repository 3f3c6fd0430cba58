"""RabbitMQ as a process of ours, and the port mapper that Erlang wants beside it."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from deploy.harness.processes import Program, plain_environment

__all__ = ["BROKER", "Broker"]

BROKER = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
"""Debian's: the one on PATH insists on the user rabbitmq and on the system's own folders."""


@dataclass(frozen=True, slots=True)
class Broker:
    """One node on loopback. Its ports: ``epmd``, ``rabbitmq-nodes``; others are in its file."""

    ports: Mapping[str, int]
    etc: Path
    """Holds ``rabbitmq.conf``, and ``enabled_plugins``."""
    data: Path

    def mapper(self) -> Program:
        """Return the port mapper: it is up before the broker is started."""
        port = str(self.ports["epmd"])
        command = (shutil.which("epmd") or "epmd", "-port", port, "-address", "127.0.0.1")
        return Program(command, self.data, self._environment())

    def server(self) -> Program:
        """Return the broker."""
        environ = self._environment() | {
            "HOME": str(self.data),  # its cookie is there
            "RABBITMQ_BASE": str(self.data),
            "RABBITMQ_NODENAME": "otelhook@localhost",
            "RABBITMQ_DIST_PORT": str(self.ports["rabbitmq-nodes"]),
            "RABBITMQ_CONF_ENV_FILE": str(self.etc / "none"),
            "RABBITMQ_CONFIG_FILE": str(self.etc / "rabbitmq.conf"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.etc / "enabled_plugins"),
            "RABBITMQ_MNESIA_BASE": str(self.data / "mnesia"),
            "RABBITMQ_LOG_BASE": str(self.data / "log"),
            "RABBITMQ_PID_FILE": str(self.data / "pid"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+S 2:2 +sbwt none",
        }
        return Program((str(BROKER),), self.data, environ)

    def _environment(self) -> dict[str, str]:
        where = {"ERL_EPMD_PORT": str(self.ports["epmd"]), "ERL_EPMD_ADDRESS": "127.0.0.1"}
        return plain_environment() | where
