"""The tracer provider that the program itself has configured, if it has."""

from __future__ import annotations

from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider

__all__ = ["configured_provider"]


def configured_provider() -> TracerProvider | None:
    """Return the global provider if it is the SDK's; None if there is none, or one of no use."""
    provider = trace.get_tracer_provider()
    return provider if isinstance(provider, TracerProvider) else None
