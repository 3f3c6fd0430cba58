"""How a service signs in for itself, and how it checks the tokens of those who call it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from http import HTTPStatus
from threading import Lock
from typing import Any

import requests

from otelhook.demo.web import HttpError, Request

__all__ = ["Account", "Checker", "TokenInfo"]

_TIMEOUT = 10.0
_TRUSTED_SECONDS = 300.0


@dataclass(frozen=True, slots=True)
class TokenInfo:
    """A valid token and what the identity service says of it."""

    token: str
    user: str
    project_id: str
    catalog: tuple[dict[str, Any], ...]

    def endpoint(self, service_type: str) -> str:
        """Return the address of a service from the catalog."""
        for service in self.catalog:
            if service["type"] == service_type:
                return str(service["endpoints"][0]["url"])
        raise HttpError(HTTPStatus.BAD_GATEWAY, f"the catalog has no {service_type}")


def _info(token: str, content: dict[str, Any]) -> TokenInfo:
    said = content["token"]
    return TokenInfo(
        token=token,
        user=said["user"]["name"],
        project_id=said["project"]["id"],
        catalog=tuple(said["catalog"]),
    )


@dataclass(frozen=True, slots=True)
class Account:
    """A user of the identity service, who can sign in."""

    session: requests.Session
    auth_url: str
    """``http://host:port/identity``"""
    username: str
    password: str
    project: str

    def discover(self) -> str:
        """Return the address of the identity API's version 3."""
        answer = self.session.get(f"{self.auth_url}/", timeout=_TIMEOUT)
        for version in answer.json()["versions"]["values"]:
            if version["id"].startswith("v3"):
                return str(version["links"][0]["href"]).rstrip("/")
        raise HttpError(HTTPStatus.BAD_GATEWAY, "the identity service has no version 3")

    def sign_in(self, identity_v3: str) -> TokenInfo:
        """Return a new token, scoped to the account's project."""
        domain = {"name": "Default"}
        user = {"name": self.username, "password": self.password, "domain": domain}
        auth = {
            "identity": {"methods": ["password"], "password": {"user": user}},
            "scope": {"project": {"name": self.project, "domain": domain}},
        }
        answer = self.session.post(
            f"{identity_v3}/auth/tokens", json={"auth": auth}, timeout=_TIMEOUT
        )
        if answer.status_code != HTTPStatus.CREATED:
            raise HttpError(HTTPStatus.SERVICE_UNAVAILABLE, "the service cannot sign in")
        return _info(answer.headers["X-Subject-Token"], answer.json())


class Checker:
    """Asks the identity service whether a caller's token is valid, and remembers it for a while.

    Args:
        session: for the calls to the identity service.
        auth_url: the identity service.
        account: whose token vouches for the question; without one, the token vouches for itself.
    """

    def __init__(
        self, session: requests.Session, auth_url: str, account: Account | None = None
    ) -> None:
        self._session = session
        self._identity_v3 = f"{auth_url}/v3"
        self._account = account
        self._own = ""
        self._known: dict[str, tuple[float, TokenInfo]] = {}
        self._lock = Lock()

    def check(self, request: Request) -> TokenInfo:
        """Return who calls; a missing, unknown or expired token is answered with 401."""
        token = request.header("X-Auth-Token")
        if not token:
            raise HttpError(HTTPStatus.UNAUTHORIZED, "the request has no X-Auth-Token")
        now = time.monotonic()
        with self._lock:
            until, info = self._known.get(token, (0.0, None))
            if info is None or until < now:
                info = self._ask(token)
                self._known[token] = (now + _TRUSTED_SECONDS, info)
        return info

    def _ask(self, token: str) -> TokenInfo:
        if self._account is not None and not self._own:
            self._own = self._account.sign_in(self._account.discover()).token
        answer = self._session.get(
            f"{self._identity_v3}/auth/tokens",
            headers={"X-Auth-Token": self._own or token, "X-Subject-Token": token},
            timeout=_TIMEOUT,
        )
        if answer.status_code != HTTPStatus.OK:
            raise HttpError(HTTPStatus.UNAUTHORIZED, "the token is not valid")
        return _info(token, answer.json())
