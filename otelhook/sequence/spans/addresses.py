"""Where a request went: scheme, host, port and socket, from whatever a span says of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final
from urllib.parse import SplitResult, unquote, urlsplit

from otelhook import attributes as key
from otelhook.lazy_patterns import lazy
from otelhook.model import Attributes
from otelhook.sequence.document import Address, Header
from otelhook.sequence.spans import attribute_aliases
from otelhook.sequence.spans.coercion import first_integer, first_text
from otelhook.sequence.spans.messages import header_value

__all__ = ["Place", "place_of", "read_address", "shown_address", "split_url"]

_DEFAULT_PORTS: Final = {"http": 80, "https": 443}
_LAST_PORT: Final = 65535

_EMPTY_URL: Final = SplitResult("", "", "", "", "")
_WITHOUT_SCHEME: Final = lazy(r"(?:[\w.-]+|\[[\da-fA-F:.]+\]):\d{1,5}(?:[/?]|$)")
"""``frontend-proxy:8080/api/x``: Node's old instrumentation of ``http`` leaves the scheme out."""

_SOCKET_URL: Final = lazy(r"(?:https?://)?unix:(?://)?(?P<path>/[^:?#]*):?")
"""``http://unix:/run/x.sock:/info`` (Node's got, nginx) and ``unix:///run/x.sock`` (gRPC)."""

_CALLED: Final = (key.SERVER_ADDRESS, "http.host", "net.host.name", "http.server_name")
_CALLED_PORT: Final = (key.SERVER_PORT, "net.host.port")
"""What a server calls itself: its ``net.peer.*`` is its caller."""

_SCHEME: Final = (key.URL_SCHEME, "http.scheme")
_TRANSPORT: Final = ("network.transport", "net.transport", "net.sock.family")
_PEER: Final = ("network.peer.address", "net.sock.peer.addr", "net.sock.peer.name")


@dataclass(frozen=True, slots=True)
class Place:
    """What a callee that recorded nothing is known by. Empty and None where nothing is known."""

    host: str
    port: int | None


def place_of(attributes: Attributes, *, is_server: bool = False) -> Place:
    """Return the host and port that name the callee: its name if there is one, else an address.

    Args:
        attributes: a span's.
        is_server: whether it is the callee's own span, on which a peer is the caller.
    """
    url = split_url(first_text(attributes, attribute_aliases.URL))
    named = first_text(attributes, attribute_aliases.HOST)
    host, inline = split_port(named or url.netloc.rpartition("@")[2])
    if not host and not is_server:
        host, inline = split_port(first_text(attributes, attribute_aliases.PEER_ADDRESS))
    try:
        in_url = url.port
    except ValueError:
        in_url = None
    scheme = (url.scheme or first_text(attributes, _SCHEME)).lower()
    port = None if is_server and not host else first_integer(attributes, attribute_aliases.PORT)
    port = port or inline or in_url or _DEFAULT_PORTS.get(scheme)
    return Place(host.lower(), port if _is_possible(port) else None)


def shown_address(host: str, port: int | None) -> str:
    """Return ``host:port`` as in a URL, an IPv6 address in its brackets."""
    name = f"[{host}]" if ":" in host else host
    return f"{name}:{port}" if name and port is not None else name


def read_address(
    attributes: Attributes, headers: Sequence[Header], *, by_caller: bool
) -> Address | None:
    """Return the address of a request, None if the span tells neither host nor socket.

    The URL says it best, then the ``Host`` header (RFC 9112, 3.2), then the attributes for the
    server's name, which may be an address behind the name that was asked for.

    Args:
        attributes: of a span of either side.
        headers: of the request.
        by_caller: whether the span is the caller's; the two sides name a server differently.
    """
    whole = first_text(attributes, attribute_aliases.URL)
    url = split_url(whole)
    scheme = url.scheme.lower() or first_text(attributes, _SCHEME).lower()
    socket = _socket(attributes, whole, by_caller=by_caller)
    if socket:
        plain = scheme.removesuffix("+unix")
        return Address("" if plain == "unix" else plain, "", None, socket)
    host, port = _split_netloc(url.netloc or header_value(headers, "host").strip())
    if not host:
        names = attribute_aliases.HOST if by_caller else _CALLED
        host, port = split_port(first_text(attributes, names))
        port = port or first_integer(
            attributes, attribute_aliases.PORT if by_caller else _CALLED_PORT
        )
    if not host or _is_every_host(host):
        return None
    return Address(scheme, host.lower(), port if _is_possible(port) else None)


def split_url(whole: str) -> SplitResult:
    """Take a URL apart, one without its scheme as well; what is none is empty."""
    if _WITHOUT_SCHEME.match(whole):
        whole = f"//{whole}"
    try:
        return urlsplit(whole)
    except ValueError:  # such as an IPv6 address without its bracket
        return _EMPTY_URL


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


def _split_netloc(netloc: str) -> tuple[str, int | None]:
    return split_port(netloc.rpartition("@")[2])


def _is_port(digits: str) -> bool:
    return digits.isascii() and digits.isdecimal() and len(digits) <= len(str(_LAST_PORT))


def _is_every_host(host: str) -> bool:
    """Recognise what a server may listen on and nobody can call: ``0.0.0.0`` and ``::``."""
    try:
        return ip_address(host).is_unspecified
    except ValueError:
        return False


def _is_possible(port: int | None) -> bool:
    return port is not None and 0 < port <= _LAST_PORT


def _socket(attributes: Attributes, whole: str, *, by_caller: bool) -> str:
    """Return the path of a Unix socket, decoded; empty if the request went over a network."""
    url = split_url(whole)
    if url.scheme.lower().endswith("+unix"):
        return unquote(url.netloc.rpartition("@")[2])
    match = _SOCKET_URL.match(whole)
    if match:
        return unquote(match["path"])
    if not by_caller or first_text(attributes, _TRANSPORT).lower() != "unix":
        return ""
    # server.address "is the domain socket's name" where the transport is one.
    named = (first_text(attributes, (name,)) for name in (*_PEER, *attribute_aliases.HOST))
    return next((unquote(name) for name in named if unquote(name).startswith(("/", "@"))), "")
