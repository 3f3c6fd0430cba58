"""One installation: its ports, its secrets and its folders, made once and kept."""

from __future__ import annotations

import json
import os
import secrets
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from deploy.harness.loopback import free_ports
from deploy.harness.places import Folders
from deploy.openstack.places import cache

__all__ = ["SERVICES", "Installation", "found_or_made", "removed"]

SERVICES = (
    "memcached",
    "keystone",
    "glance-api",
    "swift-proxy-server",
    "swift-account-server",
    "swift-container-server",
    "swift-object-server",
    "placement-api",
)
"""Names that the pages show; each has a port."""

_SECRETS = ("admin", "glance", "swift", "placement", "swift_prefix", "swift_suffix")


@dataclass(frozen=True, slots=True)
class Installation:
    """Where one installation is and what it needs to know."""

    folders: Folders
    ports: dict[str, int]
    secrets: dict[str, str]
    """Passwords of the users of that name, and what swift mixes into its paths."""
    glance: str = "glance"
    """The environment that glance is started from: of which release it is."""

    def environment(self, name: str) -> str:
        """Return the environment of a service's programs."""
        return self.glance if name == "glance" else name

    def url(self, service: str) -> str:
        """Return the address of a service; keystone's has the path that DevStack gives it."""
        path = "/identity" if service == "keystone" else ""
        return f"http://127.0.0.1:{self.ports[service]}{path}"

    def marked(self, step: str) -> Path:
        """Return the file that says that a step of setting up is done."""
        return self.folders.root / f"{step}.done"

    def client_environment(self) -> dict[str, str]:
        """Return the variables that the ``openstack`` command asks for, and only those of ours."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith(("OS_", "OTEL"))}
        return kept | {
            "OS_AUTH_URL": f"{self.url('keystone')}/",
            "OS_USERNAME": "admin",
            "OS_PASSWORD": self.secrets["admin"],
            "OS_PROJECT_NAME": "admin",
            "OS_USER_DOMAIN_NAME": "Default",
            "OS_PROJECT_DOMAIN_NAME": "Default",
            "OS_IDENTITY_API_VERSION": "3",
            "OS_REGION_NAME": "RegionOne",
            "PYTHONWARNINGS": "ignore",
            "OTELHOOK_DATA_DIR": str(self.folders.recorded),
        }


def found_or_made(
    name: str = "default",
    ports: Sequence[str] = (),
    passwords: Sequence[str] = (),
    glance: str = "glance",
) -> Installation:
    """Return the installation of that name: the one that is there, else a new one.

    Args:
        name: of its folder.
        ports: what needs a port besides `SERVICES`.
        passwords: what needs a password besides the services' users.
        glance: the environment that glance is started from.
    """
    folders = Folders(cache() / "installations" / name)
    file = folders.root / "installation.json"
    if file.exists():
        known = json.loads(file.read_text(encoding="utf-8"))
        return Installation(folders, known["ports"], known["secrets"], glance)
    folders.make()
    made = Installation(
        folders,
        free_ports((*SERVICES, *ports)),
        {one: secrets.token_urlsafe(18) for one in (*_SECRETS, *passwords)},
        glance,
    )
    file.touch(mode=0o600)
    kept = {"ports": made.ports, "secrets": made.secrets}
    file.write_text(json.dumps(kept, indent=1), encoding="utf-8")
    return made


def removed(name: str = "default") -> None:
    """Remove an installation's files, if it is there. Its services must have been stopped."""
    shutil.rmtree(cache() / "installations" / name, ignore_errors=True)
