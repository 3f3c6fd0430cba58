"""Capture without a line of code: by `otelhook run`, or by `opentelemetry-instrument`."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from pathlib import Path

from otelhook.capture.setup.naming import program_name
from otelhook.errors import OtelhookError
from otelhook.settings import RUN_FOLDER

__all__ = ["activate", "child_environment", "deactivate", "folder"]

_NAMED = "OTELHOOK_RUN_SERVICE"
"""Says that ``OTEL_SERVICE_NAME`` is that of a script which calls several programs."""
_NAMELESS = "python"
"""What a program without a file is called, such as ``python -c``."""


def folder() -> Path:
    """Return the folder to put first on PYTHONPATH; it holds only our ``sitecustomize``."""
    return Path(__file__).resolve().parent / "site"


def child_environment(
    environ: Mapping[str, str],
    *,
    traceparent: str = "",
    service: str = "",
    each_its_own: bool = False,
    run_folder: Path | None = None,
) -> dict[str, str]:
    """Return a copy of the environment in which Python programs are captured.

    Args:
        environ: the environment to start from; it is not changed.
        traceparent: the remote parent of the programs' outermost spans.
        service: their service name; theirs to say if empty.
        each_its_own: whether programs that nobody names otherwise go by their own names, as those
            that a shell script calls one after another; the service name is then the script's.
        run_folder: a folder of this run alone, for what is said once a run.
    """
    child = dict(environ)
    known = [entry for entry in environ.get("PYTHONPATH", "").split(os.pathsep) if entry]
    ours = str(folder())
    child["PYTHONPATH"] = os.pathsep.join([ours, *(entry for entry in known if entry != ours)])
    if traceparent:
        child["TRACEPARENT"] = traceparent
        child.pop("TRACESTATE", None)
    if service and each_its_own:
        child[_NAMED], child["OTEL_SERVICE_NAME"] = service, service
    elif service:
        child["OTELHOOK_SERVICE"] = service
    # The programs' own providers may send elsewhere; the run is to be read here as well.
    child.setdefault("OTELHOOK_PROVIDER", "both")
    # Its pages are read by people, who look for a path and for the line that asked for it.
    child.setdefault("OTELHOOK_PATH_NAMES", "on")
    child.setdefault("OTELHOOK_CALLER", "on")
    if run_folder is not None:
        child[RUN_FOLDER] = str(run_folder)
    return child


def activate() -> None:
    """Start capture in this interpreter; a wrong setting is said in one line, nothing is raised."""
    from otelhook.capture.bootstrap.servers import wrap_servers
    from otelhook.capture.setup.process import process

    try:
        process.instrument(_own_name(os.environ), {}, default=True)
    except OtelhookError as error:
        sys.stderr.write(f"otelhook: {error}; this program is not captured\n")
        return
    wrap_servers(process)


def _own_name(environ: Mapping[str, str]) -> str | None:
    """Return the program's name where the service name is only that of what has called it."""
    given = environ.get(_NAMED)
    if not given or environ.get("OTELHOOK_SERVICE") or environ.get("OTEL_SERVICE_NAME") != given:
        return None
    name = program_name(sys.orig_argv)
    return given if name == _NAMELESS else name


def deactivate() -> None:
    """End the capture that `activate` has started; applications that servers hold stay wrapped,
    and are called as without us.
    """
    from otelhook.capture.setup.process import process

    process.end()
