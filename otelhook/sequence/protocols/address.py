"""Where a call went: host and port, out of whatever a tool wrote."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, urlsplit

from otelhook.model import Attributes
from otelhook.sequence.spans.attribute_aliases import HOST, PEER_ADDRESS, PORT, SCHEME, URL
from otelhook.sequence.spans.coercion import first_integer, first_text

__all__ = ["Place", "place_of", "shown_address", "split_port", "split_url"]

_EMPTY: Final = SplitResult("", "", "", "", "")
_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_LAST_PORT: Final = 65535


@dataclass(frozen=True, slots=True)
class Place:
    """Where a call went. Text is empty and the port None where it is not known."""

    scheme: str
    host: str
    port: int | None
    peer: str
    """An address below the host's name, only where there is no name."""


def split_url(whole: str) -> SplitResult:
    """Take a URL apart, one without a scheme too: Node writes ``frontend-proxy:8080/api/x``.

    What begins with a slash is path and query.
    """
    if whole and not whole.startswith("/") and "://" not in whole.partition("?")[0]:
        whole = f"//{whole}"
    try:
        return urlsplit(whole)
    except ValueError:  # such as an IPv6 address without its bracket
        return _EMPTY


def place_of(attributes: Attributes, *, is_server: bool = False) -> Place:
    """Read host and port of the callee.

    Args:
        attributes: a span's.
        is_server: whether it is the callee's own span, on which a peer is the caller.
    """
    url = split_url(first_text(attributes, URL))
    host, inline = split_port(first_text(attributes, HOST) or url.netloc.rpartition("@")[2])
    peer = "" if is_server else first_text(attributes, PEER_ADDRESS)
    if not host and peer:
        host, inline = split_port(peer)
    try:
        in_url = url.port
    except ValueError:
        in_url = None
    scheme = (url.scheme or first_text(attributes, SCHEME)).lower()
    port = None if is_server and not host else first_integer(attributes, PORT)
    port = port or inline or in_url or _DEFAULT_PORTS.get(scheme)
    valid = port if port is not None and 0 < port <= _LAST_PORT else None
    return Place(scheme, host.lower(), valid, peer)


def split_port(host: str) -> tuple[str, int | None]:
    """Take ``host:port`` apart: some tools write both into ``server.address``."""
    if host.startswith("["):
        inner, _, rest = host[1:].partition("]")
        digits = rest.removeprefix(":")
        return inner, int(digits) if _is_port(digits) else None
    if host.count(":") == 1:
        name, _, digits = host.partition(":")
        if _is_port(digits):
            return name, int(digits)
    return host, None


def shown_address(host: str, port: int | None) -> str:
    """Return ``host:port`` as in a URL, an IPv6 address in its brackets."""
    name = f"[{host}]" if ":" in host else host
    return f"{name}:{port}" if name and port is not None else name


def _is_port(digits: str) -> bool:
    return digits.isascii() and digits.isdecimal() and len(digits) <= len(str(_LAST_PORT))
