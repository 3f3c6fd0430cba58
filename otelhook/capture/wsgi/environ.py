"""What a WSGI environ says of a request, in the words of the HTTP conventions."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote

from otelhook.attributes import (
    CLIENT_ADDRESS,
    NETWORK_PROTOCOL_VERSION,
    SERVER_ADDRESS,
    SERVER_PORT,
    URL_PATH,
    URL_QUERY,
    USER_AGENT,
    header_prefix,
)
from otelhook.capture.header_values import header_name, split_host
from otelhook.capture.record.header_plans import environ_plan, header_keys
from otelhook.capture.record.span_record import SpanRecord
from otelhook.redaction import redact_path, redact_query

__all__ = [
    "describe_request",
    "has_body",
    "method_of",
    "path_of",
    "request_headers",
]

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_METHOD = re.compile(r"[A-Z][A-Z_-]{0,31}")
_PLAIN_PATH = re.compile(r"[\w.~/:@!$&'()*+,;=-]*", re.ASCII)
_PORT_DIGITS = 5
_USER_AGENT = f"{header_prefix('request')}user-agent"
_PATH_SAFE = "/:@!$&'()*+,;=-._~"


def method_of(environ: Mapping[str, Any]) -> str:
    """Return the request's method, ``_OTHER`` if it is none that a server would define."""
    method = str(environ.get("REQUEST_METHOD", ""))
    return method if method in _METHODS or _METHOD.fullmatch(method) else "_OTHER"


def path_of(environ: Mapping[str, Any]) -> str:
    """Return the path as it was sent, application prefix included, percent-encoded.

    WSGI hands over the decoded bytes as Latin-1 (PEP 3333), so they are encoded again.
    """
    path = f"{environ.get('SCRIPT_NAME') or ''}{environ.get('PATH_INFO') or ''}" or "/"
    if _PLAIN_PATH.fullmatch(path):
        return path
    return quote(path.encode("latin-1", "replace"), safe=_PATH_SAFE)


def request_headers(environ: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the request's header lines: host first, then the server's order, the body's last."""
    lines = [(header_name(key), str(environ[key])) for key in header_keys(tuple(environ))]
    return lines + _body_headers(environ)


def _body_headers(environ: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return the headers that describe the request's body."""
    lines: list[tuple[str, str]] = []
    length = str(environ.get("CONTENT_LENGTH") or "")
    kind = str(environ.get("CONTENT_TYPE") or "")
    # wsgiref fills in text/plain where the client sent no content type.
    if kind and (kind != "text/plain" or has_body(environ)):
        lines.append(("content-type", kind))
    if length:
        lines.append(("content-length", length))
    return lines


def has_body(environ: Mapping[str, Any]) -> bool:
    """Say whether the request has a body (RFC 9112, 6): a length above zero, or a coding.

    ``wsgi.input_terminated`` says nothing: gunicorn sets it for GET as well.
    """
    length = environ.get("CONTENT_LENGTH")
    return bool(length and length != "0") or "HTTP_TRANSFER_ENCODING" in environ


def describe_request(
    environ: Mapping[str, Any], record: SpanRecord, *, secret_path: bool = False
) -> None:
    """Record the request line, both ends and the headers.

    Method, scheme and a path without secrets are on the span since its start.

    Args:
        environ: the server's own.
        record: what will be written to the span.
        secret_path: whether the path has secrets, which get their pseudonyms now.
    """
    attributes, redactor = record.attributes, record.redactor
    scheme = str(environ.get("wsgi.url_scheme", "http"))
    if secret_path:
        path = redact_path(redactor, path_of(environ))
        attributes[URL_PATH] = path.value
        record.place("url", path.places)
    query = environ.get("QUERY_STRING")
    if query:
        shown = redact_query(redactor, str(query))
        attributes[URL_QUERY] = shown.value
        record.place("url.query", shown.places)
    host = environ.get("HTTP_HOST")
    if host:
        name, port = split_host(str(host), scheme)
    else:
        name = str(environ.get("SERVER_NAME", ""))
        port = _number(environ.get("SERVER_PORT"))
    if name:
        attributes[SERVER_ADDRESS] = name
    if port is not None:
        attributes[SERVER_PORT] = port
    address = environ.get("REMOTE_ADDR")
    if address:
        attributes[CLIENT_ADDRESS] = str(address)
    protocol = str(environ.get("SERVER_PROTOCOL", ""))
    if protocol.startswith("HTTP/"):
        attributes[NETWORK_PROTOCOL_VERSION] = protocol[5:]
    plan = environ_plan(redactor.names, tuple(environ))
    record.environ_headers(environ, plan, _body_headers(environ))
    agent = record.value(_USER_AGENT)
    if agent:
        attributes[USER_AGENT] = agent


def _number(value: object) -> int | None:
    text = str(value)
    return int(text) if text.isdecimal() and len(text) <= _PORT_DIGITS else None
