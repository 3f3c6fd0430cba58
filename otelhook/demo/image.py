"""The image service: keeps records of disk images, and passes their data on to the object store.

It speaks the part of OpenStack's Image API v2 that an image upload needs.
"""

from __future__ import annotations

import hashlib
import os
import re
from datetime import datetime, timezone
from http import HTTPStatus
from typing import Any
from uuid import uuid4

import requests

import otelhook
from otelhook.demo.server import arguments, serve
from otelhook.demo.tokens import Account, Checker, TokenInfo
from otelhook.demo.web import HttpError, Request, Response, Service, Upload, json_response

__all__ = ["Images", "main"]

_IMAGE = re.compile(r"/v2/images/(?P<id>[0-9a-f-]{36})")
_FILE = re.compile(r"/v2/images/(?P<id>[0-9a-f-]{36})/file")
_CONTAINER = "images"
_GIVEN = ("name", "disk_format", "container_format", "visibility")
_TIMEOUT = 30.0


def _now() -> str:
    return datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


class _Hashed:
    """An upload that is hashed while it is passed on."""

    def __init__(self, upload: Upload) -> None:
        self._upload = upload
        self.digest = hashlib.md5(usedforsecurity=False)

    def __len__(self) -> int:
        return len(self._upload)

    def read(self, size: int = -1) -> bytes:
        data = self._upload.read(size)
        self.digest.update(data)
        return data


class Images(Service):
    """Records of images; they live as long as the process.

    Args:
        session: for the calls to the object store.
        account: the service's own, which owns the objects.
        checker: checks the callers' tokens.
    """

    def __init__(self, session: requests.Session, account: Account, checker: Checker) -> None:
        self._session = session
        self._account = account
        self._checker = checker
        self._records: dict[str, dict[str, Any]] = {}

    def answer(self, request: Request) -> Response:
        """Serve create, show and upload."""
        caller = self._checker.check(request)
        if (request.method, request.path) == ("POST", "/v2/images"):
            return self._create(request, caller)
        if request.method == "GET" and (found := _IMAGE.fullmatch(request.path)):
            return json_response(HTTPStatus.OK, self._record(found["id"], caller))
        if request.method == "PUT" and (found := _FILE.fullmatch(request.path)):
            return self._upload(self._record(found["id"], caller), request)
        return super().answer(request)

    def _record(self, image_id: str, caller: TokenInfo) -> dict[str, Any]:
        record = self._records.get(image_id)
        if record is None or record["owner"] != caller.project_id:
            raise HttpError(HTTPStatus.NOT_FOUND, f"no image found with ID {image_id}")
        return record

    def _create(self, request: Request, caller: TokenInfo) -> Response:
        given = request.json()
        if not given.get("name"):
            raise HttpError(HTTPStatus.BAD_REQUEST, "an image needs a name")
        image_id, now = str(uuid4()), _now()
        address = f"/v2/images/{image_id}"
        record: dict[str, Any] = {
            "visibility": "shared",
            **{key: given[key] for key in _GIVEN if key in given},
            "id": image_id,
            "status": "queued",
            "owner": caller.project_id,
            "size": None,
            "checksum": None,
            "min_disk": 0,
            "min_ram": 0,
            "protected": False,
            "tags": [],
            "created_at": now,
            "updated_at": now,
            "self": address,
            "file": f"{address}/file",
            "schema": "/v2/schemas/image",
        }
        self._records[image_id] = record
        location = ("Location", f"{request.host_url}{address}")
        return json_response(HTTPStatus.CREATED, record, location)

    def _upload(self, record: dict[str, Any], request: Request) -> Response:
        if record["status"] != "queued":
            raise HttpError(HTTPStatus.CONFLICT, "the image has its data already")
        own = self._account.sign_in(f"{self._account.auth_url}/v3")
        headers = {"X-Auth-Token": own.token}
        container = f"{own.endpoint('object-store')}/{_CONTAINER}"
        there = self._session.head(container, headers=headers, timeout=_TIMEOUT)
        if there.status_code != HTTPStatus.NO_CONTENT:
            raise HttpError(HTTPStatus.BAD_GATEWAY, "the object store has no container for images")
        data = _Hashed(request.upload)
        stored = self._session.put(
            f"{container}/{record['id']}",
            data=data,
            headers={**headers, "Content-Type": "application/octet-stream"},
            timeout=_TIMEOUT,
        )
        checksum = data.digest.hexdigest()
        if stored.status_code != HTTPStatus.CREATED or stored.headers.get("Etag") != checksum:
            raise HttpError(HTTPStatus.BAD_GATEWAY, "the object store did not keep the data")
        record.update(status="active", size=len(data), checksum=checksum, updated_at=_now())
        return Response(HTTPStatus.NO_CONTENT)


def main() -> int:
    """Run the service; ``OS_AUTH_URL``, ``OS_USERNAME`` and the like say how it signs in."""
    options = arguments("Image service: keeps records of images.").parse_args()
    session = requests.Session()
    session.headers["User-Agent"] = "image/1.0"
    environ = os.environ
    account = Account(
        session,
        auth_url=environ["OS_AUTH_URL"],
        username=environ["OS_USERNAME"],
        password=environ["OS_PASSWORD"],
        project=environ["OS_PROJECT_NAME"],
    )
    checker = Checker(session, account.auth_url, account)
    return serve(otelhook.Middleware(Images(session, account, checker)), options)


if __name__ == "__main__":
    raise SystemExit(main())
