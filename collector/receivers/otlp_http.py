"""OTLP over HTTP: ``POST /v1/traces`` (OTLP specification 1.x, "OTLP/HTTP")."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Sequence
from typing import Final

from google.protobuf import json_format
from google.protobuf.message import Message
from google.rpc.status_pb2 import Status  # type: ignore[import-untyped]
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceResponse
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route

from otelhook.collector.receivers.budget import Share
from otelhook.collector.receivers.decoding import JSON, PROTOBUF, count_other, decode, inflate
from otelhook.collector.receivers.other_answers import other_answer
from otelhook.collector.receivers.receiving import Receiving, Rejected
from otelhook.collector.receivers.refusals import Reason, RefusalError
from otelhook.otlp import OtherSignal

__all__ = ["otlp_routes", "read_body", "refusal_headers"]

_RECEIVER: Final = "otlp_http"
_GRPC_CODES: Final = {
    "INVALID_ARGUMENT": 3,
    "RESOURCE_EXHAUSTED": 8,
    "OUT_OF_RANGE": 11,
    "INTERNAL": 13,
    "UNAVAILABLE": 14,
    "UNAUTHENTICATED": 16,
}
_CLOSED: Final = 499
"""nginx's status for a client that went away; nobody reads it."""


def otlp_routes(receiving: Receiving) -> Sequence[Route]:
    """Return the routes of the receiver."""

    async def export(request: Request) -> Response:
        media_type = _media_type(request)
        try:
            rejected = await _take(receiving, request, media_type)
        except RefusalError as refusal:
            receiving.refused(_RECEIVER, refusal)
            return _refusal(refusal, media_type)
        except ClientDisconnect:
            return Response(status_code=_CLOSED)
        receiving.taken(_RECEIVER)
        return _success(rejected, media_type)

    return [Route("/v1/traces", export, methods=["POST"]), *_other_routes(receiving)]


def _other_routes(receiving: Receiving) -> Iterator[Route]:
    """Yield the routes of signals that are not kept: their senders are told once, in success."""

    def route(signal: OtherSignal) -> Route:
        async def refuse(request: Request) -> Response:
            media_type = _media_type(request)
            try:
                with receiving.budget.share() as share:
                    body = await _body(receiving, request, share)
                    count = await receiving.decode(count_other, body, media_type, signal, share)
            except RefusalError as refusal:
                return _refusal(refusal, media_type)
            except ClientDisconnect:
                return Response(status_code=_CLOSED)
            receiving.counters.other.labels(signal.name.lower()).inc(count)
            return _answer(other_answer(signal, count), media_type)

        return Route(f"/v1/{signal.name.lower()}", refuse, methods=["POST"])

    return (route(signal) for signal in OtherSignal)


def _media_type(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


async def _body(receiving: Receiving, request: Request, share: Share) -> bytes:
    """Return what a request holds, uncompressed."""
    limit = receiving.limits.request
    body = await read_body(request, limit, share)
    coding = request.headers.get("content-encoding", "identity").strip().lower()
    if coding == "gzip":
        size = len(body)
        body = await receiving.decode(inflate, body, limit, share)
        share.shrink(size)
    elif coding not in ("", "identity"):
        message = f"Content-Encoding {coding[:80]!r}: expected gzip or none"
        raise RefusalError(Reason.UNKNOWN_TYPE, message)
    return body


async def _take(receiving: Receiving, request: Request, media_type: str) -> Rejected:
    with receiving.budget.share() as share:
        body = await _body(receiving, request, share)
        content = await receiving.decode(decode, body, media_type, share)
        del body
        await asyncio.wrap_future(receiving.submit(_RECEIVER, content))
    return receiving.rejected(content)


async def read_body(request: Request, limit: int, share: Share) -> bytes:
    """Return the body of a request, read no further than the limit.

    Raises:
        RefusalError: it is above the limit, or above the collector's budget.
    """
    message = f"a request of more than {limit} bytes: send smaller batches"
    length = request.headers.get("content-length", "")
    if length.isdecimal() and int(length[:20]) > limit:
        raise RefusalError(Reason.TOO_LARGE, message)
    body = bytearray()
    async for piece in request.stream():
        if len(body) + len(piece) > limit:
            raise RefusalError(Reason.TOO_LARGE, message)
        share.grow(len(piece))
        body += piece
    return share.copied(body)


def refusal_headers(refusal: RefusalError) -> dict[str, str]:
    """Return what tells the sender when to come again (RFC 9110, 10.2.3)."""
    if not refusal.reason.retryable:
        return {}
    return {"Retry-After": str(refusal.retry_seconds)}


def _success(rejected: Rejected, media_type: str) -> Response:
    message = ExportTraceServiceResponse()
    if rejected.spans:
        message.partial_success.rejected_spans = rejected.spans
        message.partial_success.error_message = rejected.message
    return _answer(message, media_type)


def _answer(message: Message, media_type: str) -> Response:
    """Answer in the form of the request; 64-bit numbers are text in JSON, as protobuf has it."""
    if media_type == JSON:
        content = json_format.MessageToJson(message, indent=None)
        return Response(content, media_type=JSON)
    return Response(message.SerializeToString(), media_type=PROTOBUF)


def _refusal(refusal: RefusalError, media_type: str) -> Response:
    """Answer with a ``google.rpc.Status``, in the form of the request."""
    code = _GRPC_CODES[refusal.reason.grpc_code]
    headers = refusal_headers(refusal)
    status = refusal.reason.status
    if media_type == PROTOBUF:
        content = Status(code=code, message=str(refusal)).SerializeToString()
        return Response(content, status, headers, media_type=PROTOBUF)
    said = json.dumps({"code": code, "message": str(refusal)})
    return Response(said, status, headers, media_type=JSON)
