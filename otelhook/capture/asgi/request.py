"""What an ASGI scope says of a request, in the words of the HTTP conventions.

A scope is a server's, or a test client's, or another middleware's: what is missing or of another
kind than the specification says is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, cast
from urllib.parse import quote

from otelhook.attributes import (
    CLIENT_ADDRESS,
    NETWORK_PROTOCOL_VERSION,
    SERVER_ADDRESS,
    SERVER_PORT,
    URL_PATH,
    URL_QUERY,
    USER_AGENT,
)
from otelhook.capture.header_values import as_text, split_host
from otelhook.capture.record.span_record import SpanRecord
from otelhook.redaction import redact_path, redact_query

__all__ = [
    "carrier_of",
    "describe_request",
    "method_of",
    "path_of",
    "scheme_of",
    "url_of",
]

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_METHOD = re.compile(r"[A-Z][A-Z_-]{0,31}")
_PATH_SAFE = "/:@!$&'()*+,;=-._~"
_LAST_PORT = 65_535

Scope = Mapping[str, Any]


def method_of(scope: Scope) -> str:
    """Return the request's method, ``_OTHER`` if it is none that a server would define.

    A websocket has no method of its own: its handshake is a GET (RFC 6455, 4.1).
    """
    method = str(scope.get("method", "GET"))
    return method if method in _METHODS or _METHOD.fullmatch(method) else "_OTHER"


def scheme_of(scope: Scope) -> str:
    """Return the scheme: ``http``, ``https``, ``ws`` or ``wss``."""
    return str(scope.get("scheme") or ("ws" if scope.get("type") == "websocket" else "http"))


def path_of(scope: Scope) -> str:
    """Return the path as it was sent, percent-encoded."""
    raw = scope.get("raw_path")
    if isinstance(raw, bytes) and raw:
        return raw.partition(b"?")[0].decode("latin-1")
    path = str(scope.get("path") or "/")
    return quote(path.encode("utf-8", "surrogatepass"), safe=_PATH_SAFE)


def url_of(scope: Scope) -> str:
    """Return the whole URL, for the patterns of what is excluded."""
    host = _first(scope, b"host") or _server(scope)[0]
    query = as_text(scope.get("query_string"))
    return f"{scheme_of(scope)}://{host}{path_of(scope)}" + (f"?{query}" if query else "")


def carrier_of(scope: Scope, names: Iterable[str]) -> dict[str, str]:
    """Return those headers, names in lower case, that the request has; the first of each."""
    found: dict[str, str] = {}
    wanted = {name.encode("latin-1") for name in names}
    for name, value in _lines(scope):
        if name in wanted:
            found.setdefault(as_text(name), as_text(value))
    return found


def describe_request(scope: Scope, record: SpanRecord, *, secret_path: bool = False) -> None:
    """Record the request line, both ends and the headers.

    Method, scheme and a path without secrets are on the span since its start.

    Args:
        scope: the server's own.
        record: what will be written to the span.
        secret_path: whether the path has secrets, which get their pseudonyms now.
    """
    attributes, redactor = record.attributes, record.redactor
    if secret_path:
        path = redact_path(redactor, path_of(scope))
        attributes[URL_PATH] = path.value
        record.place("url", path.places)
    query = scope.get("query_string")
    if query:
        shown = redact_query(redactor, as_text(query))
        attributes[URL_QUERY] = shown.value
        record.place("url.query", shown.places)
    client = scope.get("client")
    if isinstance(client, tuple | list) and client and client[0]:
        attributes[CLIENT_ADDRESS] = str(cast("tuple[object, ...]", client)[0])
    version = scope.get("http_version")
    if version:
        attributes[NETWORK_PROTOCOL_VERSION] = str(version)
    record.headers("request", _lines(scope))
    host = record.header("request", "host")
    name, port = split_host(host, _web(scheme_of(scope))) if host else _server(scope)
    if name:
        attributes[SERVER_ADDRESS] = name
    if port is not None:
        attributes[SERVER_PORT] = port
    agent = record.header("request", "user-agent")
    if agent:
        attributes[USER_AGENT] = agent


def _web(scheme: str) -> str:
    """Return the scheme whose port a websocket's has."""
    return {"ws": "http", "wss": "https"}.get(scheme, scheme)


def _lines(scope: Scope) -> list[tuple[Any, Any]]:
    """Return the header lines; none from what can be read only once, which is the application's."""
    headers = scope.get("headers")
    if not isinstance(headers, list | tuple):
        return []
    lines = cast("list[Any]", headers)
    try:
        return [(name, value) for name, value in lines]
    except (TypeError, ValueError):  # a line that is none
        listed = (cast("tuple[Any, ...]", line) for line in lines if isinstance(line, tuple | list))
        return [(line[0], line[1]) for line in listed if len(line) == 2]  # noqa: PLR2004


def _first(scope: Scope, wanted: bytes) -> str:
    return next((as_text(value) for name, value in _lines(scope) if name == wanted), "")


def _server(scope: Scope) -> tuple[str, int | None]:
    """Return the server's own host and port; a Unix socket has a path, and no port."""
    server = scope.get("server")
    if not isinstance(server, tuple | list) or not server:
        return "", None
    parts = cast("tuple[Any, ...]", server)
    port: object = parts[1] if len(parts) > 1 else None
    valid = port if type(port) is int and 0 < port <= _LAST_PORT else None
    return str(next(iter(parts)) or ""), valid
