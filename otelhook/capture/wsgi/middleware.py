"""The WSGI middleware that applications are wrapped in."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from otelhook.capture.server.middleware import ServiceMiddleware

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment
    from opentelemetry.trace import TracerProvider

__all__ = ["Middleware"]


class Middleware(ServiceMiddleware):
    """Records each request that a WSGI application answers, as a SERVER span.

    Args:
        app: the application.
        service: its name. Several applications in one process can be several services; without
            a name it belongs to the service that `otelhook.instrument` was called for.
        tracer_provider: where the spans come from, if the caller has a provider already.
        settings: further settings, by name; see ``otelhook config show``.

    Raises:
        ConfigError: a setting is unknown or of the wrong form.
    """

    app: WSGIApplication

    def __init__(
        self,
        app: WSGIApplication,
        *,
        service: str | None = None,
        tracer_provider: TracerProvider | None = None,
        **settings: object,
    ) -> None:
        super().__init__(app, service=service, tracer_provider=tracer_provider, **settings)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request as the application does."""
        scope = self._scope_now()
        if scope is None:
            return self.app(environ, start_response)
        capture = self._capture
        if capture is None:
            from otelhook.capture.wsgi.application import capture_request

            capture = self._capture = capture_request
        answered: Iterable[bytes] = capture(scope, self.app, environ, start_response)
        return answered
