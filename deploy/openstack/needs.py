"""What the machine must have: Python, Debian's programs, room, extended attributes."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from pathlib import Path

from deploy.harness.places import existing, lack_of_room
from deploy.openstack.places import NAME, cache

__all__ = ["ROOM", "missing"]

OLDEST = (3, 11)
"""keystone 30 and glance 33 want no older Python."""

ROOM = 3_000_000_000
"""Bytes: five virtual environments (1.1 GB), pip's own cache, an installation with its images."""

_PROGRAMS = {
    "memcached": "Debian's package memcached",
    "qemu-img": "Debian's package qemu-utils",
}


def missing(environ: dict[str, str] | None = None) -> list[str]:
    """Return a line for each thing that is not there; none if all is."""
    found: list[str] = []
    if sys.version_info < OLDEST:
        wanted = ".".join(map(str, OLDEST))
        found.append(
            f"Python {wanted} or newer for OpenStack's services: make PYTHON=python{wanted}"
        )
    path = (environ or os.environ).get("PATH")
    for program, package in _PROGRAMS.items():
        if shutil.which(program, path=path) is None:
            found.append(f"no {program}: install {package}")
    found += lack_of_room(NAME, ROOM)
    folder = existing(cache())
    if not _keeps_attributes(folder):
        found.append(f"{folder} keeps no extended attributes, which swift needs: use ext4 or xfs")
    return found


def _keeps_attributes(folder: Path) -> bool:
    with tempfile.NamedTemporaryFile(dir=folder) as file:
        try:
            os.setxattr(file.name, "user.otelhook", b"1")
        except OSError:
            return False
    return True


if __name__ == "__main__":
    lacking = missing()
    print("; ".join(lacking))
    sys.exit(1 if lacking else 0)
