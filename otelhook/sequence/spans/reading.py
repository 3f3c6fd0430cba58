"""What one span says of an HTTP call, in whatever names and types its tool wrote it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Final
from urllib.parse import SplitResult

from otelhook import attributes as key
from otelhook.model import Attributes, Span, SpanKind
from otelhook.sequence.document import Address
from otelhook.sequence.spans import attribute_aliases
from otelhook.sequence.spans.addresses import (
    DEFAULT_PORTS,
    LAST_PORT,
    read_address,
    split_port,
    split_url,
)
from otelhook.sequence.spans.coercion import first_integer, first_text, texts
from otelhook.sequence.spans.failures import failed, failure_word
from otelhook.sequence.spans.messages import NOTHING, Message, header_value, read_message

__all__ = ["Facts", "read"]


@dataclass(frozen=True, slots=True)
class Facts:
    """One span's record of a call. Text is empty and numbers are None where it says nothing."""

    http: bool
    """False for calls that are not HTTP, such as a database's: then only its name is known."""
    method: str
    path: str
    query: str
    route: str
    status: int | None
    reason: str
    failed: bool
    error: str
    host: str
    port: int | None
    address: Address | None
    """Where the request went, as its URL says; `host` and `port` name the callee."""
    peer: str
    """What the caller calls the callee (``peer.service``)."""
    system: str
    """What stands for a callee without address: a queue, a kind of database."""
    agent: str
    """User-Agent."""
    caller_address: str
    resent: bool
    request: Message
    response: Message
    redacted: tuple[str, ...]


_CALLERS: Final = (SpanKind.CLIENT, SpanKind.PRODUCER)
_STATUSES: Final = range(100, 1000)

# RFC 9110's phrases where Python's http.HTTPStatus changed its mind between 3.10 and 3.14.
_PHRASES: Final = {
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


def read(span: Span, late: Span | None = None) -> Facts:
    """Read a span.

    Args:
        span: of kind CLIENT, SERVER, PRODUCER or CONSUMER.
        late: its child that carries the response body which was read after the span had ended.
    """
    attributes = span.attributes
    url = split_url(first_text(attributes, attribute_aliases.URL))
    method = _method(span)
    status = first_integer(attributes, attribute_aliases.STATUS)
    status = status if status in _STATUSES else None
    path, query = _path(attributes, url)
    http = bool(method or status or path)
    host, port = _address(attributes, url)
    request = read_message(attributes, "request")
    agent = first_text(attributes, attribute_aliases.USER_AGENT)
    return Facts(
        http=http,
        method=method or ("HTTP" if http else ""),
        path=(path or "/") if http else span.name.strip() or "unnamed",
        query=query,
        route=first_text(attributes, (key.HTTP_ROUTE,)),
        status=status,
        reason=first_text(attributes, attribute_aliases.REASON) or _PHRASES.get(status or 0, ""),
        failed=failed(span),
        error=failure_word(span),
        host=host,
        port=port,
        address=read_address(attributes, request.headers, by_caller=span.kind in _CALLERS),
        peer=first_text(attributes, attribute_aliases.PEER),
        system=first_text(attributes, attribute_aliases.SYSTEM),
        agent=agent or header_value(request.headers, "user-agent"),
        caller_address=first_text(attributes, attribute_aliases.CALLER_ADDRESS),
        resent=(first_integer(attributes, attribute_aliases.RESEND) or 0) > 0,
        request=request,
        response=_response(attributes, late),
        redacted=_redacted(attributes) + (_redacted(late.attributes) if late else ()),
    )


def _response(attributes: Attributes, late: Span | None) -> Message:
    message = read_message(attributes, "response")
    later = read_message(late.attributes, "response") if late else NOTHING
    if later.body is None or (message.body is not None and message.body.content is not None):
        return message
    # The content type stands in the headers, which the CLIENT span has.
    content_type = header_value(message.headers, "content-type") or later.body.content_type
    body = replace(later.body, content_type=content_type)
    return Message(message.headers or later.headers, body)


def _redacted(attributes: Attributes) -> tuple[str, ...]:
    return tuple(place for place in texts(attributes.get(key.OTELHOOK_REDACTED)) if place)


def _method(span: Span) -> str:
    found = first_text(span.attributes, attribute_aliases.METHOD)
    if found == "_OTHER":  # the conventions' word for a method that is not a known one
        return first_text(span.attributes, ("http.request.method_original",)) or "HTTP"
    if not found and any(
        name in span.attributes for name in (*attribute_aliases.URL, *attribute_aliases.STATUS)
    ):
        first = span.name.partition(" ")[0]
        return first if first in _METHODS else ""
    return found


def _path(attributes: Attributes, url: SplitResult) -> tuple[str, str]:
    """Return path and query; the path is empty if nothing is known of it."""
    path = first_text(attributes, attribute_aliases.PATH)
    query = first_text(attributes, attribute_aliases.QUERY)
    target, _, target_query = first_text(attributes, attribute_aliases.TARGET).partition("?")
    if not target.startswith("/"):
        target = split_url(target).path  # a target may be a whole URL: RFC 9112, 3.2.2
    path = path or url.path or target or first_text(attributes, (key.HTTP_ROUTE,))
    if not path and (url.netloc or query):
        path = "/"
    return path, query.removeprefix("?") or url.query or target_query


def _address(attributes: Attributes, url: SplitResult) -> tuple[str, int | None]:
    host = first_text(attributes, attribute_aliases.HOST)
    port = first_integer(attributes, attribute_aliases.PORT)
    host, inline = split_port(host or url.netloc.rpartition("@")[2])
    try:
        in_url = url.port
    except ValueError:
        in_url = None
    scheme = url.scheme or first_text(attributes, (key.URL_SCHEME, "http.scheme"))
    port = port or inline or in_url or DEFAULT_PORTS.get(scheme.lower())
    return host.lower(), port if port is not None and 0 < port <= LAST_PORT else None
