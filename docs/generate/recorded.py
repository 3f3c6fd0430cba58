"""The reference of what is recorded and what is not, from the tables by which the code does it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from otelhook.capture.bootstrap.servers import ASGI_SERVERS, HANDLER_SERVERS, SERVERS
from otelhook.capture.setup.patches import PATCHED
from otelhook.capture.setup.unrecorded import UNRECORDED

__all__ = ["page"]

_CLIENTS: Mapping[str, str] = {
    "requests": "a span for each hop; redirects and retries apart",
    "urllib3": "1.26 and 2; what stands on it (boto3, Elasticsearch's client, ...) as well",
    "http.client": "`urllib.request` and `xmlrpc.client` stand on it",
    "httpx": "both clients, HTTP/2, any transport, applications in process",
    "httpx2": "as httpx; the clients of OpenAI, Anthropic and others stand on it",
    "httpcore": "where it is used without httpx",
    "httpcore2": "where it is used without httpx2",
    "httpxyz": "as httpx",
    "httpcorexyz": "where it is used without httpxyz",
    "aiohttp": "each hop apart; websockets up to their handshake",
    "tornado": "each hop apart; libcurl follows redirects unseen",
    "grpc": "all four kinds of methods, `grpc.aio` too; messages as JSON",
    "oslo_messaging": "calls and casts, client and server",
    "swift": "what Swift's own servers send each other",
}
"""By library, what is recorded of a call with it."""

_BESIDE = (
    "concurrent",
    "django",
    "eventlet",
    "falcon",
    "futurist",
    "gevent",
    "opentelemetry",
    "pyramid",
    "threading",
)
"""Patched for the trace's context, or for the route; no client."""

_SERVERS: Mapping[str, str] = {
    "wsgiref": "WSGI",
    "werkzeug": "WSGI; Flask's own server",
    "waitress": "WSGI",
    "cheroot": "WSGI; CherryPy and wsgidav stand on it",
    "gunicorn": "WSGI, and ASGI by its own worker or uvicorn's",
    "eventlet": "WSGI",
    "gevent": "WSGI",
    "hypercorn": "WSGI and ASGI, websockets",
    "tornado": "its handlers, and WSGI in its container",
    "granian": "WSGI and ASGI, websockets",
    "uvicorn": "ASGI, websockets",
    "daphne": "ASGI, websockets",
    "http.server": "any handler; `python -m http.server` and `xmlrpc.server` too",
    "socketserver": "as far as http.server stands on it",
    "aiohttp": "handlers of `aiohttp.web`",
    "grpc": "all four kinds of methods, `grpc.aio` too",
    "uwsgi": "WSGI",
}

_HEAD = """# What is recorded

Under `otelhook run` and `opentelemetry-instrument` all of this is recorded without a line of code.
In a program that says `otelhook.instrument(...)` its calls are, and what its middleware answers.

## Servers

| server | what |
|---|---|
"""
_MIDDLE = """
Any other server's application is wrapped by the program, in `otelhook.Middleware` (WSGI) or
`otelhook.ASGIMiddleware`.

## Clients

| library | what |
|---|---|
"""
_TAIL = """
Databases, caches, brokers and whatever else stock instrumentation knows: with `provider = both`,
which is on under `otelhook run`, all that it records goes where ours goes.

## Not recorded

A run says at its end, and a service once in its log, which of these it had loaded.

| library | what to do |
|---|---|
"""


def page() -> str:
    """Return the page."""
    servers = [*SERVERS, *ASGI_SERVERS, *HANDLER_SERVERS, "uwsgi"]
    return (
        _HEAD
        + _table(_rows(servers, _SERVERS))
        + _MIDDLE
        + _table(_rows(_of_clients(), _CLIENTS))
        + _TAIL
        + _table(UNRECORDED.items())
    )


def _of_clients() -> Iterator[str]:
    return (name for name in PATCHED if name.partition(".")[0] not in _BESIDE)


def _rows(modules: Iterable[str], says: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield a row for each library that a module is of; each has words, and none is left over."""
    found = dict.fromkeys(_library(module, says) for module in modules)
    assert set(found) == set(says), set(found) ^ set(says)
    return ((library, says[library]) for library in found)


def _library(module: str, says: Mapping[str, str]) -> str:
    return module if module in says else module.partition(".")[0]


def _table(rows: Iterable[tuple[str, str]]) -> str:
    return "".join(f"| `{name}` | {text} |\n" for name, text in rows)
