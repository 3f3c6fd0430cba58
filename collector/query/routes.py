"""The paths of Jaeger's query API, over HTTP."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from http import HTTPStatus
from typing import Any, Final, TypeAlias

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from otelhook.collector.query.api import V1, V3, Answering, Ask, errors_v1, errors_v3
from otelhook.collector.query.reading import BusyError, Reading
from otelhook.errors import ConfigError, NotRecordedError, OtelhookError, StorageError
from otelhook.store import Store

__all__ = ["query_routes", "status_of"]

_Errors: TypeAlias = Callable[[int, str], dict[str, Any]]

_JSON: Final = "application/json"
_RETRY: Final = "2"
"""Seconds after which who came at a bad time may ask again."""


def query_routes(reading: Reading) -> list[BaseRoute]:
    """Return the routes of ``/api/v3`` and of what is served of ``/api``."""

    def route(path: str, answering: Answering, errors: _Errors) -> Route:
        async def answer(request: Request) -> Response:
            return await _answer(request, reading, answering, errors)

        return Route(path, answer, methods=["GET"])

    third = [route(path, answering, errors_v3) for path, answering in V3]
    return [*third, *(route(path, answering, errors_v1) for path, answering in V1)]


def status_of(error: OtelhookError) -> HTTPStatus:
    """Return the HTTP status that says what an error says."""
    if isinstance(error, ConfigError):
        return HTTPStatus.BAD_REQUEST
    if isinstance(error, NotRecordedError):
        return HTTPStatus.NOT_FOUND
    if isinstance(error, StorageError):
        return HTTPStatus.SERVICE_UNAVAILABLE
    return HTTPStatus.INTERNAL_SERVER_ERROR


async def _answer(
    request: Request, reading: Reading, answering: Answering, errors: _Errors
) -> Response:
    parameters: dict[str, list[str]] = {}
    for name, value in request.query_params.multi_items():
        parameters.setdefault(name, []).append(value)
    ask = Ask(str(request.path_params.get("part", "")), parameters, reading.clock())
    try:
        body = await reading.ask(partial(_encoded, answering, ask))
    except OtelhookError as error:
        status = status_of(error)
        headers = {"Retry-After": _RETRY} if status == HTTPStatus.SERVICE_UNAVAILABLE else {}
        code = HTTPStatus.TOO_MANY_REQUESTS if isinstance(error, BusyError) else status
        content = _bytes(errors(int(code), str(error)))
        return Response(content, code, headers, media_type=_JSON)
    return Response(body, media_type=_JSON)


def _encoded(answering: Answering, ask: Ask, store: Store) -> bytes:
    """Answer and encode, both in the thread: large answers take their time."""
    return _bytes(answering(store, ask))


def _bytes(content: dict[str, Any]) -> bytes:
    return json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode()
