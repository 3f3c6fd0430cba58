"""Which functions of which modules are replaced while capture is on, and put back after it.

Nothing is imported for it: a module is patched when the program imports it.
"""

from __future__ import annotations

import contextlib
import functools
import logging
import sys
from collections.abc import Callable, Generator, Iterator
from types import ModuleType
from typing import TYPE_CHECKING, Any

from otelhook.capture.context.greenlets import (
    eventlet_patches,
    eventlet_pool_patches,
    gevent_greenlet_patches,
    gevent_patches,
    gevent_pool_patches,
)
from otelhook.capture.context.thread_context import executor_patches, thread_patches
from otelhook.capture.guard import is_of_signal_handler
from otelhook.capture.record.noted_reads import restore_classes
from otelhook.capture.setup.import_hooks import when_imported
from otelhook.native_threads import NativeLock

if TYPE_CHECKING:
    from otelhook.capture.clients.client_hop import DefaultScope

__all__ = ["PATCHED", "Patches"]

_logger = logging.getLogger(__name__)

_Patch = tuple[Any, str, Any]
"""What has the function, the function's name, and what takes its place."""


def _requests(module: ModuleType, default_scope: DefaultScope) -> Iterator[_Patch]:
    from otelhook.capture.clients.requests_hook import wrap_send

    yield module.HTTPAdapter, "send", wrap_send(module.HTTPAdapter.send, default_scope)


def _urllib3(module: ModuleType, default_scope: DefaultScope) -> Iterator[_Patch]:
    from otelhook.capture.clients.urllib3_hook import wrap_make_request
    from otelhook.capture.clients.urllib3_responses import (
        wrap_drain,
        wrap_init,
    )

    pool = module.HTTPConnectionPool
    yield pool, "_make_request", wrap_make_request(pool._make_request, default_scope)  # noqa: SLF001
    response: Any = getattr(pool, "ResponseCls", None)
    if hasattr(response, "from_httplib"):  # urllib3 1.26
        yield response, "__init__", wrap_init(response.__init__)
    drained = sys.modules["urllib3.response"].HTTPResponse
    if hasattr(drained, "drain_conn"):
        yield drained, "drain_conn", wrap_drain(drained.drain_conn)


def _http_client(module: ModuleType, default_scope: DefaultScope) -> Iterator[_Patch]:
    from otelhook.capture.clients.http_client_hook import wrapped_methods

    connection = module.HTTPConnection
    for name, ours in wrapped_methods(connection, default_scope).items():
        yield connection, name, ours


def _httpx(module: ModuleType, default_scope: DefaultScope) -> Iterator[_Patch]:
    from otelhook.capture.clients.httpx_hook import httpx_patches

    return httpx_patches(module, default_scope)


def _httpcore(module: ModuleType, default_scope: DefaultScope) -> Iterator[_Patch]:
    from otelhook.capture.clients.httpcore_hook import httpcore_patches

    return httpcore_patches(module, default_scope)


def _httpcore_async(module: ModuleType, default_scope: DefaultScope) -> Iterator[_Patch]:
    from otelhook.capture.clients.httpcore_hook import httpcore_async_patches

    return httpcore_async_patches(module, default_scope)


def _aiohttp(module: ModuleType, default_scope: DefaultScope) -> Iterator[_Patch]:
    from otelhook.capture.clients.aiohttp_hook import aiohttp_patches

    return aiohttp_patches(module, default_scope)


def _aiohttp_requests(module: ModuleType, default_scope: DefaultScope) -> Iterator[_Patch]:  # noqa: ARG001
    from otelhook.capture.clients.aiohttp_hook import aiohttp_request_patches

    return aiohttp_request_patches(module)


def _tornado(module: ModuleType, default_scope: DefaultScope) -> Iterator[_Patch]:
    from otelhook.capture.clients.tornado_hook import tornado_client_patches

    return tornado_client_patches(module, default_scope)


def _grpc(module: ModuleType, default_scope: DefaultScope) -> Iterator[_Patch]:
    from otelhook.capture.rpc.client import grpc_client_patches

    return grpc_client_patches(module, default_scope)


def _grpc_aio(module: ModuleType, default_scope: DefaultScope) -> Iterator[_Patch]:
    from otelhook.capture.rpc.aio_client import grpc_aio_client_patches

    return grpc_aio_client_patches(module, default_scope)


def _swift(module: ModuleType) -> Iterator[_Patch]:
    from otelhook.capture.clients.swift_hook import wrap_getexpect

    connection = module.BufferedHTTPConnection
    yield connection, "getexpect", wrap_getexpect(connection.getexpect)


def _oslo_transport(module: ModuleType, default_scope: DefaultScope) -> Iterator[_Patch]:
    from otelhook.capture.clients.oslo_messaging_hook import wrap_send

    transport = module.Transport
    yield transport, "_send", wrap_send(transport._send, default_scope)  # noqa: SLF001


def _oslo_dispatcher(module: ModuleType, default_scope: DefaultScope) -> Iterator[_Patch]:
    from otelhook.capture.clients.oslo_messaging_hook import wrap_dispatch

    dispatcher = module.RPCDispatcher
    yield dispatcher, "dispatch", wrap_dispatch(dispatcher.dispatch, default_scope)


def _stock_wsgi(module: ModuleType, default_scope: DefaultScope) -> Iterator[_Patch]:  # noqa: ARG001
    from otelhook.capture.coexistence.stock_wsgi import noted_call

    middleware = module.OpenTelemetryMiddleware
    yield middleware, "__call__", noted_call(middleware.__call__)


def _routes(which: str) -> Callable[[ModuleType], Iterator[_Patch]]:
    """Take a patch that notes routes, when its framework is there."""

    def patches(module: ModuleType) -> Iterator[_Patch]:
        from otelhook.capture.record import routes

        made: Iterator[_Patch] = getattr(routes, which)(module)
        return made

    return patches


def _alone(
    patches: Callable[[ModuleType], Iterator[_Patch]],
) -> Callable[[ModuleType, DefaultScope], Iterator[_Patch]]:
    """Take a patch that needs no scope among the others."""
    return lambda module, _: patches(module)


_HTTPX = (("httpx", "httpcore"), ("httpx2", "httpcore2"), ("httpxyz", "httpcorexyz"))
"""httpx and those that go on where it ended, each with what it stands on."""

_MODULES: dict[str, Callable[[ModuleType, DefaultScope], Iterator[_Patch]]] = {
    "requests.adapters": _requests,
    "urllib3.connectionpool": _urllib3,
    "http.client": _http_client,
    "eventlet.green.http.client": _http_client,
    **{f"{name}._client": _httpx for name, _ in _HTTPX},
    **{f"{core}._sync.connection_pool": _httpcore for _, core in _HTTPX},
    **{f"{core}._async.connection_pool": _httpcore_async for _, core in _HTTPX},
    "aiohttp.client": _aiohttp,
    "aiohttp.client_reqrep": _aiohttp_requests,
    "tornado.simple_httpclient": _tornado,
    "tornado.curl_httpclient": _tornado,
    "grpc._channel": _grpc,
    "grpc.aio._call": _grpc_aio,
    "swift.common.bufferedhttp": _alone(_swift),
    "oslo_messaging.transport": _oslo_transport,
    "oslo_messaging.rpc.dispatcher": _oslo_dispatcher,
    "opentelemetry.instrumentation.wsgi": _stock_wsgi,
    "django.core.handlers.base": _alone(_routes("django_patches")),
    "falcon.app": _alone(_routes("falcon_patches")),
    "pyramid.router": _alone(_routes("pyramid_patches")),
    "threading": _alone(thread_patches),
    "concurrent.futures.thread": _alone(executor_patches),
    "futurist._futures": _alone(executor_patches),
    "eventlet.greenthread": _alone(eventlet_patches),
    "eventlet.tpool": _alone(eventlet_pool_patches),
    "gevent.hub": _alone(gevent_patches),
    "gevent.greenlet": _alone(gevent_greenlet_patches),
    "gevent.threadpool": _alone(gevent_pool_patches),
}

PATCHED = tuple(_MODULES)
"""The modules in which something is replaced."""


class Patches:
    """The patched modules of a process.

    A module is patched as soon as it is imported, but never while we import parts of our own,
    which may be what imports it: those parts would be met half-loaded. It waits until that is
    done. No lock is held meanwhile, since another thread may hold that of an import.

    Args:
        default_scope: the scope of calls made outside any captured request.
    """

    def __init__(self, default_scope: DefaultScope) -> None:
        self._default_scope = default_scope
        self._lock = NativeLock()
        self._wanted = False
        self._waits = False
        self._held = 0
        self._due: list[str] = []
        self.failed: set[str] = set()
        """Modules that could not be patched when they were imported."""
        self._done: dict[str, list[tuple[Any, str, Any, Any]]] = {}

    def renew_lock(self) -> None:
        """Begin as a forked child does: whoever held something back is not here."""
        self._lock = NativeLock()
        self._held = 0

    def apply(self) -> None:
        """Patch each module that is imported, and those to come when they are."""
        with self.held():
            self._wanted = True
            for name in _MODULES:
                if not self._waits:
                    when_imported(name, functools.partial(self._patch, name))
                elif name in sys.modules:
                    self._patch(name, sys.modules[name])
            self._waits = True

    def remove(self) -> None:
        """Put back what was there, where nobody else has patched over it."""
        with self._lock:
            self._wanted = False
            for done in self._done.values():
                for holder, name, ours, original in reversed(done):
                    if getattr(holder, name, None) is ours:
                        setattr(holder, name, original)
            self._done.clear()
            restore_classes()

    def try_again(self) -> None:
        """Patch what could not be patched before."""
        with self._lock:
            self._due += self.failed
            self.failed.clear()
        with self.held():
            pass

    @contextlib.contextmanager
    def held(self) -> Generator[None, None, None]:
        """Patch no module meanwhile, but those that were imported meanwhile afterwards."""
        with self._lock:
            self._held += 1
        try:
            yield
        finally:
            with self._lock:
                self._held -= 1
            self._patch_due()

    def _patch(self, name: str, module: ModuleType) -> None:  # noqa: ARG002 - as import hooks act
        with self._lock:
            self._due.append(name)
        self._patch_due()

    def _patch_due(self) -> None:
        """Patch, one after the other, what waits for it; in one thread at a time."""
        while True:
            with self._lock:
                if self._held or not self._due:
                    return
                self._held += 1
                name = self._due.pop(0)
            try:
                self._patch_now(name)
            except Exception as error:
                if is_of_signal_handler(error):
                    self._due.insert(0, name)
                    raise
                self.failed.add(name)
                _logger.warning(
                    "otelhook cannot capture calls of %s yet; it tries again", name, exc_info=True
                )
            finally:
                with self._lock:
                    self._held -= 1

    def _patch_now(self, name: str) -> None:
        module = sys.modules[name]
        # httpx2 and httpxyz can stand in httpx's place: the same module by another name.
        same = any(sys.modules.get(done) is module for done in self._done)
        if not self._wanted or same or name in self._done:
            return
        # All of it is known before any of it is replaced.
        made = list(_MODULES[name](module, self._default_scope))
        with self._lock:
            done: list[tuple[Any, str, Any, Any]] = []
            self._done[name] = done
            for holder, attribute, ours in made:
                original = getattr(holder, attribute)
                wrapped = functools.wraps(original)(ours)
                setattr(holder, attribute, wrapped)
                done.append((holder, attribute, wrapped, original))
