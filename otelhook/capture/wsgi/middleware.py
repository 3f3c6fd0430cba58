"""The WSGI middleware that applications are wrapped in."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, ClassVar

from otelhook.capture.setup.process import process
from otelhook.capture.setup.switch import Switch
from otelhook.settings import load

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment
    from opentelemetry.trace import TracerProvider

    from otelhook.capture.record.scope import CaptureScope
    from otelhook.capture.setup.process import Instrumentation

__all__ = ["Middleware"]


class Middleware:
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

    _explicit: ClassVar = True
    """Whether the program wraps its application itself."""

    def __init__(
        self,
        app: WSGIApplication,
        *,
        service: str | None = None,
        tracer_provider: TracerProvider | None = None,
        **settings: object,
    ) -> None:
        self.app = app
        self._service = service
        self._arguments = settings
        self._scope: CaptureScope | None = None
        self._provider = tracer_provider
        self._instrumentation: Instrumentation | None = None
        self._capture: Callable[..., Iterable[bytes]] | None = None
        self._settings = load({**settings, "service": service}).settings
        self._switch = Switch(self._settings.data_dir)
        if tracer_provider is not None:
            from otelhook.capture.record.scope import make_scope  # noqa: PLC0415 - loads OpenTelemetry

            self._scope = make_scope(tracer_provider, self._settings, os.environ, ours=False)
        process.has_middleware = process.has_middleware or self._explicit
        process.watch()

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer a request as the application does."""
        scope = self._own_scope() if self._provider is not None else self._current_scope()
        if scope is None:
            return self.app(environ, start_response)
        capture = self._capture
        if capture is None:
            from otelhook.capture.wsgi.application import capture_request  # noqa: PLC0415 - loads OpenTelemetry

            capture = self._capture = capture_request
        return capture(scope, self.app, environ, start_response)

    def _own_scope(self) -> CaptureScope | None:
        """Return the scope under the caller's own provider; None while switched off."""
        return None if self._switch.off else self._scope

    def _current_scope(self) -> CaptureScope | None:
        """Find the service at the first request: by then the program has said what it is."""
        if self._instrumentation is None:
            self._instrumentation = process.instrument(
                self._service, self._arguments, default=False
            )
        if self._arguments and self._scope is None:
            self._scope = self._instrumentation.make_scope(self._settings)
        scope = self._instrumentation.scope()
        return self._scope if self._scope is not None and scope is not None else scope
