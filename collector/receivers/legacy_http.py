"""Spans of Jaeger's old clients over HTTP: ``POST /api/traces``, a thrift batch, answered 202.

As Jaeger's own collector took them on port 14268. It is answered once they are durable, as OTLP
is; errors are a line of text, which is what such clients write into their logs.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from http import HTTPStatus
from typing import Final

from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from otelhook.collector.receivers.budget import Share
from otelhook.collector.receivers.decoding import DecodedRequest, content_of, inflate
from otelhook.collector.receivers.legacy_spans import legacy_spans
from otelhook.collector.receivers.legacy_thrift import read_batch
from otelhook.collector.receivers.otlp_http import read_body, refusal_headers
from otelhook.collector.receivers.receiving import Receiving
from otelhook.collector.receivers.refusals import Reason, RefusalError
from otelhook.errors import DamagedDataError

__all__ = ["legacy_routes"]

_RECEIVER: Final = "jaeger_http"
_TYPES: Final = frozenset(
    {"application/x-thrift", "application/vnd.apache.thrift.binary", "application/octet-stream", ""}
)
_FORMATS: Final = frozenset({"jaeger.thrift", ""})
_CLOSED: Final = 499
"""nginx's status for a client that went away; nobody reads it."""


def legacy_routes(receiving: Receiving) -> Sequence[Route]:
    """Return the route of the receiver."""

    async def take(request: Request) -> Response:
        try:
            await _take(receiving, request)
        except RefusalError as refusal:
            receiving.refused(_RECEIVER, refusal)
            headers = refusal_headers(refusal)
            return PlainTextResponse(f"{refusal}\n", refusal.reason.status, headers)
        except ClientDisconnect:
            return Response(status_code=_CLOSED)
        receiving.taken(_RECEIVER)
        return Response(status_code=HTTPStatus.ACCEPTED)

    return [Route("/api/traces", take, methods=["POST"])]


async def _take(receiving: Receiving, request: Request) -> None:
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    form = request.query_params.get("format", "")
    if media_type not in _TYPES or form not in _FORMATS:
        message = (
            f"Content-Type {media_type[:80]!r}, format {form[:80]!r}: "
            "expected application/x-thrift and jaeger.thrift; OTLP goes to /v1/traces"
        )
        raise RefusalError(Reason.UNKNOWN_TYPE, message)
    limit = receiving.limits.request
    with receiving.budget.share() as share:
        body = await read_body(request, limit, share)
        if request.headers.get("content-encoding", "").strip().lower() == "gzip":
            size = len(body)
            body = await receiving.decode(inflate, body, limit, share)
            share.shrink(size)
        content = await receiving.decode(_content, body, share)
        del body
        await asyncio.wrap_future(receiving.submit(_RECEIVER, content))


def _content(body: bytes, share: Share) -> DecodedRequest:
    try:
        content = content_of(legacy_spans(read_batch(body, share.grow)), share)
    except DamagedDataError as error:
        raise RefusalError(Reason.MALFORMED, str(error)) from None
    share.hold(content.size)
    return content
