"""The services: how each is started, and when it is up."""

from __future__ import annotations

import getpass
import os
import shutil
import socket
import urllib.error
import urllib.request
from collections.abc import Iterable
from functools import partial

from deploy.openstack.errors import HarnessError
from deploy.openstack.install import program
from deploy.openstack.installation import SERVICES, Installation
from deploy.openstack.processes import Program, running, start_missing, stop, wait_until

__all__ = [
    "BACKENDS",
    "SWIFT",
    "listens",
    "plain_environment",
    "speaks",
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


def plain_environment() -> dict[str, str]:
    """Return our environment without what would steer OpenStack or tracing from outside."""
    steering = ("OS_", "OTEL", "PYTHON", "GUNICORN", "TRACE")
    kept = {key: value for key, value in os.environ.items() if not key.startswith(steering)}
    return kept | {"PYTHONWARNINGS": "ignore"}


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
    gunicorn = program(environment, "gunicorn")  # configured by gunicorn.conf.py in its folder:
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
    return Program((program(environment, "opentelemetry-instrument"), gunicorn), folder, environ)


def _wait_for(installation: Installation, name: str) -> None:
    """Wait until a service answers.

    Raises:
        HarnessError: it ended, or did not answer in time; with the end of what it said.
    """
    folders = installation.folders
    port = installation.ports[name]

    def ended() -> bool:
        return running(name, folders.run) is None

    def answers() -> bool:
        if name == "memcached":
            return listens(port)
        return speaks(f"{installation.url(name)}/healthcheck")

    if not wait_until(lambda: ended() or answers(), _UP_SECONDS) or ended():
        log = folders.logs / f"{name}.out"
        said = log.read_text(encoding="utf-8", errors="replace")[-2000:]
        message = f"{name} did not come up; {log} ends with:\n{said}"
        raise HarnessError(message)


def listens(port: int) -> bool:
    """Say whether somebody listens at a port of loopback."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=2).close()
    except OSError:
        return False
    return True


def speaks(url: str) -> bool:
    """Say whether somebody answers at a URL, with whatever status."""
    try:
        urllib.request.urlopen(url, timeout=2).close()  # noqa: S310 - our own, on loopback
    except urllib.error.HTTPError as answer:
        answer.close()
    except OSError:
        return False
    return True
