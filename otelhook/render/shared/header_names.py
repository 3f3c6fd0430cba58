"""Header names as people write them."""

from __future__ import annotations

from otelhook.render.shared.plain import one_line
from otelhook.sequence.document import Header

__all__ = ["header_line", "usual_name"]

_USUAL = {
    "alpn": "ALPN",
    "baggage": "baggage",
    "content-md5": "Content-MD5",
    "dnt": "DNT",
    "dpop": "DPoP",
    "etag": "ETag",
    "expect-ct": "Expect-CT",
    "http2-settings": "HTTP2-Settings",
    "nel": "NEL",
    "sec-gpc": "Sec-GPC",
    "sourcemap": "SourceMap",
    "te": "TE",
    "traceparent": "traceparent",
    "tracestate": "tracestate",
    "www-authenticate": "WWW-Authenticate",
    "x-dns-prefetch-control": "X-DNS-Prefetch-Control",
    "x-ua-compatible": "X-UA-Compatible",
    "x-xss-protection": "X-XSS-Protection",
}
"""What is not simply capitalised: RFC 9110's registry, and W3C's names which are lower case."""

_WORDS = {"websocket": "WebSocket"}


def usual_name(name: str) -> str:
    """Return a header's name in its usual capitals: ``x-auth-token`` as ``X-Auth-Token``."""
    known = _USUAL.get(name.lower())
    if known is not None:
        return known
    return "-".join(
        _WORDS.get(word.lower(), word[:1].upper() + word[1:]) for word in name.split("-")
    )


def header_line(header: Header, *, as_named: bool = False) -> str:
    """Return a header as one line of a message.

    Args:
        header: the header.
        as_named: whether its name stays as it is: only HTTP's have usual capitals.
    """
    name = one_line(header.name)
    return f"{name if as_named else usual_name(name)}: {one_line(header.value)}"
