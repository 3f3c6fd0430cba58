"""Kafka as a process of ours: one node that is broker and controller, from Maven's jars."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from string import Template

from deploy.harness.installing import run
from deploy.harness.java import java
from deploy.harness.processes import Program, plain_environment

__all__ = ["FILES", "Kafka"]

FILES = Path(__file__).parent / "kafka"
"""``pom.xml``, which names the jars, and the server's properties."""

_IDENTITY = "b3RlbGhvb2stc2hvcC1rYQ"  # any 16 bytes in base64


@dataclass(frozen=True, slots=True)
class Kafka:
    """One node on loopback."""

    jars: Path
    port: int
    controller_port: int
    etc: Path
    """Its properties are written there."""
    data: Path

    def configure(self) -> None:
        """Write its file, and make what it keeps its data in.

        Raises:
            HarnessError: it refused.
        """
        self.data.mkdir()
        template = Template((FILES / "server.properties").read_text(encoding="utf-8"))
        values = {"port": self.port, "controller_port": self.controller_port, "data": self.data}
        self._properties.write_text(template.substitute(values), encoding="utf-8")
        storage = ("kafka.tools.StorageTool", "format", "-t", _IDENTITY, "-c")
        run([*java(128, "-cp", self._path, *storage), str(self._properties)], "kafka")

    def server(self) -> Program:
        """Return the server."""
        command = java(256, "-cp", self._path, "kafka.Kafka", str(self._properties))
        return Program(command, self.data, plain_environment())

    @property
    def _properties(self) -> Path:
        return self.etc / "kafka.properties"

    @property
    def _path(self) -> str:
        return str(self.jars / "lib" / "*")
