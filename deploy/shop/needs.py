"""What the machine must have: four languages, and the servers as Debian packages them."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from deploy.harness.places import lack_of_room
from deploy.harness.rabbitmq import BROKER
from deploy.shop.places import NAME
from deploy.shop.servers import postgresql_program

__all__ = ["ROOM", "missing"]

OLDEST = (3, 10)
"""The worker's pinned packages want no older Python."""

ROOM = 2_000_000_000
"""Bytes: programs (500 MB), what npm, Maven, pip and Go keep of downloads, an installation."""


@dataclass(frozen=True, slots=True)
class _Program:
    name: str
    oldest: tuple[int, ...]
    """Version, none if any will do."""
    asks: str
    """The word that makes it tell its version."""
    package: str


_PROGRAMS = (
    _Program("node", (20, 6), "--version", "Node.js 20.6 or newer, with npm"),
    _Program("npm", (), "", "Node.js 20.6 or newer, with npm"),
    _Program("go", (1, 24), "version", "Go 1.24 or newer"),
    _Program("javac", (17,), "-version", "a JDK of Java 17 or newer"),
    _Program("mvn", (), "", "Maven"),
    _Program("redis-server", (), "", "Debian's package redis-server"),
    _Program("epmd", (), "", "Debian's package rabbitmq-server"),
    _Program(str(BROKER), (), "", "Debian's package rabbitmq-server"),
    _Program(postgresql_program("postgres"), (), "", "Debian's package postgresql"),
    _Program("setpriv", (), "", "Debian's package util-linux"),
)


def missing() -> list[str]:
    """Return a line for each thing that is not there; none if all is."""
    found: list[str] = []
    if sys.version_info < OLDEST:
        wanted = ".".join(map(str, OLDEST))
        found.append(f"Python {wanted} or newer for the worker: make PYTHON=python{wanted}")
    found += [said for program in _PROGRAMS if (said := _fault(program))]
    return found + lack_of_room(NAME, ROOM)


def _fault(program: _Program) -> str:
    path = shutil.which(program.name)
    if path is None:
        return f"no {Path(program.name).name}: install {program.package}"
    if not program.oldest:
        return ""
    # GOTOOLCHAIN: a Go that is too old says so, and fetches none.
    environ = os.environ | {"GOTOOLCHAIN": "local"}
    done = subprocess.run(
        [path, program.asks], capture_output=True, check=False, text=True, env=environ
    )
    numbers = re.search(r"\d+(?:\.\d+)*", done.stdout + done.stderr)
    version = tuple(map(int, numbers[0].split("."))) if numbers else ()
    if version < program.oldest:
        return f"{program.name} is {numbers[0] if numbers else 'broken'}: install {program.package}"
    return ""


if __name__ == "__main__":
    lacking = missing()
    print("; ".join(lacking))
    sys.exit(1 if lacking else 0)
