"""A client that records nothing: plain HTTP to the services, with a token of the admin."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field

import requests

from deploy.openstack.installation import Installation

__all__ = ["PlainClient", "in_pieces", "new_trace"]

_PIECE = 64 << 10
_SECONDS = 60


@dataclass(slots=True)
class PlainClient:
    """Calls the services of an installation."""

    installation: Installation
    token: str = ""
    project: str = ""
    session: requests.Session = field(default_factory=requests.Session)

    def sign_in(self) -> None:
        """Get a token."""
        self.session.trust_env = False
        domain = {"id": "default"}
        user = {"name": "admin", "domain": domain, "password": self.installation.secrets["admin"]}
        identity = {"methods": ["password"], "password": {"user": user}}
        scope = {"project": {"name": "admin", "domain": domain}}
        url = f"{self.installation.url('keystone')}/v3/auth/tokens"
        answer = self.session.post(
            url, json={"auth": {"identity": identity, "scope": scope}}, timeout=_SECONDS
        )
        answer.raise_for_status()
        self.token = answer.headers["X-Subject-Token"]
        self.project = answer.json()["token"]["project"]["id"]

    def ask(  # noqa: PLR0913 - what a request is
        self,
        service: str,
        method: str,
        path: str,
        *,
        data: bytes | Iterator[bytes] | None = None,
        json: object = None,
        headers: dict[str, str] | None = None,
    ) -> requests.Response:
        """Send a request with the token; the answer's body is read."""
        return self.session.request(
            method,
            f"{self.installation.url(service)}{path}",
            data=data,
            json=json,
            headers={"X-Auth-Token": self.token, **(headers or {})},
            timeout=_SECONDS,
        )


def in_pieces(data: bytes) -> Iterator[bytes]:
    """Yield the bytes in pieces: requests then sends a chunked body."""
    for place in range(0, len(data), _PIECE):
        yield data[place : place + _PIECE]


def new_trace() -> tuple[str, dict[str, str]]:
    """Return a trace id, and the header with which a request belongs to it."""
    trace_id = secrets.token_hex(16)
    return trace_id, {"traceparent": f"00-{trace_id}-{secrets.token_hex(8)}-01"}
