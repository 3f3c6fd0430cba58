"""Why a request is not taken, in the words of both of OTLP's transports."""

from __future__ import annotations

from enum import Enum
from http import HTTPStatus

__all__ = ["Reason", "RefusalError"]


class Reason(Enum):
    """A reason, its HTTP status and its gRPC status code (OTLP specification, "Failures")."""

    MALFORMED = (HTTPStatus.BAD_REQUEST, "INVALID_ARGUMENT")
    UNAUTHENTICATED = (HTTPStatus.UNAUTHORIZED, "UNAUTHENTICATED")
    TOO_LARGE = (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "OUT_OF_RANGE")
    UNKNOWN_TYPE = (HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "INVALID_ARGUMENT")
    BUSY = (HTTPStatus.SERVICE_UNAVAILABLE, "RESOURCE_EXHAUSTED")
    """Too much is being taken at once: come again."""
    UNWRITABLE = (HTTPStatus.SERVICE_UNAVAILABLE, "UNAVAILABLE")
    """The store cannot be written now: come again."""
    DEFECT = (HTTPStatus.INTERNAL_SERVER_ERROR, "INTERNAL")

    def __init__(self, status: HTTPStatus, grpc_code: str) -> None:
        self.status = status
        self.grpc_code = grpc_code

    @property
    def retryable(self) -> bool:
        """Whether the sender may send the same again."""
        return self in (Reason.BUSY, Reason.UNWRITABLE)


class RefusalError(Exception):
    """A request that is not taken, as a whole; nothing of it was stored.

    Args:
        reason: decides the status.
        message: one line for whoever runs the sender.
        retry_seconds: when to come again, if that makes sense.
    """

    def __init__(self, reason: Reason, message: str, *, retry_seconds: int = 1) -> None:
        super().__init__(message)
        self.reason = reason
        self.retry_seconds = retry_seconds
