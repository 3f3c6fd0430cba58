"""Who may ask the collector: hosts, origins, and a token where it listens beyond this machine.

A page of some other site, open in the user's browser, can send requests to loopback. It is kept
out by the Host header (a name of its own that it has pointed here, DNS rebinding) and by the
Origin header, which browsers send and scripts cannot forge.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import ipaddress
import json
from dataclasses import dataclass, field
from http import HTTPStatus
from types import MappingProxyType
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

__all__ = ["Access", "AccessMiddleware", "is_loopback"]

_SENT: Final = "/v1/"
"""Before the paths of what is sent here."""

_PERMITTED: Final = MappingProxyType(
    {
        "Access-Control-Allow-Methods": "POST",
        "Access-Control-Allow-Headers": "authorization, content-encoding, content-type",
        "Access-Control-Allow-Private-Network": "true",
        "Access-Control-Max-Age": "600",
        "Vary": "Origin",
    }
)

_OPEN: Final = frozenset({"/healthz"})
"""Paths that say nothing and that anybody may ask, such as an orchestrator's probe."""


def is_loopback(host: str) -> bool:
    """Return whether a host name or address is this machine's own, reached by nobody else."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


@dataclass(frozen=True, slots=True)
class Access:
    """The rules."""

    token: str = field(default="", repr=False)
    """Required of everybody; empty where only this machine can ask."""
    hosts: tuple[str, ...] = ()
    """Further names, without port, under which the collector is asked."""
    origins: tuple[str, ...] = ()
    """Origins, exact, whose pages may send; they cannot read what others sent."""

    def knows(self, authorization: str) -> bool:
        """Return whether an Authorization header has the token (RFC 6750), perhaps as the password
        of any user (RFC 7617), which is what a browser asks a person for.
        """
        if not self.token:
            return True
        scheme, _, given = authorization.partition(" ")
        if scheme.lower() == "basic":
            try:
                given = base64.b64decode(given.strip(), validate=True).decode().partition(":")[2]
            except (binascii.Error, UnicodeDecodeError):
                return False
        elif scheme.lower() != "bearer":
            return False
        return hmac.compare_digest(given.strip().encode(), self.token.encode())

    def serves(self, host: str) -> bool:
        """Return whether a Host header names this collector."""
        name = _name(host)
        # With a token nothing is open to a page that has none.
        return bool(self.token) or is_loopback(name) or name in self.hosts


def _name(host: str) -> str:
    try:
        return (urlsplit(f"//{host}").hostname or "").rstrip(".")
    except ValueError:
        return ""


class AccessMiddleware:
    """Answers those that may not ask, before anything is read of what they send."""

    def __init__(self, app: ASGIApp, access: Access) -> None:
        self._app = app
        self._access = access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer that it may not be asked."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        origin = self._guest(scope["path"], headers)
        if origin and scope["method"] == "OPTIONS":
            # A browser asks this first, without the token.
            answer = Response(status_code=HTTPStatus.NO_CONTENT, headers=_permission(origin))
            await answer(scope, receive, send)
            return
        refusal = None if scope["path"] in _OPEN else self._refusal(headers, origin)
        await (refusal or self._app)(scope, receive, _permitted(send, origin) if origin else send)

    def _guest(self, path: str, headers: Headers) -> str:
        """Return the origin of a page of another site that may send here; else nothing."""
        origin = headers.get("origin", "")
        is_known = origin in self._access.origins and path.startswith(_SENT)
        return origin if is_known and self._access.serves(headers.get("host", "")) else ""

    def _refusal(self, headers: Headers, guest: str) -> Response | None:
        host = headers.get("host", "")
        if not self._access.serves(host):
            message = f"not served under the name {_name(host)[:80]!r}: collector_hosts adds names"
            return _answer(HTTPStatus.FORBIDDEN, message)
        origin = headers.get("origin")
        if origin is not None and not guest and origin.partition("://")[2] != host:
            return _answer(HTTPStatus.FORBIDDEN, "asked by a page of another site")
        if not self._access.knows(headers.get("authorization", "")):
            message = "a token is required: send Authorization: Bearer TOKEN"
            wanted = {"WWW-Authenticate": 'Basic realm="otelhook", charset="UTF-8"'}
            return _answer(HTTPStatus.UNAUTHORIZED, message, wanted)
        return None


def _permission(origin: str) -> dict[str, str]:
    """Return what a browser wants to read before it sends (the Fetch standard, CORS)."""
    return {"Access-Control-Allow-Origin": origin, **_PERMITTED}


def _permitted(send: Send, origin: str) -> Send:
    """Let a page read the answer to what it sent."""

    async def sent(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers["Access-Control-Allow-Origin"] = origin
            headers.add_vary_header("Origin")
        await send(message)

    return sent


def _answer(status: HTTPStatus, message: str, headers: dict[str, str] | None = None) -> Response:
    return Response(
        json.dumps({"message": message}), status, headers, media_type="application/json"
    )
