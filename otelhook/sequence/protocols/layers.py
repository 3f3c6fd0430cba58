"""Layers below a call: name lookups, connections, handshakes. They are details, not calls."""

from __future__ import annotations

from typing import Final

from otelhook.model import Span
from otelhook.sequence.protocols.facts import Facts
from otelhook.sequence.vocabulary import Protocol

__all__ = ["is_layer"]

_NAMES: Final = frozenset(
    {"tls connect"}
    | {"http.dns", "http.connect", "http.getconn", "http.tls", "http.send", "http.receive"}
    | {"http.headers", "socket.connect", "ipc.connect", "connection_setup", "connect"}
)
"""Names that Node's `dns` and `net`, Go's httptrace and .NET's System.Net give such spans."""

_PREFIXES: Final = ("dns.", "tcp.", "tls.", "dns lookup", "socket connect", "tls handshake")


def is_layer(span: Span, facts: Facts) -> bool:
    """Return whether a span is a layer below the call that it was made for."""
    if facts.protocol is not Protocol.CALL and not (
        facts.protocol is Protocol.HTTP and not facts.path and facts.status is None
    ):
        return False
    name = span.name.strip().lower()
    return name in _NAMES or name.startswith(_PREFIXES)
