"""The identity service: versions, sign-in with a password, and what a token stands for.

It speaks the part of OpenStack's Identity API v3 that an image upload needs.
"""

from __future__ import annotations

import hmac
import json
import secrets
from datetime import datetime, timedelta, timezone
from http import HTTPStatus
from pathlib import Path
from typing import Any
from uuid import uuid4

import otelhook
from otelhook.demo.server import arguments, serve
from otelhook.demo.web import HttpError, Request, Response, Service, json_response

__all__ = ["Identity", "main"]

_LIFETIME = timedelta(hours=1)
_VARY = ("Vary", "X-Auth-Token")


class Identity(Service):
    """Issues tokens and tells what they stand for; the tokens live as long as the process.

    Args:
        cloud: a JSON file with ``users`` (name -> id, password), ``projects`` (name -> id) and
            ``catalog``. It is read at each sign-in: services may be added while this one runs.
    """

    def __init__(self, cloud: Path) -> None:
        self._cloud = cloud
        self._issued: dict[str, dict[str, Any]] = {}

    def answer(self, request: Request) -> Response:
        """Serve the three calls there are."""
        match (request.method, request.path):
            case ("GET", "/identity/"):
                return self._versions(request)
            case ("POST", "/identity/v3/auth/tokens"):
                return self._sign_in(request)
            case ("GET", "/identity/v3/auth/tokens"):
                return self._tell(request)
            case _:
                return super().answer(request)

    def _versions(self, request: Request) -> Response:
        address = f"{request.host_url}/identity/v3/"
        version = {
            "id": "v3.14",
            "status": "stable",
            "updated": "2020-04-07T00:00:00Z",
            "links": [{"rel": "self", "href": address}],
            "media-types": [
                {
                    "base": "application/json",
                    "type": "application/vnd.openstack.identity-v3+json",
                }
            ],
        }
        content = {"versions": {"values": [version]}}
        return json_response(HTTPStatus.MULTIPLE_CHOICES, content, ("Location", address), _VARY)

    def _sign_in(self, request: Request) -> Response:
        cloud = json.loads(self._cloud.read_text())
        try:
            auth = request.json()["auth"]
            said = auth["identity"]["password"]["user"]
            name, password = str(said["name"]), str(said["password"])
            project = str(auth["scope"]["project"]["name"])
        except (KeyError, TypeError):
            raise HttpError(HTTPStatus.BAD_REQUEST, "expected a sign-in with password") from None
        user = cloud["users"].get(name)
        # An unknown user takes the same way as a wrong password, and as long.
        expected = user["password"] if user else secrets.token_hex()
        if not hmac.compare_digest(expected.encode(), password.encode()) or not user:
            raise HttpError(HTTPStatus.UNAUTHORIZED, "wrong user name or password")
        if project not in cloud["projects"]:
            raise HttpError(HTTPStatus.UNAUTHORIZED, "there is no such project")
        now = datetime.now(timezone.utc)
        domain = {"id": "default", "name": "Default"}
        content = {
            "methods": ["password"],
            "user": {
                "domain": domain,
                "id": user["id"],
                "name": name,
                "password_expires_at": None,
            },
            "audit_ids": [secrets.token_urlsafe(16)],
            "expires_at": (now + _LIFETIME).isoformat(),
            "issued_at": now.isoformat(),
            "project": {"domain": domain, "id": cloud["projects"][project], "name": project},
            "is_domain": False,
            "roles": [{"id": uuid4().hex, "name": "member"}],
            "catalog": cloud["catalog"],
        }
        token = secrets.token_urlsafe(96)
        self._issued[token] = content
        headers = (("X-Subject-Token", token), _VARY)
        return json_response(HTTPStatus.CREATED, {"token": content}, *headers)

    def _tell(self, request: Request) -> Response:
        if self._find(request.header("X-Auth-Token")) is None:
            raise HttpError(HTTPStatus.UNAUTHORIZED, "the request you have made requires sign-in")
        subject = request.header("X-Subject-Token")
        content = self._find(subject)
        if content is None:
            raise HttpError(HTTPStatus.NOT_FOUND, "there is no such token")
        headers = (("X-Subject-Token", subject), _VARY)
        return json_response(HTTPStatus.OK, {"token": content}, *headers)

    def _find(self, token: str) -> dict[str, Any] | None:
        content = self._issued.get(token)
        if content and datetime.fromisoformat(content["expires_at"]) > datetime.now(timezone.utc):
            return content
        return None


def main() -> int:
    """Run the service."""
    parser = arguments("Identity service: issues tokens and tells what they stand for.")
    parser.add_argument("--cloud", type=Path, required=True, help="users, projects and catalog")
    options = parser.parse_args()
    return serve(otelhook.Middleware(Identity(options.cloud)), options)


if __name__ == "__main__":
    raise SystemExit(main())
