"""Writes the configuration of nova, neutron and RabbitMQ, and makes their databases."""

from __future__ import annotations

import getpass
import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from string import Template

from deploy.harness.errors import HarnessError
from deploy.openstack.install import program, programs_folder
from deploy.openstack.installation import Installation
from deploy.openstack.places import HERE
from deploy.openstack.server.parts import DATABASES, HOST, database, transport

__all__ = ["configure", "discover_hosts", "prepare", "prepare_mariadb"]

_ETC = Path(__file__).parent / "etc"

_WSGI = {
    "nova": ("nova-api", "nova.wsgi.osapi_compute:application", "/compute"),
    "neutron": ("neutron-server", "neutron.wsgi.api:application", "/networking"),
}
"""Folder, and so environment: service, application, and where DevStack mounts it."""

_FILTER = """
[filter:otelhook]
use = egg:otelhook
service = {service}
data_dir = {recorded}
"""

_NEUTRON_TABLES = """\
import sys
import sqlalchemy
from neutron.db.migration.models import head
head.get_metadata().create_all(sqlalchemy.create_engine(sys.argv[1]))
"""
"""Neutron's wheel has no program that migrates; new tables can be made from its models."""


def configure(installation: Installation) -> None:
    """Write all configuration files anew."""
    folders = installation.folders
    ports, secrets = installation.ports, installation.secrets
    values = {
        **{name: str(getattr(folders, name)) for name in ("etc", "data", "recorded")},
        "keystone": installation.url("keystone"),
        "host": HOST,
        "transport": transport(installation),
        "memcached_port": str(ports["memcached"]),
        "rabbitmq_port": str(ports["rabbitmq"]),
        "nodes_port": str(ports["rabbitmq-nodes"]),
        **{f"db_{name}": database(installation, name) for name in DATABASES},
        **{f"{one}_password": secrets[one] for one in ("mariadb", "neutron", "nova", "rabbitmq")},
    }
    _write(folders.etc / "nova" / "nova.conf", _ETC / "nova.conf", values)
    _write(folders.etc / "neutron" / "neutron.conf", _ETC / "neutron.conf", values)
    _write(folders.etc / "rabbitmq" / "rabbitmq.conf", _ETC / "rabbitmq.conf", values)
    _write(folders.etc / "mariadb" / "init.sql", _ETC / "mariadb.sql", values)
    (folders.etc / "rabbitmq" / "enabled_plugins").write_text("[].\n", encoding="utf-8")
    for name, (service, application, mounted) in _WSGI.items():
        more = {"wsgi_app": application, "script_name": mounted, "port": str(ports[service])}
        template = HERE / "etc" / "gunicorn.conf.template"
        _write(folders.etc / name / "gunicorn.conf.py", template, more)
        _write_pipeline(name, folders.etc / name / "api-paste.ini", values | {"service": service})
    for name in ("mariadb", "neutron", "nova", "rabbitmq"):
        (folders.data / name).mkdir(parents=True, exist_ok=True)


def _write(file: Path, template: Path, values: dict[str, str]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch(mode=0o600)
    text = Template(template.read_text(encoding="utf-8")).substitute(values)
    file.write_text(text, encoding="utf-8")


def _write_pipeline(name: str, file: Path, values: dict[str, str]) -> None:
    """Write the paste file that a service ships, with otelhook first in its pipelines.

    Raises:
        HarnessError: it is not the file that we know.
    """
    shipped = programs_folder(name) / "etc" / name / "api-paste.ini"
    text = shipped.read_text(encoding="utf-8")
    first = "= cors "
    if f"keystone {first}http_proxy_to_wsgi" not in text:
        message = f"{shipped} has no pipeline that begins with {first[2:]!r}: see README.md"
        raise HarnessError(message)
    text = text.replace(first, f"= otelhook {first[2:]}")
    file.write_text(text + _FILTER.format(**values), encoding="utf-8")


def prepare(installation: Installation) -> None:
    """Make nova's and neutron's tables and nova's two cells, in the running MariaDB, unless they
    are there.

    Raises:
        HarnessError: a program of OpenStack's failed.
    """
    mark = installation.marked("server-prepared")
    if mark.exists():
        return
    with ThreadPoolExecutor() as pool:
        for done in [pool.submit(one, installation) for one in (_neutron, _nova)]:
            done.result()
    mark.touch()


def _neutron(installation: Installation) -> None:
    _run(program("neutron", "python"), "-c", _NEUTRON_TABLES, database(installation, "neutron"))


def _nova(installation: Installation) -> None:
    cell0, cell1 = (database(installation, f"nova_{one}") for one in ("cell0", "cell1"))
    _manage(installation, "api_db", "sync")
    _manage(installation, "cell_v2", "map_cell0", "--database_connection", cell0)
    _manage(installation, "db", "sync")
    where = ("--transport-url", transport(installation), "--database_connection", cell1)
    _manage(installation, "cell_v2", "create_cell", "--name", "cell1", *where)


def prepare_mariadb(installation: Installation) -> None:
    """Make the folder of MariaDB's own tables, unless it is there.

    Raises:
        HarnessError: it cannot be made.
    """
    mark = installation.marked("mariadb-prepared")
    if mark.exists():
        return
    data = installation.folders.data / "mariadb"
    options = (f"--datadir={data}", f"--user={getpass.getuser()}", "--skip-test-db")
    _run(
        "mariadb-install-db", "--no-defaults", *options, "--auth-root-authentication-method=normal"
    )
    mark.touch()


def discover_hosts(installation: Installation) -> None:
    """Let nova's cells know the compute host, which has said by now that it is there."""
    _manage(installation, "cell_v2", "discover_hosts")


def _manage(installation: Installation, *words: str) -> None:
    config = str(installation.folders.etc / "nova" / "nova.conf")
    _run(program("nova", "nova-manage"), "--config-file", config, *words)


def _run(*command: str) -> None:
    environ = {"PYTHONWARNINGS": "ignore", "OS_NOVA_DISABLE_EVENTLET_PATCHING": "1"}
    done = subprocess.run(
        command, capture_output=True, check=False, text=True, env={**os.environ, **environ}
    )
    if done.returncode:
        what = " ".join([Path(command[0]).name, *command[-4:-2]])
        message = f"{what} failed:\n{(done.stdout + done.stderr)[-2000:]}"
        raise HarnessError(message)
