"""What the hooks of one service share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any, Literal

from opentelemetry import context as context_api
from opentelemetry.context import Context

from otelhook.attributes import SERVICE_NAME
from otelhook.capture.coexistence.redacting import redact_what_leaves
from otelhook.capture.context.propagation import SPAN_KEY, parent_in_environment
from otelhook.capture.guard import Guard
from otelhook.capture.record.body_limits import BodyLimits
from otelhook.capture.record.excluded_urls import excluded_urls, url_of
from otelhook.capture.record.guessed_names import PathNames
from otelhook.capture.record.routes import SERVER_SPAN
from otelhook.capture.record.span_record import SpanRecord
from otelhook.capture.record.template_spans import templated
from otelhook.lazy_patterns import compile_all
from otelhook.redaction import Redactor, build_looks
from otelhook.redaction.rules.keyed_hash import hmac_sha256

if TYPE_CHECKING:
    from opentelemetry.trace import Span, Tracer, TracerProvider
    from opentelemetry.util.http import ExcludeList

    from otelhook.settings import Settings

__all__ = ["CaptureScope", "make_scope", "scope_of"]

_FOREIGN_HEADER_LIMIT = 45
"""Header names recorded of each side under a provider that is not ours, which keeps 128 attributes
in all; if the span has others as well, `make_room` allows fewer.
"""
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
    limits: BodyLimits
    bodies: Literal["both", "server", "client", "off"] = "both"
    header_limit: int = _FOREIGN_HEADER_LIMIT
    root: Context | None = None
    """The remote parent of the process's outermost client spans, if the environment names one."""
    excluded_requests: ExcludeList | None = None
    """Of which requests that are answered nothing is recorded."""
    excluded_connections: ExcludeList | None = None
    """Of which of those over ASGI."""
    excluded_calls: ExcludeList | None = None
    """Of which calls to others nothing is recorded."""
    websocket_messages: bool = False
    """Whether the messages of a websocket are recorded, beside their number."""
    names: PathNames | None = None
    """Templates of paths, by which spans are named; None if they are named by the method alone."""
    caller: bool = False
    """Whether the line of code that makes a call is recorded."""
    service: str = ""
    """The service's name, as its spans have it."""
    guard: Guard = field(default_factory=Guard)

    @property
    def server_bodies(self) -> bool:
        """Whether a SERVER span records bodies."""
        return self.bodies in ("both", "server")

    @property
    def client_bodies(self) -> bool:
        """Whether a CLIENT span records bodies."""
        return self.bodies in ("both", "client")

    def excludes(self, environ: Mapping[str, Any]) -> bool:
        """Say whether nothing is to be recorded of a WSGI request."""
        if self.excluded_requests is None:
            return False
        with self.guard:
            return self.excluded_requests.url_disabled(url_of(environ))
        return False

    def excludes_connection(self, url: str) -> bool:
        """Say whether nothing is to be recorded of a request over ASGI."""
        return self.excluded_connections is not None and self.excluded_connections.url_disabled(url)

    def excludes_call(self, url: str) -> bool:
        """Say whether nothing is to be recorded of a call to this URL."""
        return self.excluded_calls is not None and self.excluded_calls.url_disabled(url)

    def record_for(self, span: Span) -> SpanRecord:
        """Begin the record of a span; tokens get pseudonyms under its trace."""
        redactor = self.redactor.for_trace(f"{span.get_span_context().trace_id:032x}")
        return SpanRecord(redactor, self.header_limit)

    def around(self, span: Span, context: Context) -> Context:
        """Return the context with a SERVER span and this scope in it."""
        return Context({**context, SPAN_KEY: span, _SCOPE_KEY: self, SERVER_SPAN: span})

    def name_of(self, method: str, path: str) -> str:
        """Return the name of a span whose route is not known, or not yet."""
        template = "" if self.names is None else self.names.of(path)
        shown = "HTTP" if method == "_OTHER" else method
        return f"{shown} {template}" if template else shown

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
    compile_all()
    hmac_sha256(b"", b"")  # no request waits until the hash is loaded
    redactor = Redactor.configured(environ, settings)
    build_looks()
    redact_what_leaves(provider, redactor)
    return CaptureScope(
        tracer=templated(provider.get_tracer("otelhook", _version())),
        redactor=redactor,
        limits=BodyLimits(settings.body_limit, settings.body_types, settings.body_routes),
        bodies=settings.recorded_bodies,
        header_limit=_OWN_HEADER_LIMIT if ours else _FOREIGN_HEADER_LIMIT,
        root=parent_in_environment(environ),
        excluded_requests=excluded_urls("WSGI", environ),
        excluded_connections=excluded_urls("ASGI", environ),
        excluded_calls=excluded_urls("REQUESTS", environ),
        websocket_messages=settings.websocket_messages,
        names=PathNames() if settings.path_names else None,
        caller=settings.caller,
        service=_service_of(provider),
    )


def _service_of(provider: Any) -> str:
    attributes: Mapping[str, object] = getattr(
        getattr(provider, "resource", None), "attributes", {}
    )
    return str(attributes.get(SERVICE_NAME, ""))


def _version() -> str:
    try:
        return version("otelhook")
    except PackageNotFoundError:
        return ""
