"""The address that a step's request was sent to, as far as the Document tells."""

from __future__ import annotations

import re
from urllib.parse import quote

from otelhook.sequence.document import Address, Header, SeenBy, Step

__all__ = ["address", "header_value", "origin", "path_and_query"]

_HOST = re.compile(
    r"(?:[A-Za-z0-9_](?:[A-Za-z0-9._-]{0,251})|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?"
)
_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9.-]+")
_PATH_SAFE = "/%:@!$&'()*+,;=~"
_QUERY_SAFE = f"{_PATH_SAFE}?"
_HTTPS_PORT = ":443"
_NO_HOST = "unknown.invalid"
"""Where nobody knows the host: a name that no DNS resolves (RFC 2606)."""

_DEFAULT_PORTS = {"http": 80, "https": 443}


def header_value(headers: tuple[Header, ...], name: str) -> str:
    """Return the first header of a (lower-case) name, or nothing."""
    return next((header.value for header in headers if header.name == name), "")


def origin(request: Step) -> str:
    """Return scheme and host as the address has them; a port only if it is not the scheme's own.

    Without an address the ``Host`` header tells the host, else the callee's name stands for it.
    """
    known = request.address
    if known is not None and known.socket:
        return f"http+unix://{quote(known.socket, safe='', errors='replace')}"
    scheme = _scheme(request)
    host = _spelled(known) if known is not None else ""
    if _HOST.fullmatch(host):
        return f"{scheme}://{host.removesuffix(f':{_DEFAULT_PORTS[scheme]}')}"
    host = header_value(request.headers, "host").strip()
    if not _HOST.fullmatch(host):
        named = _NOT_IN_A_NAME.sub("-", request.target).strip("-.")[:63]
        host = _NO_HOST if named in ("", "unknown") else named
    return f"{'https' if host.endswith(_HTTPS_PORT) else scheme}://{host}"


def _spelled(known: Address) -> str:
    host = f"[{known.host}]" if ":" in known.host else _in_ascii(known.host)
    return host if known.port is None else f"{host}:{known.port}"


def _in_ascii(host: str) -> str:
    """Return an internationalised name as DNS has it (RFC 3490)."""
    try:
        return host if host.isascii() else host.encode("idna").decode("ascii")
    except UnicodeError:
        return ""


def _scheme(request: Step) -> str:
    """Return the scheme; a server behind a proxy that ends TLS knows only the inner one."""
    place = request.address
    known = place.scheme if place is not None and place.scheme in _DEFAULT_PORTS else ""
    if not known and place is not None and place.port == _DEFAULT_PORTS["https"]:
        known = "https"
    forwarded = header_value(request.headers, "x-forwarded-proto").strip().lower()
    if forwarded == "https" and (not known or request.seen_by is SeenBy.SERVER):
        return "https"
    return known or "http"


def address(request: Step) -> str:
    """Return the whole address, as RFC 3986 spells it; what was escaped stays as it was."""
    return f"{origin(request)}{path_and_query(request)}"


def path_and_query(request: Step) -> str:
    """Return what follows the host in an address."""
    path = quote(request.path, safe=_PATH_SAFE, errors="replace")
    path = path if path.startswith("/") else f"/{path}"
    query = quote(request.query, safe=_QUERY_SAFE, errors="replace")
    return f"{path}{f'?{query}' if query else ''}"
