"""Takes the notes that a reader writes in a trace's page, where the collector keeps a notes file.

What may ask at all is decided before (`otelhook.collector.access`): hosts, origins, and the token.
Here a request must say moreover which page it comes from, which every browser does and a command
has to mean.
"""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Final

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from otelhook.collector.pages.note_file import ChangedFileError, NoteFile
from otelhook.errors import ConfigError, OtelhookError

__all__ = ["NOTES_PATH", "note_routes"]

NOTES_PATH: Final = "/notes"
_LARGEST: Final = 256 * 1024
_TOML: Final = "application/toml"


def note_routes(file: NoteFile | None) -> list[BaseRoute]:
    """Return the route that saves notes; none where no file is kept."""
    if file is None:
        return []

    async def save(request: Request) -> Response:
        refused = _refusal(request)
        if refused is not None:
            return refused
        text = await _body(request)
        if text is None:
            return _said(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"more than {_LARGEST:,} bytes")
        try:
            entries = text.decode("utf-8")
            count = await run_in_threadpool(file.add, entries, request.headers["if-match"])
        except UnicodeDecodeError:
            return _said(HTTPStatus.BAD_REQUEST, "not UTF-8 text")
        except OtelhookError as error:
            return _said(_status_of(error), str(error))
        return _said(HTTPStatus.OK, f"{count} saved")

    return [Route(NOTES_PATH, save, methods=["POST"])]


def _status_of(error: OtelhookError) -> HTTPStatus:
    if isinstance(error, ChangedFileError):
        return HTTPStatus.PRECONDITION_FAILED
    is_readers = isinstance(error, ConfigError)
    return HTTPStatus.BAD_REQUEST if is_readers else HTTPStatus.INTERNAL_SERVER_ERROR


def _refusal(request: Request) -> Response | None:
    headers = request.headers
    if "origin" not in headers:
        return _said(HTTPStatus.FORBIDDEN, "only a page of this collector saves notes: no Origin")
    if headers.get("content-type", "").partition(";")[0].strip().lower() != _TOML:
        return _said(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"notes are {_TOML}")
    if "if-match" not in headers:
        message = "say in If-Match which file the notes were written beside"
        return _said(HTTPStatus.PRECONDITION_REQUIRED, message)
    return None


async def _body(request: Request) -> bytes | None:
    """Return the request's body, or None as soon as it is too large."""
    found = bytearray()
    async for chunk in request.stream():
        found += chunk
        if len(found) > _LARGEST:
            return None
    return bytes(found)


def _said(status: HTTPStatus, message: str) -> Response:
    text = json.dumps({"message": message}, ensure_ascii=False)
    headers = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"}
    return Response(text, status, headers, media_type="application/json")
