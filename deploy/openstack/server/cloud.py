"""What has to be there before a server can be made: users, a flavor, a network, an image."""

from __future__ import annotations

import json
from collections.abc import Sequence

from deploy.harness.errors import HarnessError
from deploy.harness.processes import wait_until
from deploy.openstack.installation import Installation
from deploy.openstack.register import register
from deploy.openstack.scenarios import must, work_folder
from deploy.openstack.server.configuring import discover_hosts
from deploy.openstack.server.parts import NOVA

__all__ = [
    "FLAVOR",
    "IMAGE",
    "NETWORK",
    "SERVER",
    "announce",
    "furnish",
    "introduce",
    "rehearse",
    "words_of_create",
]

FLAVOR, IMAGE, NETWORK, SERVER = "c1", "cirros", "private", "vm-1"

_ENDPOINTS = {
    "compute": ("nova", "nova-api", "/compute/v2.1"),
    "network": ("neutron", "neutron-server", "/networking"),
}
_SEEN_SECONDS = 60.0


def announce(installation: Installation) -> None:
    """Tell keystone of nova and neutron; nova's services ask for a token when they start."""
    register(installation, "server-registered", ("nova", "neutron"), _ENDPOINTS)


def introduce(installation: Installation) -> None:
    """Wait until nova's services know each other, and let its cells know the compute host.

    Raises:
        HarnessError: they do not.
    """
    said = ""

    def all_up() -> bool:
        nonlocal said
        try:
            rows = _listed(installation, ("compute", "service", "list"))
        except HarnessError as error:  # keystone refuses the first requests, if they come at once
            said = str(error)
            return False
        said = str(rows)
        return {row["Binary"] for row in rows if row["State"] == "up"} >= set(NOVA)

    if not wait_until(all_up, _SEEN_SECONDS):
        message = f"nova-api does not see all of {', '.join(NOVA)}; it says {said}"
        raise HarnessError(message)
    mark = installation.marked("hosts-discovered")
    if not mark.exists():
        discover_hosts(installation)
        mark.touch()


def furnish(installation: Installation) -> None:
    """Make the flavor, the network with its subnet and the image, unless they are there.

    Raises:
        HarnessError: a command failed.
    """
    mark = installation.marked("furnished")
    if mark.exists():
        return
    folder = work_folder(installation)
    image = next(folder.glob("*.img")).name
    for words in (
        ("flavor", "create", "--id", "c1", "--ram", "256", "--disk", "1", "--vcpus", "1", FLAVOR),
        ("network", "create", NETWORK),
        ("subnet", "create", "--network", NETWORK, "--subnet-range", "192.0.2.0/24", "private-v4"),
        ("image", "create", "--public", "--disk-format", "qcow2", "--file", image, IMAGE),
    ):
        must(installation, words, folder)
    mark.touch()


def words_of_create(name: str) -> tuple[str, ...]:
    """Return the command that makes a server."""
    what = ("--flavor", FLAVOR, "--image", IMAGE, "--network", NETWORK)
    return ("server", "create", *what, "--wait", name)


def rehearse(installation: Installation) -> None:
    """Make a server and delete it, without recording it: then each service has its own token, and
    memcached knows them. What an earlier run has left is deleted as well.

    Raises:
        HarnessError: a command failed.
    """
    folder = work_folder(installation)
    must(installation, words_of_create("rehearsal"), folder)
    ids = [row["ID"] for row in _listed(installation, ("server", "list"))]
    must(installation, ("server", "delete", "--wait", *ids), folder)


def _listed(installation: Installation, words: Sequence[str]) -> list[dict[str, str]]:
    said = must(installation, (*words, "-f", "json"), work_folder(installation))
    rows: list[dict[str, str]] = json.loads(said)
    return rows
