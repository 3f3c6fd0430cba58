"""Capture for a whole program, in one call."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from otelhook.capture.setup.process import Instrumentation, process

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import SpanProcessor

__all__ = ["Instrumentation", "instrument"]


def instrument(
    service: str | None = None,
    *,
    span_processors: Sequence[SpanProcessor] | None = None,
    environ: Mapping[str, str] | None = None,
    **settings: object,
) -> Instrumentation:
    """Record what this program sends with `requests`, urllib3 and http.client, from now on.

    Calling it again for the same service returns what the first call returned. The last service
    it was called for is the one that outgoing calls belong to, unless they are made while a
    `Middleware` of another service answers a request.

    Args:
        service: the program's name; else the settings', else that of its command.
        span_processors: where spans go; else what the settings say: a spool, or OTLP.
        environ: the environment; the process's own if left out.
        settings: further settings, by name; see ``otelhook config show``.

    Returns:
        A handle with the tracer provider, `shutdown` and `uninstrument`.

    Raises:
        ConfigError: a setting is unknown or of the wrong form. Nothing else is raised.
    """
    return process.instrument(
        service, settings, environ=environ, span_processors=span_processors, default=True
    )
