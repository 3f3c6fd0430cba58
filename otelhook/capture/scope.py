"""What the hooks of one service share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Literal

from opentelemetry import context as context_api
from opentelemetry.context import Context

from otelhook.capture.guard import Guard
from otelhook.capture.propagation import parent_in_environment
from otelhook.capture.record import Record
from otelhook.redaction import Redactor

if TYPE_CHECKING:
    from opentelemetry.trace import Span, Tracer, TracerProvider

    from otelhook.settings import Settings

__all__ = ["CaptureScope", "make_scope", "scope_of"]

_FOREIGN_HEADER_LIMIT = 45
"""Header names recorded of each side under a provider that is not ours: 128 attributes in all."""
_OWN_HEADER_LIMIT = 400

_SCOPE_KEY = context_api.create_key("otelhook-capture-scope")


@dataclass(frozen=True, slots=True)
class CaptureScope:
    """How one service's requests are captured.

    Several services can live in one process: a request's scope travels in the OpenTelemetry
    context, so that the calls an application makes are spans of that application's service.
    """

    tracer: Tracer
    redactor: Redactor
    body_limit: int
    bodies: Literal["both", "server", "client", "off"] = "both"
    header_limit: int = _FOREIGN_HEADER_LIMIT
    root: Context | None = None
    """The remote parent of the process's outermost client spans, if the environment names one."""
    guard: Guard = field(default_factory=Guard)

    @property
    def server_bodies(self) -> bool:
        """Whether a SERVER span records bodies."""
        return self.bodies in ("both", "server")

    @property
    def client_bodies(self) -> bool:
        """Whether a CLIENT span records bodies."""
        return self.bodies in ("both", "client")

    def record_for(self, span: Span) -> Record:
        """Begin the record of a span; tokens get pseudonyms under its trace."""
        redactor = self.redactor.for_trace(f"{span.get_span_context().trace_id:032x}")
        return Record(redactor, self.header_limit, self.body_limit)

    def within(self, context: Context) -> Context:
        """Return the context with this scope in it."""
        return context_api.set_value(_SCOPE_KEY, self, context)


def scope_of(context: Context) -> CaptureScope | None:
    """Return the scope that a context carries."""
    scope = context.get(_SCOPE_KEY)
    return scope if isinstance(scope, CaptureScope) else None


def make_scope(
    provider: TracerProvider,
    settings: Settings,
    environ: Mapping[str, str],
    *,
    ours: bool = True,
) -> CaptureScope:
    """Make the scope of a service.

    Args:
        provider: where its spans come from.
        settings: its settings.
        environ: names the remote parent of the outermost spans and the key of pseudonyms.
        ours: whether the provider has our raised limits.
    """
    return CaptureScope(
        tracer=provider.get_tracer("otelhook", _version()),
        redactor=Redactor.configured(environ, settings),
        body_limit=settings.body_limit,
        bodies=settings.bodies,
        header_limit=_OWN_HEADER_LIMIT if ours else _FOREIGN_HEADER_LIMIT,
        root=parent_in_environment(environ),
    )


def _version() -> str:
    try:
        return version("otelhook")
    except PackageNotFoundError:
        return ""
