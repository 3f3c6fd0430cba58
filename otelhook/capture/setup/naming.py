"""What a service is called that nobody has named."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import unquote

from otelhook.attributes import SERVICE_NAME

__all__ = ["program_name", "service_name"]


def service_name(environ: Mapping[str, str]) -> str:
    """Name a service that the settings do not name: by its resource, else by its command."""
    for pair in environ.get("OTEL_RESOURCE_ATTRIBUTES", "").split(","):
        key, _, value = pair.partition("=")
        if key.strip() == SERVICE_NAME and value.strip():
            return unquote(value.strip())
    return program_name(sys.orig_argv)


def program_name(arguments: Sequence[str]) -> str:
    """Name a program by its command line: ``python -m x.y`` is ``x.y``, ``bin/glance`` is
    ``glance``.
    """
    rest = iter(arguments[1:])
    for argument in rest:
        if argument == "-m":
            return next(rest, "python")
        if argument in ("-W", "-X", "-c"):
            if argument == "-c":
                return "python"
            next(rest, None)
        elif not argument.startswith("-"):
            return Path(argument).stem or "python"
    return "python"
