"""Starts and stops RabbitMQ, neutron and nova: each a process of ours, none a system service."""

from __future__ import annotations

import getpass
import shutil
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from deploy.openstack.errors import HarnessError
from deploy.openstack.install import program
from deploy.openstack.installation import Installation
from deploy.openstack.processes import Program, running, start_missing, stop, wait_until
from deploy.openstack.server.parts import NOVA, PARTS
from deploy.openstack.services import listens, plain_environment, speaks

__all__ = ["BELOW", "BROKER", "start_parts", "stop_parts"]

BROKER = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
"""Debian's: the one on PATH insists on the user rabbitmq and on the system's own folders."""

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
    if name in ("epmd", "rabbitmq"):
        return _broker(installation, name)
    folders = installation.folders
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


def _broker(installation: Installation, name: str) -> Program:
    """Return RabbitMQ, or the port mapper that Erlang wants beside it: ours, on loopback."""
    data, etc = installation.folders.data / "rabbitmq", installation.folders.etc / "rabbitmq"
    port = str(installation.ports["epmd"])
    mapper = {"ERL_EPMD_PORT": port, "ERL_EPMD_ADDRESS": "127.0.0.1"}
    plain = plain_environment() | mapper
    if name == "epmd":
        command = (shutil.which("epmd") or "epmd", "-port", port, "-address", "127.0.0.1")
        return Program(command, data, plain)
    environ = plain | {
        "HOME": str(data),  # its cookie is there
        "RABBITMQ_BASE": str(data),
        "RABBITMQ_NODENAME": "otelhook@localhost",
        "RABBITMQ_DIST_PORT": str(installation.ports["rabbitmq-nodes"]),
        "RABBITMQ_CONF_ENV_FILE": str(etc / "none"),
        "RABBITMQ_CONFIG_FILE": str(etc / "rabbitmq.conf"),
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(etc / "enabled_plugins"),
        "RABBITMQ_MNESIA_BASE": str(data / "mnesia"),
        "RABBITMQ_LOG_BASE": str(data / "log"),
        "RABBITMQ_PID_FILE": str(data / "pid"),
        "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": "+S 2:2 +sbwt none",
    }
    return Program((str(BROKER),), data, environ)


def _wait_for(installation: Installation, name: str) -> None:
    """Wait until a part is up.

    Raises:
        HarnessError: it ended, or was not up in time; with the end of what it said.
    """
    folders = installation.folders
    log = folders.logs / f"{name}.out"
    port = installation.ports.get(name)

    def ended() -> bool:
        return running(name, folders.run) is None

    def is_up() -> bool:
        if port is None:  # nova's services that only take messages: nova-api knows them later
            return True
        if name in ("epmd", "mariadb", "rabbitmq"):
            return listens(port)
        return speaks(installation.url(name))

    if not wait_until(lambda: ended() or is_up(), _UP_SECONDS) or ended():
        said = log.read_text(encoding="utf-8", errors="replace")[-2000:]
        message = f"{name} did not come up; {log} ends with:\n{said}"
        raise HarnessError(message)
