"""The address that a step's request was sent to, as far as the Document tells."""

from __future__ import annotations

import re
from urllib.parse import quote

from otelhook.sequence.document import Header, Step

__all__ = ["address", "header_value", "origin"]

_HOST = re.compile(
    r"(?:[A-Za-z0-9_](?:[A-Za-z0-9._-]{0,251})|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?"
)
_NOT_IN_A_NAME = re.compile(r"[^A-Za-z0-9.-]+")
_PATH_SAFE = "/%:@!$&'()*+,;=~"
_QUERY_SAFE = f"{_PATH_SAFE}?"
_HTTPS_PORT = ":443"


def header_value(headers: tuple[Header, ...], name: str) -> str:
    """Return the first header of a (lower-case) name, or nothing."""
    return next((header.value for header in headers if header.name == name), "")


def origin(request: Step) -> str:
    """Return scheme and host: from the ``Host`` header, else the callee's name stands for it.

    A Document does not know the scheme: it is ``http``, unless the headers or the port say more.
    """
    host = header_value(request.headers, "host").strip()
    if not _HOST.fullmatch(host):
        host = _NOT_IN_A_NAME.sub("-", request.target).strip("-.")[:63] or "unknown"
    forwarded = header_value(request.headers, "x-forwarded-proto").strip().lower()
    secure = forwarded == "https" or host.endswith(_HTTPS_PORT)
    return f"{'https' if secure else 'http'}://{host}"


def address(request: Step) -> str:
    """Return the whole address, as RFC 3986 spells it; what was escaped stays as it was."""
    path = quote(request.path, safe=_PATH_SAFE, errors="replace")
    path = path if path.startswith("/") else f"/{path}"
    query = quote(request.query, safe=_QUERY_SAFE, errors="replace")
    return f"{origin(request)}{path}{f'?{query}' if query else ''}"
