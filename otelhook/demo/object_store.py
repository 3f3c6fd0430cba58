"""The object store: keeps objects as files, after the manner of OpenStack's Object Storage API."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
from datetime import datetime, timezone
from email.utils import format_datetime
from http import HTTPStatus
from pathlib import Path
from uuid import uuid4

import requests

import otelhook
from otelhook.demo.server import arguments, serve
from otelhook.demo.tokens import Checker
from otelhook.demo.web import HttpError, Request, Response, Service

__all__ = ["ObjectStore", "main"]

_PATH = re.compile(
    r"/v1/AUTH_(?P<project>[0-9a-f]{32})/(?P<container>[\w-]+)(?:/(?P<name>[\w-]+))?"
)
_CHUNK = 64 * 1024


class ObjectStore(Service):
    """Containers are folders, objects are files.

    Args:
        root: the folder that holds ``AUTH_<project>/<container>/<object>``.
        checker: checks the callers' tokens.
    """

    def __init__(self, root: Path, checker: Checker) -> None:
        self._root = root
        self._checker = checker

    def answer(self, request: Request) -> Response:
        """Serve ``HEAD`` of a container and ``PUT`` of an object."""
        found = _PATH.fullmatch(request.path)
        if not found:
            return super().answer(request)
        caller = self._checker.check(request)
        if caller.project_id != found["project"]:
            raise HttpError(HTTPStatus.FORBIDDEN, "the account is another project's")
        container = self._root / f"AUTH_{found['project']}" / found["container"]
        if not container.is_dir():
            raise HttpError(HTTPStatus.NOT_FOUND, "there is no such container")
        if request.method == "HEAD" and not found["name"]:
            return self._describe(container)
        if request.method == "PUT" and found["name"]:
            return self._store(container / found["name"], request)
        raise HttpError(HTTPStatus.METHOD_NOT_ALLOWED, "not with this method")

    def _describe(self, container: Path) -> Response:
        sizes = [entry.stat().st_size for entry in container.iterdir()]
        headers = (
            ("Content-Type", "text/plain; charset=utf-8"),
            ("X-Container-Object-Count", str(len(sizes))),
            ("X-Container-Bytes-Used", str(sum(sizes))),
            ("X-Trans-Id", f"tx{uuid4().hex}"),
        )
        return Response(HTTPStatus.NO_CONTENT, headers)

    def _store(self, place: Path, request: Request) -> Response:
        upload = request.upload
        digest = hashlib.md5(usedforsecurity=False)
        half = place.with_suffix(f".{secrets.token_hex(4)}.part")
        try:
            with half.open("xb") as file:
                while chunk := upload.read(_CHUNK):
                    digest.update(chunk)
                    file.write(chunk)
                complete = file.tell() == len(upload)
            if not complete:
                raise HttpError(HTTPStatus.BAD_REQUEST, "the upload ended too early")
            half.replace(place)
        finally:
            half.unlink(missing_ok=True)
        headers = (
            ("Content-Type", "text/html; charset=UTF-8"),
            ("Etag", digest.hexdigest()),
            ("Last-Modified", format_datetime(datetime.now(timezone.utc), usegmt=True)),
            ("X-Trans-Id", f"tx{uuid4().hex}"),
        )
        return Response(HTTPStatus.CREATED, headers)


def main() -> int:
    """Run the service; ``OS_AUTH_URL`` names the identity service."""
    parser = arguments("Object store: keeps objects as files.")
    parser.add_argument("--root", type=Path, required=True, help="folder of the objects")
    options = parser.parse_args()
    session = requests.Session()
    session.headers["User-Agent"] = "object-store/1.0"
    checker = Checker(session, os.environ["OS_AUTH_URL"])
    return serve(otelhook.Middleware(ObjectStore(options.root, checker)), options)


if __name__ == "__main__":
    raise SystemExit(main())
