"""The ASGI middleware that applications are wrapped in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, MutableMapping
from typing import TYPE_CHECKING, Any

from otelhook.capture.server.middleware import ServiceMiddleware

if TYPE_CHECKING:
    from opentelemetry.trace import TracerProvider

__all__ = ["ASGIApplication", "ASGIMiddleware", "Message", "Receive", "Scope", "Send"]

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGIApplication = Callable[[Scope, Receive, Send], Awaitable[None]]

_RECORDED = frozenset({"http", "websocket"})


class ASGIMiddleware(ServiceMiddleware):
    """Records each request and websocket that an ASGI 3 application answers, as a SERVER span.

    Starlette and FastAPI take it with ``app.add_middleware(ASGIMiddleware, service="shop")``.

    Args:
        app: the application.
        service: its name. Several applications in one process can be several services; without
            a name it belongs to the service that `otelhook.instrument` was called for.
        tracer_provider: where the spans come from, if the caller has a provider already.
        settings: further settings, by name; see ``otelhook config show``.

    Raises:
        ConfigError: a setting is unknown or of the wrong form.
    """

    app: ASGIApplication

    def __init__(
        self,
        app: ASGIApplication,
        *,
        service: str | None = None,
        tracer_provider: TracerProvider | None = None,
        **settings: object,
    ) -> None:
        super().__init__(app, service=service, tracer_provider=tracer_provider, **settings)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a connection as the application does; lifespan is the application's alone."""
        ours = self._scope_now() if scope.get("type") in _RECORDED else None
        if ours is None:
            await self.app(scope, receive, send)
            return
        capture = self._capture
        if capture is None:
            from otelhook.capture.asgi.application import capture_connection

            capture = self._capture = capture_connection
        await capture(ours, self.app, scope, receive, send)
