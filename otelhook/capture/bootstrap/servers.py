"""Wraps the application where a server receives it, for programs without a line of ours.

The list of servers is this module's: wsgiref, werkzeug, waitress, cheroot, gunicorn, eventlet,
gevent and uWSGI for WSGI, uvicorn, hypercorn, granian, daphne and gunicorn's own worker for ASGI,
some of them for both; http.server, aiohttp and Tornado have handlers of the program's own instead.
An application that is a middleware of ours already, or a program that has made one, is left alone.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import TYPE_CHECKING, Any

from otelhook.capture.asgi.middleware import ASGIMiddleware
from otelhook.capture.server.middleware import ServiceMiddleware
from otelhook.capture.setup.import_hooks import when_imported
from otelhook.capture.setup.process import Process, process
from otelhook.capture.wsgi.middleware import Middleware
from otelhook.capture.wsgi.uwsgi import watch_uwsgi

if TYPE_CHECKING:
    from otelhook.capture.server.plain_request import ServerScope

__all__ = [
    "ASGI_SERVERS",
    "HANDLER_SERVERS",
    "SERVERS",
    "is_asgi",
    "wrap_asgi",
    "wrap_servers",
    "wrap_wsgi",
]

Wrap = Callable[[Any], Any]

_OTHER_WORKERS = ("uvicorn", "asgi", "hypercorn", "daphne", "aiohttp")
"""In the name of a gunicorn worker that does not speak WSGI to its application."""


class _ServedApplication(Middleware):
    _explicit = False


class _ServedASGIApplication(ASGIMiddleware):
    _explicit = False


def is_asgi(app: object) -> bool:
    """Say whether an application speaks ASGI: whether calling it makes a coroutine (ASGI 3), or,
    being a class, an instance that is called in turn (ASGI 2).
    """
    while isinstance(app, functools.partial):
        app = app.func
    if inspect.isclass(app):
        return hasattr(app, "__await__") or inspect.iscoroutinefunction(
            getattr(app, "__call__", None)  # noqa: B004 - how an instance is called
        )
    call = getattr(type(app), "__call__", None)  # noqa: B004 - likewise
    return inspect.iscoroutinefunction(app) or inspect.iscoroutinefunction(call)


def wrap_wsgi(app: Any, service: str | None = None) -> Any:
    """Wrap a WSGI application, if neither it nor any other is wrapped by its program."""
    return _wrapped(app, _ServedApplication, service)


def wrap_asgi(app: Any, service: str | None = None) -> Any:
    """Wrap an ASGI application, likewise."""
    return _wrapped(app, _ServedASGIApplication, service)


def _wrapped(app: Any, kind: type[ServiceMiddleware], service: str | None) -> Any:
    if process.has_middleware or isinstance(app, ServiceMiddleware) or app is None:
        return app
    return kind(app, service=service)


def wrap_servers(process: Process, service: str | None = None) -> None:
    """Wrap whatever application one of the servers gets from now on.

    Args:
        process: whose servers they are.
        service: the service that they answer for; the process's own if left out.
    """
    if process.wraps_servers:
        return
    process.wraps_servers = True
    served = functools.partial(wrap_wsgi, service=service)
    for module, patch in SERVERS.items():
        when_imported(module, functools.partial(patch, wrap=served))
    for module, patch in ASGI_SERVERS.items():
        wrap = functools.partial(wrap_asgi, service=service)
        when_imported(module, functools.partial(patch, wrap=wrap))
    when_imported("uvicorn.server", _uvicorn_signals)
    scope = functools.partial(process.scope_of_service, service)
    for module, patches in HANDLER_SERVERS.items():
        when_imported(module, functools.partial(_patch_handlers, patches, scope))
    watch_uwsgi(served)


def _patch_handlers(
    patches: Callable[[ModuleType, ServerScope], Iterator[tuple[Any, str, Any]]],
    server_scope: ServerScope,
    module: ModuleType,
) -> None:
    for holder, name, ours in patches(module, server_scope):
        setattr(holder, name, functools.wraps(getattr(holder, name))(ours))


def _http_server(module: ModuleType, server_scope: ServerScope) -> Iterator[tuple[Any, str, Any]]:
    from otelhook.capture.handlers.http_server import http_server_patches

    return http_server_patches(module, server_scope)


def _run_as_program(
    module: ModuleType, server_scope: ServerScope
) -> Iterator[tuple[Any, str, Any]]:
    from otelhook.capture.handlers.http_server import run_as_program_patches

    return run_as_program_patches(module, server_scope)


def _aiohttp_web(module: ModuleType, server_scope: ServerScope) -> Iterator[tuple[Any, str, Any]]:
    from otelhook.capture.handlers.aiohttp_web import aiohttp_web_patches

    return aiohttp_web_patches(module, server_scope)


def _aiohttp_files(module: ModuleType, _: ServerScope) -> Iterator[tuple[Any, str, Any]]:
    from otelhook.capture.handlers.aiohttp_web import aiohttp_file_patches

    return aiohttp_file_patches(module)


def _tornado(module: ModuleType, server_scope: ServerScope) -> Iterator[tuple[Any, str, Any]]:
    from otelhook.capture.handlers.tornado_web import tornado_patches

    return tornado_patches(module, server_scope)


def _grpc(module: ModuleType, server_scope: ServerScope) -> Iterator[tuple[Any, str, Any]]:
    from otelhook.capture.rpc.server import grpc_server_patches

    return grpc_server_patches(module, server_scope)


def _grpc_aio(module: ModuleType, server_scope: ServerScope) -> Iterator[tuple[Any, str, Any]]:
    from otelhook.capture.rpc.aio_server import grpc_aio_server_patches

    return grpc_aio_server_patches(module, server_scope)


def _wsgiref(module: ModuleType, *, wrap: Wrap) -> None:
    run = module.BaseHandler.run

    @functools.wraps(run)
    def wrapped_run(handler: Any, application: Any) -> Any:
        return run(handler, wrap(application))

    module.BaseHandler.run = wrapped_run


def _attribute_after(
    class_name: str, attribute: str, method: str = "__init__"
) -> Callable[..., None]:
    """Make the patch for a server that keeps its application in an attribute."""

    def patch(module: ModuleType, *, wrap: Wrap) -> None:
        server = getattr(module, class_name)
        original = getattr(server, method)

        @functools.wraps(original)
        def wrapped(self: Any, *args: Any, **kwargs: Any) -> Any:
            returned = original(self, *args, **kwargs)
            app = getattr(self, attribute, None)
            if app is not None:
                setattr(self, attribute, wrap(app))
            return returned

        setattr(server, method, wrapped)

    return patch


def _first_argument(function: str) -> Callable[..., None]:
    """Make the patch for a server that gives its application to a function of its own."""

    def patch(module: ModuleType, *, wrap: Wrap) -> None:
        original = getattr(module, function)

        @functools.wraps(original)
        def wrapped(app: Any, *args: Any, **kwargs: Any) -> Any:
            return original(wrap(app), *args, **kwargs)

        setattr(module, function, wrapped)

    return patch


def _gunicorn(module: ModuleType, *, wrap: Wrap) -> None:
    wsgi = module.BaseApplication.wsgi

    @functools.wraps(wsgi)
    def wrapped_wsgi(self: Any) -> Any:
        app = wsgi(self)
        worker = str(getattr(getattr(self, "cfg", None), "worker_class_str", "")).lower()
        if is_asgi(app) or any(name in worker for name in _OTHER_WORKERS):
            return app  # its worker gives it to another server, where it is wrapped
        known: Any = getattr(self, "otelhook_app", None)
        if known is None:
            known = self.otelhook_app = wrap(app)
        return known

    module.BaseApplication.wsgi = wrapped_wsgi


def _uvicorn_signals(module: ModuleType) -> None:
    """Let our handler be the one that uvicorn restores before it raises SIGTERM again.

    Under gunicorn the worker resets its signals and uvicorn loads the application while its own
    handlers are set: none of ours would be there to flush.
    """
    serve = module.Server.serve

    @functools.wraps(serve)
    async def wrapped_serve(self: Any, *args: Any, **kwargs: Any) -> Any:
        process.prepare_end()
        return await serve(self, *args, **kwargs)

    module.Server.serve = wrapped_serve


SERVERS: dict[str, Callable[..., None]] = {
    "wsgiref.handlers": _wsgiref,
    "werkzeug.serving": _attribute_after("BaseWSGIServer", "app"),
    "waitress.server": _attribute_after("BaseWSGIServer", "application"),
    "cheroot.wsgi": _attribute_after("Server", "wsgi_app"),
    "gunicorn.app.base": _gunicorn,
    "eventlet.wsgi": _attribute_after("Server", "app"),
    "gevent.pywsgi": _attribute_after("WSGIServer", "application"),
    "hypercorn.app_wrappers": _attribute_after("WSGIWrapper", "app"),
    "tornado.wsgi": _attribute_after("WSGIContainer", "wsgi_application"),
    "granian.wsgi": _first_argument("_callback_wrapper"),
}
"""By module, what is done when it is imported; these speak WSGI."""

ASGI_SERVERS: dict[str, Callable[..., None]] = {
    "uvicorn.config": _attribute_after("Config", "loaded_app", "load"),
    "hypercorn.app_wrappers": _attribute_after("ASGIWrapper", "app"),
    "granian.asgi": _first_argument("_callback_wrapper"),
    "daphne.server": _attribute_after("Server", "application"),
    "gunicorn.workers.gasgi": _attribute_after("ASGIWorker", "asgi", "load_wsgi"),
}
"""Likewise; these speak ASGI."""

HANDLER_SERVERS: dict[str, Callable[..., Iterator[tuple[Any, str, Any]]]] = {
    "http.server": _http_server,
    "socketserver": _run_as_program,
    "aiohttp.web_protocol": _aiohttp_web,
    "aiohttp.web_fileresponse": _aiohttp_files,
    "tornado.web": _tornado,
    "grpc": _grpc,
    "grpc.aio": _grpc_aio,
}
"""By module, what is replaced in it; these have handlers of the program's own."""
