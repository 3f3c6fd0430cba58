"""The tracing backends that can be asked over HTTP, by the names that users give them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from importlib import import_module
from typing import Final, cast

from otelhook.sources.backends.credentials import Credentials
from otelhook.sources.backends.http import Backend, base_address
from otelhook.sources.backends.whole_traces import BackendSource, TraceApi

__all__ = ["open_backend"]


@dataclass(frozen=True, slots=True)
class _Tool:
    name: str
    """For messages."""
    api: str
    """Module and class of its API; imported when it is asked."""


_TOOLS: Final = {
    "jaeger": _Tool("Jaeger", "jaeger.Jaeger"),
    "tempo": _Tool("Tempo", "tempo.Tempo"),
    "zipkin": _Tool("Zipkin", "zipkin.Zipkin"),
    # Ours answers as Jaeger does.
    "collector": _Tool("the collector", "jaeger.Jaeger"),
}


def open_backend(kind: str, place: str) -> BackendSource:
    """Open a backend.

    Args:
        kind: ``jaeger+http`` and the like.
        place: ``//HOST:PORT[/prefix]``.

    Raises:
        ConfigError: the address or a credential in the environment cannot be used.
    """
    named, _, scheme = kind.partition("+")
    tool = _TOOLS[named]
    backend = Backend(
        tool.name,
        base_address(kind, scheme, place),
        Credentials.read(named, os.environ),
    )
    module, _, api = tool.api.partition(".")
    made = getattr(import_module(f"otelhook.sources.backends.{module}"), api)
    return BackendSource(cast("TraceApi", made(backend)))
