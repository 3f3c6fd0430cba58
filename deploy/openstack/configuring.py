"""Writes the configuration, and makes the databases, keys and rings: once an installation.

The files in etc/ are templates; what otelhook adds to OpenStack's own configuration is in them, and
in the paste file that glance ships, to which two things are done here.
"""

from __future__ import annotations

import contextlib
import getpass
import grp
import os
import re
import sqlite3
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from string import Template

from deploy.harness.errors import HarnessError
from deploy.openstack.install import program, programs_folder
from deploy.openstack.installation import Installation
from deploy.openstack.places import HERE
from deploy.openstack.services import BACKENDS

__all__ = ["configure", "let_readers_go_on", "prepare"]

_WSGI = {
    "keystone": ("keystone", "keystone.wsgi.api:application", "/identity"),
    "glance": ("glance-api", "glance.wsgi.api:application", ""),
    "placement": ("placement-api", "placement.wsgi.api:application", ""),
}
"""Folder, and so environment: service, application, and where it is mounted."""

_OLDER = {"glance-oldest": "glance.common.wsgi_app:init_app()"}
"""Environments whose application has another name."""

_SYNC = """
import sys
from glance.cmd import manage
from glance.common import config
config.parse_args([], default_config_files=sys.argv[1:])
manage.DbCommands().sync()
"""
"""What ``glance-manage db_sync`` does: an older one names a command twice, which argparse refuses
from Python 3.11 on.
"""

_FIRST = re.compile(r"= (cors (?:healthcheck )?http_proxy_to_wsgi )")
"""How each of glance's pipelines begins; before 2022 a healthcheck was in it."""

GLANCE_FILTER = """
[filter:otelhook]
use = egg:otelhook
service = glance-api
data_dir = {recorded}
"""


def configure(installation: Installation, *, traced: bool = True) -> None:
    """Write all configuration files anew.

    Args:
        installation: which one.
        traced: whether otelhook's filter stands in the pipelines of glance and swift.
    """
    folders = installation.folders
    values = _values(installation) | {"otelhook": "otelhook" if traced else ""}
    for folder, (service, application, mounted) in _WSGI.items():
        named = _OLDER.get(installation.environment(folder), application)
        more = {"wsgi_app": named, "script_name": mounted}
        more["port"] = str(installation.ports[service])
        _write(folders.etc / folder / "gunicorn.conf.py", "gunicorn.conf.template", values | more)
    _write(folders.etc / "keystone" / "keystone.conf", "keystone.conf", values)
    _write(folders.etc / "placement" / "placement.conf", "placement.conf", values)
    _write(folders.etc / "glance" / "glance-api.conf", "glance-api.conf", values)
    _write(folders.etc / "glance" / "glance-swift.conf", "glance-swift.conf", values)
    _write_glance_pipeline(installation, values, traced=traced)
    _write(folders.etc / "swift" / "swift.conf", "swift.conf", values)
    for service in BACKENDS:
        kind = service.split("-")[1]
        more = {"service": service, "kind": kind, "port": str(installation.ports[service])}
        _write(folders.etc / "swift" / f"{service}.conf", "swift-backend.conf", values | more)
    proxy = "swift-proxy-server"
    more = {"service": proxy, "port": str(installation.ports[proxy])}
    _write(folders.etc / "swift" / f"{proxy}.conf", f"{proxy}.conf", values | more)


def _values(installation: Installation) -> dict[str, str]:
    folders = installation.folders
    places = ("etc", "data", "logs", "run", "recorded")
    return {
        **{name: str(getattr(folders, name)) for name in places},
        "user": getpass.getuser(),
        "keystone": installation.url("keystone"),
        "memcached_port": str(installation.ports["memcached"]),
        "glance_password": installation.secrets["glance"],
        "swift_password": installation.secrets["swift"],
        "placement_password": installation.secrets["placement"],
        "swift_prefix": installation.secrets["swift_prefix"],
        "swift_suffix": installation.secrets["swift_suffix"],
    }


def _write(file: Path, template: str, values: dict[str, str]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.touch(mode=0o600)
    text = Template((HERE / "etc" / template).read_text(encoding="utf-8")).substitute(values)
    file.write_text(text, encoding="utf-8")


def _write_glance_pipeline(
    installation: Installation, values: dict[str, str], *, traced: bool
) -> None:
    """Write the paste file that glance ships, with otelhook first in each of its pipelines.

    Raises:
        HarnessError: it is not the file that we know.
    """
    name = "glance-api-paste.ini"
    shipped = programs_folder(installation.glance) / "etc" / "glance" / name
    text = shipped.read_text(encoding="utf-8")
    if _FIRST.search(text) is None:
        message = f"{shipped} has no pipeline that begins with cors: see README.md"
        raise HarnessError(message)
    if traced:
        text = _FIRST.sub(r"= otelhook \1", text) + GLANCE_FILTER.format(**values)
    (installation.folders.etc / "glance" / name).write_text(text, encoding="utf-8")


def prepare(installation: Installation) -> None:
    """Make databases, keys and rings, unless they are there; all at the same time.

    Raises:
        HarnessError: a program of OpenStack's failed.
    """
    mark = installation.marked("prepared")
    if mark.exists():
        return
    work: tuple[Callable[[Installation], None], ...] = (_keystone, _glance, _rings)
    with ThreadPoolExecutor() as pool:
        for done in [pool.submit(one, installation) for one in work]:
            done.result()
    mark.touch()


def _keystone(installation: Installation) -> None:
    folders = installation.folders
    for name in ("fernet-keys", "credential-keys"):
        (folders.data / "keystone" / name).mkdir(parents=True, exist_ok=True)
    config = str(folders.etc / "keystone" / "keystone.conf")
    manage = (program("keystone", "keystone-manage"), "--config-file", config)
    group = grp.getgrgid(os.getgid()).gr_name
    ours = ("--keystone-user", getpass.getuser(), "--keystone-group", group)
    _run(*manage, "db_sync")
    let_readers_go_on(folders.data / "keystone.db")
    _run(*manage, "fernet_setup", *ours)
    _run(*manage, "credential_setup", *ours)
    address = f"{installation.url('keystone')}/v3"
    urls = [f"--bootstrap-{who}-url={address}" for who in ("admin", "internal", "public")]
    password = {"OS_BOOTSTRAP_PASSWORD": installation.secrets["admin"]}
    _run(*manage, "bootstrap", "--bootstrap-region-id=RegionOne", *urls, environ=password)


def _glance(installation: Installation) -> None:
    folders = installation.folders
    for name in ("staging", "tasks"):
        (folders.data / "glance" / name).mkdir(parents=True, exist_ok=True)
    config = str(folders.etc / "glance" / "glance-api.conf")
    if installation.glance in _OLDER:
        _run(program(installation.glance, "python"), "-c", _SYNC, config)
    else:
        _run(program(installation.glance, "glance-manage"), "--config-file", config, "db_sync")
    let_readers_go_on(folders.data / "glance.db")


def let_readers_go_on(database: Path) -> None:
    """Let a database be read while it is written: several requests at once find it locked else."""
    with contextlib.closing(sqlite3.connect(database)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")


def _rings(installation: Installation) -> None:
    folders = installation.folders
    (folders.data / "swift" / "d1").mkdir(parents=True, exist_ok=True)
    builder = program("swift", "swift-ring-builder")
    for service in BACKENDS:
        file = str(folders.etc / "swift" / f"{service.split('-')[1]}.builder")
        device = f"r1z1-127.0.0.1:{installation.ports[service]}/d1"
        Path(file).unlink(missing_ok=True)  # of an attempt that was cut short
        _run(builder, file, "create", "4", "1", "1")
        _run(builder, file, "add", device, "1")
        _run(builder, file, "rebalance")


def _run(*command: str, environ: dict[str, str] | None = None) -> None:
    done = subprocess.run(
        command,
        capture_output=True,
        check=False,
        text=True,
        env={**os.environ, "PYTHONWARNINGS": "ignore", **(environ or {})},
    )
    if done.returncode:
        what = " ".join([Path(command[0]).name, *command[1:4]])
        message = f"{what} failed:\n{(done.stderr or done.stdout)[-2000:]}"
        raise HarnessError(message)
