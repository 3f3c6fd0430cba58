"""The services: how each is started, and when it is up."""

from __future__ import annotations

import getpass
import shutil
from collections.abc import Iterable
from functools import partial

from deploy.harness.loopback import listens, speaks
from deploy.harness.processes import (
    Program,
    plain_environment,
    start_missing,
    stop,
    wait_until_up,
)
from deploy.openstack.install import program
from deploy.openstack.installation import SERVICES, Installation

__all__ = [
    "BACKENDS",
    "SWIFT",
    "start_services",
    "stop_services",
]

BACKENDS = ("swift-account-server", "swift-container-server", "swift-object-server")
SWIFT = (*BACKENDS, "swift-proxy-server")

_UP_SECONDS = 60.0


def start_services(
    installation: Installation, names: Iterable[str], *, traced: bool = True
) -> None:
    """Start those of the services that do not run, at the same time, and wait until all answer.

    Args:
        installation: which one.
        names: of the services.
        traced: whether otelhook is in them; it is in the paste pipelines by configuration, which
            `configure` has written, so here this is about services under opentelemetry-instrument.

    Raises:
        HarnessError: one does not come up.
    """
    folders = installation.folders
    made = partial(_program, installation, traced=traced)
    for name in start_missing(names, made, folders.run, folders.logs):
        _wait_for(installation, name)


def stop_services(installation: Installation, names: Iterable[str] = SERVICES) -> None:
    """Stop those of the services that run, the callers before the called.

    Raises:
        HarnessError: one had to be killed.
    """
    run = installation.folders.run
    here = [name for name in reversed(SERVICES) if name in set(names)]
    first = [name for name in here if name in ("glance-api", "placement-api")]
    stop(first, run)
    stop([name for name in here if name not in first], run)


def _program(installation: Installation, name: str, *, traced: bool) -> Program:
    folders = installation.folders
    plain = plain_environment()
    if name == "memcached":
        port = str(installation.ports[name])
        where = ("-l", "127.0.0.1", "-p", port, "-U", "0", "-m", "16", "-u", getpass.getuser())
        return Program((shutil.which("memcached") or "memcached", *where), folders.root, plain)
    if name in SWIFT:
        config = str(folders.etc / "swift" / f"{name}.conf")
        return Program((program("swift", name), config, "-v"), folders.root, plain)
    environment = name.removesuffix("-api")
    folder = folders.etc / environment
    programs = installation.environment(environment)
    gunicorn = program(programs, "gunicorn")  # configured by gunicorn.conf.py in its folder:
    # keystone reads the command line as its own
    environ = plain | {f"OS_{environment.upper()}_CONFIG_DIR": str(folder)}
    if environment == "glance" or not traced:  # glance has a paste pipeline, which names the filter
        return Program((gunicorn,), folder, environ)
    environ |= {
        "OTELHOOK_CAPTURE": "headers,bodies",
        "OTELHOOK_SERVICE": name,
        "OTELHOOK_DATA_DIR": str(folders.recorded),
        "OTEL_PYTHON_WSGI_EXCLUDED_URLS": "healthcheck",
    }
    return Program((program(programs, "opentelemetry-instrument"), gunicorn), folder, environ)


def _wait_for(installation: Installation, name: str) -> None:
    """Wait until a service answers.

    Raises:
        HarnessError: it ended, or did not answer in time; with the end of what it said.
    """

    def answers() -> bool:
        if name == "memcached":
            return listens(installation.ports[name])
        return speaks(f"{installation.url(name)}/healthcheck")

    folders = installation.folders
    wait_until_up(name, answers, folders.run, folders.logs, _UP_SECONDS)
