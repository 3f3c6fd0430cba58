"""The names under which tools write the same fact: data, first match wins.

The stable OpenTelemetry conventions come first, then those before 1.20 (``http.method``,
``net.peer.name``), then what other tools write: hypertrace and Lumigo (``http.request.body``,
``http.request.headers`` as one JSON text), Logfire (``.body.text``, ``.body.form``), Sentry
(``.body.data``), Datadog (``http.request.headers.<name>``, ``out.host``), Zipkin, Brave and Sleuth
(``http.path``, ``http.uri``), Micrometer (``uri``, ``status``), OpenTracing (``peer.hostname``),
Envoy (``peer.address``). To read one more tool, add its names. What only one protocol has stands
with that protocol (`otelhook.sequence.protocols`).
"""

from __future__ import annotations

from typing import Final

from otelhook import attributes as key
from otelhook.attributes import Direction

__all__ = [
    "CALLER_ADDRESS",
    "HOST",
    "LATE_BODY_SPAN",
    "METHOD",
    "PATH",
    "PEER",
    "PEER_ADDRESS",
    "PORT",
    "QUERY",
    "REASON",
    "RESEND",
    "SCHEME",
    "STATUS",
    "TARGET",
    "TEMPLATE",
    "URL",
    "USER_AGENT",
    "body_keys",
    "header_map_keys",
    "header_prefixes",
    "size_keys",
]

METHOD: Final = (key.HTTP_REQUEST_METHOD, key.HTTP_METHOD_OLD)
STATUS: Final = (
    key.HTTP_RESPONSE_STATUS_CODE,
    key.HTTP_STATUS_CODE_OLD,
    "client_status_code",
    "response_status_code",
    "http.status",
)
REASON: Final = (key.OTELHOOK_REASON, "http.response.status_text", "http.status_text")
URL: Final = (key.URL_FULL, key.HTTP_URL_OLD, "http.uri.client")
PATH: Final = (key.URL_PATH, "http.path")
QUERY: Final = (key.URL_QUERY, "http.query", "http.uri.qs")
TARGET: Final = (key.HTTP_TARGET_OLD, "http.uri")
TEMPLATE: Final = (key.HTTP_ROUTE, "url.template", "uri")
SCHEME: Final = (key.URL_SCHEME, "http.scheme")
RESEND: Final = (key.RESEND_COUNT, "http.resend_count", "http.retry_count")
USER_AGENT: Final = (key.USER_AGENT, "http.user_agent", "user_agent")
CALLER_ADDRESS: Final = (
    key.CLIENT_ADDRESS,
    "http.client_ip",
    "network.peer.address",
    "net.sock.peer.addr",
    "net.peer.ip",
)
HOST: Final = (key.SERVER_ADDRESS, key.NET_PEER_NAME_OLD, "http.host", "net.sock.peer.name")
PEER_ADDRESS: Final = (
    "peer.hostname",
    "out.host",
    "network.peer.address",
    "net.sock.peer.addr",
    "net.peer.ip",
    "peer.address",
    "peer.ipv4",
    "peer.ipv6",
)
"""Where the bytes went: an address more often than a name, so asked last."""

PORT: Final = (
    key.SERVER_PORT,
    key.NET_PEER_PORT_OLD,
    "network.peer.port",
    "net.sock.peer.port",
    "peer.port",
    "out.port",
)
PEER: Final = ("service.peer.name", key.PEER_SERVICE)
"""What a caller itself calls the service it calls; on a server's span its caller."""

LATE_BODY_SPAN: Final = "http.response.body"
"""Name of an INTERNAL span that carries what was read of a body after its CLIENT span ended."""


def header_prefixes(side: Direction) -> tuple[str, ...]:
    """Return the prefixes of keys that hold one header each."""
    return (
        key.header_prefix(side),
        f"http.{side}.headers.",
        f"rpc.{side}.metadata.",
        f"rpc.grpc.{side}.metadata.",
        f"rpc.connect_rpc.{side}.metadata.",
    )


def header_map_keys(side: Direction) -> tuple[str, ...]:
    """Return the keys that hold all headers, as a mapping or as one JSON text."""
    return (f"http.{side}.headers",)


def body_keys(side: Direction) -> tuple[str, ...]:
    """Return the keys that hold a body."""
    stem = f"http.{side}.body"
    endings = (".text", ".form", ".data", ".payload")
    return (
        key.body_content(side),
        stem,
        *(stem + ending for ending in endings),
        f"rpc.{side}.body",
        f"grpc.{side}.body",
    )


def size_keys(side: Direction) -> tuple[str, ...]:
    """Return the keys that hold a body's true size in bytes."""
    return (
        key.body_size(side),
        f"http.{side}_content_length_uncompressed",
        f"http.{side}_content_length",
        f"http.{side}.size",
    )
