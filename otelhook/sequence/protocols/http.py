"""HTTP: method, path and status, by whatever convention they were written."""

from __future__ import annotations

from http import HTTPStatus
from typing import Final
from urllib.parse import SplitResult

from otelhook.lazy_patterns import lazy
from otelhook.model import Attributes, Span
from otelhook.sequence.spans import attribute_aliases as names
from otelhook.sequence.spans.addresses import split_url
from otelhook.sequence.spans.coercion import first_integer, first_text

__all__ = ["PHRASES", "HttpFacts", "read_http", "verb_of"]

_STATUSES: Final = range(100, 1000)

# RFC 9110's phrases where Python's http.HTTPStatus changed its mind between 3.10 and 3.14.
PHRASES: Final = {
    **{status.value: status.phrase for status in HTTPStatus},
    413: "Content Too Large",
    414: "URI Too Long",
    416: "Range Not Satisfiable",
    418: "I'm a Teapot",
    422: "Unprocessable Content",
}

_METHODS: Final = frozenset(
    {"CONNECT", "DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT", "QUERY", "TRACE"}
)
_MICROMETER: Final = ("uri", "outcome")
"""Beside one of these ``method`` and ``status`` are Micrometer's, and not any program's tags."""

_ENVOY: Final = "response_flags"
_NO_RESPONSE: Final = frozenset({"UF", "UO", "NR", "UH", "URX", "UT", "DC", "LR", "UR", "UC", "NC"})
"""Envoy's flags of a request that no upstream answered ("Access logging", command operators)."""

_RELATIVE: Final = lazy(r"[\w~%{-][^\s:/]*(?:/\S*)?$")
"""A path that does not begin at its root (RFC 3986, 4.2: its first segment has no colon)."""


class HttpFacts:
    """What a span says of HTTP; empty where it says nothing."""

    __slots__ = ("method", "path", "query", "reason", "route", "status", "unanswered")

    def __init__(self, span: Span) -> None:
        attributes = span.attributes
        url = split_url(first_text(attributes, names.URL))
        self.status = _status(attributes)
        self.path, self.query = _path(attributes, url)
        self.route = first_text(attributes, names.TEMPLATE)
        self.method = _method(span, known=bool(self.path or self.status or url.netloc))
        self.reason = first_text(attributes, names.REASON) or PHRASES.get(self.status or 0, "")
        self.unanswered = _flags(attributes)

    def __bool__(self) -> bool:
        return bool(self.method or self.status or self.path)


def read_http(span: Span) -> HttpFacts:
    """Read what a span says of HTTP."""
    return HttpFacts(span)


def verb_of(name: str) -> str:
    """Return the HTTP method that a span is named after: ``get``, ``HTTP GET``, ``POST /x``."""
    words = name.replace(":", " ").split(maxsplit=2)
    if words and words[0].lower() == "http":
        words = words[1:]
    first = words[0].upper() if words else ""
    return first if first in _METHODS else ""


def _method(span: Span, *, known: bool) -> str:
    found = first_text(span.attributes, names.METHOD)
    if not found and _is_micrometer(span.attributes):
        found = first_text(span.attributes, ("method",))
    if found == "_OTHER":  # the conventions' word for a method that is not a known one
        return first_text(span.attributes, ("http.request.method_original",)) or "HTTP"
    if found:
        return found.upper() if found.upper() in _METHODS else found
    return verb_of(span.name) if known else ""


def _status(attributes: Attributes) -> int | None:
    status = first_integer(attributes, names.STATUS)
    if status is None and _is_micrometer(attributes):
        status = first_integer(attributes, ("status",))
    return status if status in _STATUSES else None


def _is_micrometer(attributes: Attributes) -> bool:
    return any(name in attributes for name in _MICROMETER)


def _path(attributes: Attributes, url: SplitResult) -> tuple[str, str]:
    """Return path and query; the path is empty if nothing is known of it."""
    path = first_text(attributes, names.PATH)
    query = first_text(attributes, names.QUERY)
    target, _, target_query = first_text(attributes, names.TARGET).partition("?")
    if not target.startswith("/"):
        target = split_url(target).path  # a target may be a whole URL: RFC 9112, 3.2.2
    if "?" in path:
        path, _, target_query = path.partition("?")
    path = _from_root(path) or _rooted(url.path) or _rooted(target)
    if not path:
        template = first_text(attributes, names.TEMPLATE)
        path = template if template.startswith("/") else ""
    if not path and ((url.netloc and url.scheme) or query):
        path = "/"
    return path, query.removeprefix("?") or url.query or target_query


def _rooted(path: str) -> str:
    return path if path.startswith("/") or path == "*" else ""


def _from_root(path: str) -> str:
    """Return a path from its root: some frameworks record it without (``pages/install``)."""
    if "://" in path:
        return split_url(path).path
    return f"/{path}" if _RELATIVE.match(path) else path


def _flags(attributes: Attributes) -> str:
    """Return Envoy's reason why there was no answer, empty if it does not say so."""
    flags = first_text(attributes, (_ENVOY,))
    found = [flag for flag in flags.split(",") if flag in _NO_RESPONSE]
    return f"no answer from upstream ({','.join(found)})" if found else ""
