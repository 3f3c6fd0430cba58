"""What `openstack server create` needs besides the services of the harness, and where it is."""

from __future__ import annotations

from deploy.openstack.installation import Installation, found_or_made

__all__ = [
    "DATABASES",
    "ENVIRONMENTS",
    "HOST",
    "NAME",
    "NOVA",
    "PARTS",
    "database",
    "found_or_made_server",
    "transport",
]

NAME = "server"
"""The installation's name: databases, ports and traces are not those of `make openstack`."""

ENVIRONMENTS = ("neutron", "nova")
NOVA = ("nova-conductor", "nova-scheduler", "nova-compute")
PARTS = ("mariadb", "epmd", "rabbitmq", "neutron-server", *NOVA, "nova-api")
"""In the order that they are started in."""

DATABASES = ("neutron", "nova_api", "nova_cell0", "nova_cell1")
"""MariaDB's and not SQLite's: several processes of nova's write at the same time, oslo.db begins
each transaction as a reader, and SQLite lets none of two readers become the writer that waits."""

HOST = "host-ovs-filter-active"
"""The compute host. Neutron's own test driver, which needs no switch and no agent, binds ports on
a host of this name, and says that they are active."""


def found_or_made_server() -> Installation:
    """Return the installation, made if there is none."""
    ports = ("mariadb", "epmd", "rabbitmq", "rabbitmq-nodes", "neutron-server", "nova-api")
    return found_or_made(NAME, ports, ("mariadb", "neutron", "nova", "rabbitmq"))


def transport(installation: Installation) -> str:
    """Return RabbitMQ's address as oslo.messaging wants it, password included."""
    password, port = installation.secrets["rabbitmq"], installation.ports["rabbitmq"]
    return f"rabbit://openstack:{password}@127.0.0.1:{port}/"


def database(installation: Installation, name: str) -> str:
    """Return the address of a database of MariaDB's as oslo.db wants it, password included."""
    password, port = installation.secrets["mariadb"], installation.ports["mariadb"]
    return f"mysql+pymysql://openstack:{password}@127.0.0.1:{port}/{name}?charset=utf8mb4"
