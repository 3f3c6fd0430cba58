"""Starts and stops RabbitMQ, neutron and nova: each a process of ours, none a system service."""

from __future__ import annotations

import getpass
import shutil
from collections.abc import Sequence
from functools import partial

from deploy.harness.loopback import listens, speaks
from deploy.harness.processes import (
    Program,
    plain_environment,
    start_missing,
    stop,
    wait_until_up,
)
from deploy.harness.rabbitmq import Broker
from deploy.openstack.install import program
from deploy.openstack.installation import Installation
from deploy.openstack.server.parts import NOVA, PARTS

__all__ = ["BELOW", "start_parts", "stop_parts"]

BELOW = ("mariadb", "epmd", "rabbitmq")
"""What nova and neutron stand on."""

_UP_SECONDS = 90.0
_STOP_SECONDS = 30.0


def start_parts(installation: Installation, parts: Sequence[str] = PARTS) -> None:
    """Start what does not run, and wait until it is up: what others speak to before them.

    Raises:
        HarnessError: one does not come up.
    """
    stages = (("mariadb", "epmd"), ("rabbitmq",), PARTS[3:])
    folders = installation.folders
    for names in ([name for name in stage if name in parts] for stage in stages):
        made = partial(_program, installation)
        for name in start_missing(names, made, folders.run, folders.logs):
            _wait_for(installation, name)


def stop_parts(installation: Installation, parts: Sequence[str] = PARTS) -> None:
    """Stop what runs, in the opposite order.

    Raises:
        HarnessError: one had to be killed.
    """
    run = installation.folders.run
    above = ("nova-api",), (*NOVA, "neutron-server"), ("rabbitmq",), ("epmd", "mariadb")
    for names in above:
        stop([name for name in names if name in parts], run, _STOP_SECONDS)


def _program(installation: Installation, name: str) -> Program:
    if name == "mariadb":
        return _mariadb(installation)
    folders = installation.folders
    broker = Broker(installation.ports, folders.etc / "rabbitmq", folders.data / "rabbitmq")
    if name == "epmd":
        return broker.mapper()
    if name == "rabbitmq":
        return broker.server()
    environment = name.partition("-")[0]
    folder = folders.etc / environment
    plain = plain_environment()
    if name not in NOVA:  # these have a paste pipeline, which names the filter
        files = f"OS_{environment.upper()}_CONFIG"
        environ = plain | {f"{files}_DIR": str(folder), f"{files}_FILES": f"{environment}.conf"}
        if name == "neutron-server":
            environ["PYTHONOPTIMIZE"] = "1"  # its test driver asserts what holds in its tests only
        if name == "nova-api":
            environ[f"{files}_FILES"] = "api-paste.ini;nova.conf"
        return Program((program(environment, "gunicorn"),), folder, environ)
    environ = plain | {
        "OTELHOOK_CAPTURE": "headers,bodies",
        "OTELHOOK_SERVICE": name,
        "OTELHOOK_DATA_DIR": str(folders.recorded),
    }
    traced = (program("nova", "opentelemetry-instrument"), program("nova", name))
    return Program((*traced, "--config-file", str(folder / "nova.conf")), folder, environ)


def _mariadb(installation: Installation) -> Program:
    folders = installation.folders
    data = folders.data / "mariadb"
    options = (
        f"--datadir={data}",
        f"--user={getpass.getuser()}",
        "--bind-address=127.0.0.1",
        f"--port={installation.ports['mariadb']}",
        f"--socket={data}/socket",
        f"--pid-file={data}/pid",
        f"--init-file={folders.etc}/mariadb/init.sql",
    )
    command = (shutil.which("mariadbd") or "/usr/sbin/mariadbd", "--no-defaults", *options)
    return Program(command, data, plain_environment())


def _wait_for(installation: Installation, name: str) -> None:
    """Wait until a part is up.

    Raises:
        HarnessError: it ended, or was not up in time; with the end of what it said.
    """
    port = installation.ports.get(name)

    def is_up() -> bool:
        if port is None:  # nova's services that only take messages: nova-api knows them later
            return True
        if name in ("epmd", "mariadb", "rabbitmq"):
            return listens(port)
        return speaks(installation.url(name))

    folders = installation.folders
    wait_until_up(name, is_up, folders.run, folders.logs, _UP_SECONDS)
