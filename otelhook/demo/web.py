"""What the three services need of WSGI (PEP 3333): a request, a response, an error."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus
from typing import IO, TYPE_CHECKING, Any, cast
from uuid import uuid4

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

__all__ = ["HttpError", "Request", "Response", "Service", "Upload", "json_response"]

_LARGEST_JSON = 64 * 1024


@dataclass(frozen=True, slots=True)
class Response:
    """A status, headers and a body that is in memory whole."""

    status: HTTPStatus
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""


class HttpError(Exception):
    """What the caller is told instead of an answer."""

    def __init__(self, status: HTTPStatus, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.message = message


class Upload:
    """The request's body as a file of known length, read as it comes in.

    WSGI servers need not say where a body ends, so nothing is read beyond its Content-Length.
    """

    def __init__(self, stream: IO[bytes], length: int) -> None:
        self._stream = stream
        self._left = length
        self._length = length

    def __len__(self) -> int:
        return self._length

    def read(self, size: int = -1) -> bytes:
        """Return up to ``size`` bytes, empty at the end."""
        wanted = self._left if size < 0 else min(size, self._left)
        data = self._stream.read(wanted) if wanted else b""
        self._left -= len(data)
        return data


class Request:
    """One request, read from its WSGI environment."""

    def __init__(self, environ: WSGIEnvironment) -> None:
        self._environ = environ
        self.method: str = environ["REQUEST_METHOD"]
        self.path: str = environ.get("PATH_INFO") or "/"

    @property
    def host_url(self) -> str:
        """Scheme and host as the caller named them: ``http://127.0.0.1:5000``."""
        return f"{self._environ['wsgi.url_scheme']}://{self._environ['HTTP_HOST']}"

    def header(self, name: str) -> str:
        """Return a header's value, empty if it was not sent."""
        return str(self._environ.get(f"HTTP_{name.upper().replace('-', '_')}", ""))

    @property
    def upload(self) -> Upload:
        """The body as a stream."""
        length = str(self._environ.get("CONTENT_LENGTH") or "0")
        if not length.isdecimal():
            raise HttpError(HTTPStatus.BAD_REQUEST, "Content-Length is not a number")
        return Upload(self._environ["wsgi.input"], int(length))

    def json(self) -> dict[str, Any]:
        """Return the body, which is a JSON object."""
        upload = self.upload
        if len(upload) > _LARGEST_JSON:
            raise HttpError(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "the body is too large")
        try:
            content = json.loads(upload.read())
        except ValueError:
            content = None
        if not isinstance(content, dict):
            raise HttpError(HTTPStatus.BAD_REQUEST, "the body is not a JSON object")
        return cast("dict[str, Any]", content)


def json_response(status: HTTPStatus, content: object, *headers: tuple[str, str]) -> Response:
    """Return a response with a JSON body."""
    body = json.dumps(content).encode()
    return Response(status, (("Content-Type", "application/json"), *headers), body)


class Service:
    """A WSGI application; a service overrides `answer`."""

    def answer(self, request: Request) -> Response:
        """Answer one request; an `HttpError` becomes an answer too."""
        raise HttpError(HTTPStatus.NOT_FOUND, f"there is no {request.path}")

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Serve one request, as PEP 3333 has it."""
        try:
            response = self.answer(Request(environ))
        except HttpError as error:
            status = error.status
            told = {"code": int(status), "title": status.phrase, "message": error.message}
            response = json_response(status, {"error": told})
        status = response.status
        headers = [*response.headers, ("X-Request-Id", f"req-{uuid4()}")]
        if status != HTTPStatus.NO_CONTENT:
            headers.append(("Content-Length", str(len(response.body))))
        start_response(f"{int(status)} {status.phrase}", headers)
        return [response.body] if response.body else []


if TYPE_CHECKING:
    _: WSGIApplication = Service()
