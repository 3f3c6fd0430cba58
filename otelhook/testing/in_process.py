"""Calls that test clients make in the same process: a CLIENT span, and the service behind it.

The clients of werkzeug (Flask's), Django, WebTest and Starlette call an application without a
wire; that of Starlette is one of httpx, whose calls are recorded as any.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from typing import Any
from wsgiref.util import request_uri

from opentelemetry import context as context_api

from otelhook.capture.clients.client_hop import ClientHop, DefaultScope, recorded_scope
from otelhook.capture.context.attached import attached
from otelhook.capture.context.propagation import inject, place_of_call
from otelhook.capture.setup.import_hooks import when_imported
from otelhook.capture.wsgi.environ import request_headers

__all__ = ["wrap_test_clients"]

Wrap = Callable[[Any], Any]


def wrap_test_clients(wrap_wsgi: Wrap, wrap_asgi: Wrap, caller: DefaultScope) -> None:
    """Record what the test clients call from now on.

    Args:
        wrap_wsgi: wraps the application under test, if it is not wrapped already.
        wrap_asgi: likewise.
        caller: the scope of the test.
    """

    def called(app: Any) -> Any:
        return app if isinstance(app, _Called) else _Called(wrap_wsgi(app), caller)

    when_imported("werkzeug.test", functools.partial(_werkzeug, called=called))
    when_imported("webtest.app", functools.partial(_webtest, called=called))
    when_imported("django.test.client", functools.partial(_django, caller=caller))
    when_imported("starlette.testclient", functools.partial(_starlette, wrap=wrap_asgi))


def _werkzeug(module: Any, *, called: Wrap) -> None:
    # Not the module's function: a service turns an error into a response by it too.
    _calling(module.Client, "run_wsgi_app", "application", called)


def _webtest(module: Any, *, called: Wrap) -> None:
    _calling(module.TestApp, "do_request", "app", called)


def _calling(client: Any, method: str, attribute: str, called: Wrap) -> None:
    """Let a client's method call the application that it holds in this attribute as a call."""
    call = getattr(client, method)

    @functools.wraps(call)
    def recorded(self: Any, *args: Any, **kwargs: Any) -> Any:
        app = getattr(self, attribute)
        setattr(self, attribute, called(app))
        try:
            return call(self, *args, **kwargs)
        finally:
            setattr(self, attribute, app)

    setattr(client, method, recorded)


def _starlette(module: Any, *, wrap: Wrap) -> None:
    transport = module._TestClientTransport  # noqa: SLF001 - what holds the application
    init = transport.__init__

    @functools.wraps(init)
    def wrapped(self: Any, *args: Any, **kwargs: Any) -> None:
        init(self, *args, **kwargs)
        self.app = wrap(self.app)

    transport.__init__ = wrapped


def _django(module: Any, *, caller: DefaultScope) -> None:
    """Record Django's client, which calls no WSGI application but returns Django's response."""
    call = module.ClientHandler.__call__

    @functools.wraps(call)
    def recorded(self: Any, environ: Any) -> Any:
        hop = _begin(caller, environ)
        if hop is None:
            return call(self, environ)
        try:
            with attached(hop.context):
                response = call(self, environ)
        except BaseException as error:
            hop.fails(error)
            raise
        hop.answers(int(response.status_code), str(response.reason_phrase), response.items())
        return response

    module.ClientHandler.__call__ = recorded


class _Called:
    """A WSGI application as a test client calls it."""

    def __init__(self, app: Any, caller: DefaultScope) -> None:
        self._app = app
        self._caller = caller

    def __getattr__(self, name: str) -> Any:
        return getattr(self._app, name)

    def __call__(self, environ: Any, start_response: Any) -> Iterable[bytes]:
        hop = _begin(self._caller, environ)
        if hop is None:
            answered: Iterable[bytes] = self._app(environ, start_response)
            return answered
        seen: list[Any] = []

        def noting(status: str, headers: Any, *args: Any) -> Any:
            seen[:] = status.split(" ", 1), list(headers)
            return start_response(status, headers, *args)

        try:
            with attached(hop.context):
                result: Iterable[bytes] = self._app(environ, noting)
                # A test client reads all of it at once; what it does lazily is a part of the call.
                return result
        except BaseException as error:
            hop.fails(error)
            raise
        finally:
            if seen:
                (code, *reason), headers = seen
                hop.answers(int(code), "".join(reason), headers)
            else:
                hop.ends()


def _begin(caller: DefaultScope, environ: Any) -> _Hop | None:
    current = context_api.get_current()
    url = request_uri(environ)
    scope = recorded_scope(caller, current, url)
    if not scope:
        return None
    with scope.guard:
        lines = request_headers(environ)
        parent, own = place_of_call(current, dict(lines), scope.root, url)
        hop = _Hop(scope, parent, str(environ.get("REQUEST_METHOD", "GET")), url)
        if not own:
            carrier: dict[str, str] = {}
            inject(carrier, hop.context)
            for name, value in carrier.items():
                environ[f"HTTP_{name.upper().replace('-', '_')}"] = value
        hop.describe_sent(request_headers(environ), None, has_host=True)
        return hop
    return None


class _Hop(ClientHop):
    """A call in this process; its bodies are those of the SERVER span."""

    __slots__ = ()

    def answers(self, code: int, reason: str, lines: Iterable[tuple[object, object]]) -> None:
        """Record the answer's head."""
        with self.guard:
            self.describe_answer(code, reason, 11, lines)
        self.finish()

    def fails(self, error: BaseException) -> None:
        """Record that there was no answer; `ends` follows."""
        with self.guard:
            self.note_failure(error)

    def ends(self) -> None:
        """End the span."""
        self.finish()
