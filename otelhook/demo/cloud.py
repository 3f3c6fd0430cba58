"""Starts the three services, each a process of its own, and stops them again."""

from __future__ import annotations

import contextlib
import json
import secrets
import selectors
import subprocess
import sys
from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import uuid4

from otelhook.demo.server import PORT_IS_TAKEN
from otelhook.errors import OtelhookError, UnreachableError
from otelhook.settings import CONFIG_FILE

__all__ = ["CLIENT", "Cloud", "running"]

CLIENT = Path(__file__).with_name("client.py")
"""The client that creates an image."""

_START_SECONDS = 60.0
_STOP_SECONDS = 10.0
_PROJECTS = ("demo", "service")
_USERS = ("demo", "image")
_CONTAINER = "images"


@dataclass(frozen=True, slots=True)
class Cloud:
    """The running services, as their client needs to know them."""

    environ: Mapping[str, str]
    """``OS_AUTH_URL``, ``OS_USERNAME`` and the like, over the environment that was given."""
    addresses: Mapping[str, str]
    """Service to address."""


@contextlib.contextmanager
def running(
    work: Path,
    data_dir: Path,
    environ: Mapping[str, str],
    first_port: int = 0,
    further: Mapping[str, str] | None = None,
) -> Generator[Cloud, None, None]:
    """Run the services; when the block is left they have ended and their spans are written.

    Args:
        work: an empty folder for their files.
        data_dir: where their spans go.
        environ: what their environment is made of.
        first_port: of three ports in a row; 0 takes any that are free.
        further: variables that it has as well, such as ``OTEL_EXPORTER_OTLP_ENDPOINT``: those of
            ``environ`` are left out.

    Raises:
        UnreachableError: a port is taken.
        OtelhookError: a service does not start.
    """
    clean = _of_its_own(work, data_dir, environ) | dict(further or {})
    projects = {name: uuid4().hex for name in _PROJECTS}
    users = {name: {"id": uuid4().hex, "password": secrets.token_hex(12)} for name in _USERS}
    file = work / "cloud.json"
    (work / "objects" / f"AUTH_{projects['service']}" / _CONTAINER).mkdir(parents=True)

    def account(user: str, project: str, auth_url: str) -> dict[str, str]:
        return {
            "OS_AUTH_URL": auth_url,
            "OS_USERNAME": user,
            "OS_PASSWORD": users[user]["password"],
            "OS_PROJECT_NAME": project,
        }

    def describe(catalog: Sequence[dict[str, Any]]) -> None:
        content = {"users": users, "projects": projects, "catalog": catalog}
        file.write_text(json.dumps(content, indent=2))

    describe([])
    ports = [first_port + index if first_port else 0 for index in range(3)]
    with contextlib.ExitStack() as stack:
        start = _Starter(stack, work)
        identity = start("identity", ports[0], ["--cloud", str(file)], clean)
        auth_url = f"{identity}/identity"
        image = start("image", ports[1], [], clean | account("image", "service", auth_url))
        kept = ["--root", str(work / "objects")]
        store = start("object-store", ports[2], kept, clean | {"OS_AUTH_URL": auth_url})
        describe(
            [
                _entry("identity", auth_url),
                _entry("image", image),
                _entry("object-store", f"{store}/v1/AUTH_{projects['service']}"),
            ]
        )
        yield Cloud(
            clean | account("demo", "demo", auth_url),
            {"identity": identity, "image": image, "object-store": store},
        )


def _of_its_own(work: Path, data_dir: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """Return an environment with a data folder and settings that are the demo's alone."""
    settings = work / CONFIG_FILE
    settings.touch()  # in place of one that lies in the user's folder
    return _without_settings(environ) | {
        "OTELHOOK_DATA_DIR": str(data_dir.absolute()),
        "OTELHOOK_CONFIG": str(settings.absolute()),
    }


def _without_settings(environ: Mapping[str, str]) -> dict[str, str]:
    """Leave out what would send the demo's spans, or its requests, somewhere else."""
    ours = ("OTEL_", "OTELHOOK_", "OS_", "TRACEPARENT", "TRACESTATE")
    kept = {name: value for name, value in environ.items() if not name.startswith(ours)}
    # Loopback is never reached through a proxy.
    return kept | {"NO_PROXY": "127.0.0.1,localhost", "no_proxy": "127.0.0.1,localhost"}


def _entry(service_type: str, url: str) -> dict[str, Any]:
    endpoint = {
        "id": uuid4().hex,
        "interface": "public",
        "region": "demo",
        "region_id": "demo",
        "url": url,
    }
    return {
        "endpoints": [endpoint],
        "id": uuid4().hex,
        "type": service_type,
        "name": service_type,
    }


class _Starter:
    """Starts services, and has the stack stop them."""

    def __init__(self, stack: contextlib.ExitStack, work: Path) -> None:
        self._stack = stack
        self._work = work

    def __call__(
        self, name: str, port: int, options: Sequence[str], environ: Mapping[str, str]
    ) -> str:
        """Start a service and return its address, once it listens."""
        module = f"otelhook.demo.{name.replace('-', '_')}"
        log = self._work / f"{name}.log"
        with log.open("wb") as said:
            process = subprocess.Popen(  # noqa: S603 - our own module
                [sys.executable, "-m", module, "--port", str(port), "--stop-with-input", *options],
                env={**environ, "OTEL_SERVICE_NAME": name},
                cwd=self._work,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=said,
                # Ctrl-C is the client's: the services are stopped in order, after it.
                start_new_session=True,
            )
        self._stack.callback(_stop, process)
        address = _first_line(process)
        if not address.startswith("http://"):
            raise _failure(name, process, log)
        return address


def _first_line(process: subprocess.Popen[bytes]) -> str:
    """Return the first line that a process prints; empty if it ends, or takes too long."""
    if process.stdout is None:
        return ""
    with selectors.DefaultSelector() as waiting:
        waiting.register(process.stdout, selectors.EVENT_READ)
        if not waiting.select(_START_SECONDS):
            return ""
    return process.stdout.readline().decode("utf-8", "replace").strip()


def _failure(name: str, process: subprocess.Popen[bytes], log: Path) -> OtelhookError:
    _stop(process)
    lines = log.read_text("utf-8", "replace").strip().splitlines()
    said = lines[-1] if lines else "it said nothing"
    if process.returncode == PORT_IS_TAKEN:
        return UnreachableError(f"the demo's {name} service: {said}")
    return OtelhookError(f"the demo's {name} service does not start: {said}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Ask a service to end, and wait until it has written its spans."""
    with contextlib.suppress(OSError):
        process.terminate()
    try:
        process.wait(_STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for stream in (process.stdin, process.stdout):
        if stream is not None:
            stream.close()
