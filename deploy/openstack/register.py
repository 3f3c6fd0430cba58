"""Tells keystone who is there: users, roles, services and their endpoints."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Mapping, Sequence

from deploy.harness.errors import HarnessError
from deploy.openstack.install import program
from deploy.openstack.installation import Installation

__all__ = ["register"]

_USERS = ("glance", "swift", "placement")
_ENDPOINTS = {
    "image": ("glance", "glance-api", ""),
    "object-store": ("swift", "swift-proxy-server", "/v1/AUTH_%(project_id)s"),
    "placement": ("placement", "placement-api", ""),
}


def register(
    installation: Installation,
    step: str = "registered",
    users: Sequence[str] = _USERS,
    endpoints: Mapping[str, tuple[str, str, str]] = _ENDPOINTS,
) -> None:
    """Register all of it through the running keystone, unless it has been done.

    One ``openstack`` process takes all commands from its standard input: each start of it would
    take seconds, and no password stands on a command line.

    Args:
        installation: whose keystone.
        step: what says that it has been done.
        users: each with a password of that name.
        endpoints: by type of service its name, who answers, and the path there.

    Raises:
        HarnessError: the catalog has not all services afterwards.
    """
    mark = installation.marked(step)
    if mark.exists():
        return
    commands = "\n".join(_commands(installation, users, endpoints))
    said = _openstack(installation, [], commands)
    listed = _openstack(installation, ["catalog", "list", "-f", "json"])
    found = {row["Type"] for row in json.loads(listed.stdout or "[]")}
    if lacking := {"identity", *endpoints} - found:
        message = f"keystone's catalog lacks {', '.join(sorted(lacking))}:\n{said.stderr[-2000:]}"
        raise HarnessError(message)
    mark.touch()


def _commands(
    installation: Installation,
    users: Sequence[str],
    endpoints: Mapping[str, tuple[str, str, str]],
) -> Iterator[str]:
    yield "project create --domain default --or-show service"
    yield "project create --domain default --or-show demo"
    yield "role create --or-show service"
    for user in users:
        password = installation.secrets[user]
        yield (
            f"user create --domain default --project service --or-show --password={password} {user}"
        )
        yield f"role add --project service --user {user} admin"
        yield f"role add --project service --user {user} service"
    for kind, (name, service, path) in endpoints.items():
        yield f"service create --name {name} {kind}"
        for interface in ("public", "internal", "admin"):
            address = installation.url(service) + path
            yield f"endpoint create --region RegionOne {kind} {interface} {address}"


def _openstack(
    installation: Installation, words: list[str], given: str = ""
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [program("client", "openstack"), *words],
        input=given,
        capture_output=True,
        check=False,
        text=True,
        env=installation.client_environment(),
    )
