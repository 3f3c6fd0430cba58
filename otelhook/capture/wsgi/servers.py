"""Wraps the application where a WSGI server receives it, for programs without a line of ours.

The list of servers is this module's: wsgiref, werkzeug, waitress, gunicorn, eventlet, gevent and
uWSGI. An application that is a `Middleware` already, or a program that has made one, is left alone.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from types import ModuleType
from typing import Any

from otelhook.capture.setup.import_hooks import when_imported
from otelhook.capture.setup.process import Process
from otelhook.capture.wsgi.middleware import Middleware
from otelhook.capture.wsgi.uwsgi import watch_uwsgi

__all__ = ["SERVERS", "wrap_servers"]

Wrap = Callable[[Any], Any]


class _ServedApplication(Middleware):
    _explicit = False


def wrap_servers(process: Process) -> None:
    """Wrap whatever application one of the servers gets from now on."""

    def wrap(app: Any) -> Any:  # noqa: ANN401 - any WSGI application
        if process.has_middleware or isinstance(app, Middleware) or app is None:
            return app
        return _ServedApplication(app)

    if process.wraps_servers:
        return
    process.wraps_servers = True
    for module, patch in SERVERS.items():
        when_imported(module, functools.partial(patch, wrap=wrap))
    watch_uwsgi(wrap)


def _wsgiref(module: ModuleType, *, wrap: Wrap) -> None:
    run = module.BaseHandler.run

    @functools.wraps(run)
    def wrapped_run(handler: Any, application: Any) -> Any:  # noqa: ANN401 - as the handler's own
        return run(handler, wrap(application))

    module.BaseHandler.run = wrapped_run


def _attribute_after_init(class_name: str, attribute: str) -> Callable[..., None]:
    """Make the patch for a server that keeps its application in an attribute."""

    def patch(module: ModuleType, *, wrap: Wrap) -> None:
        server = getattr(module, class_name)
        init = server.__init__

        @functools.wraps(init)
        def wrapped_init(self: Any, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401
            init(self, *args, **kwargs)
            setattr(self, attribute, wrap(getattr(self, attribute)))

        server.__init__ = wrapped_init

    return patch


def _gunicorn(module: ModuleType, *, wrap: Wrap) -> None:
    wsgi = module.BaseApplication.wsgi

    @functools.wraps(wsgi)
    def wrapped_wsgi(self: Any) -> Any:  # noqa: ANN401
        app = wsgi(self)
        known: Any = getattr(self, "otelhook_app", None)
        if known is None:
            known = self.otelhook_app = wrap(app)
        return known

    module.BaseApplication.wsgi = wrapped_wsgi


SERVERS: dict[str, Callable[..., None]] = {
    "wsgiref.handlers": _wsgiref,
    "werkzeug.serving": _attribute_after_init("BaseWSGIServer", "app"),
    "waitress.server": _attribute_after_init("BaseWSGIServer", "application"),
    "gunicorn.app.base": _gunicorn,
    "eventlet.wsgi": _attribute_after_init("Server", "app"),
    "gevent.pywsgi": _attribute_after_init("WSGIServer", "application"),
}
"""By module, what is done when it is imported."""
