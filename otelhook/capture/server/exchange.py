"""One request that is answered, and what its SERVER span will say.

Of WSGI and ASGI this knows nothing: who takes part in one of them tells it what was seen.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol

from opentelemetry.context import Context
from opentelemetry.trace import Span, Status, StatusCode

from otelhook.attributes import (
    ERROR_TYPE,
    HTTP_RESPONSE_STATUS_CODE,
    OTELHOOK_REASON,
    header_prefix,
)
from otelhook.capture.record.body_limits import RequestLimits
from otelhook.capture.record.content import BodyForm
from otelhook.capture.record.in_flight import unfinished
from otelhook.capture.record.routes import name_by_route
from otelhook.capture.record.scope import CaptureScope
from otelhook.capture.record.span_record import SpanRecord, note_exception
from otelhook.capture.record.tee import Tee
from otelhook.redaction import redact_reason

__all__ = ["CopiedBody", "ServerExchange"]

_BODILESS = frozenset({101, 204, 205, 304})
_HEADER = header_prefix("response")
_CONTENT_TYPE = f"{_HEADER}content-type"
_CONTENT_ENCODING = f"{_HEADER}content-encoding"
_CONTENT_LENGTH = f"{_HEADER}content-length"


class CopiedBody(Protocol):
    """A request's body, copied while the application reads it."""

    @property
    def tee(self) -> Tee:
        """What was read so far."""
        ...

    @property
    def ended(self) -> bool:
        """Whether the application has met the end of the body."""
        ...


class ServerExchange:
    """One request on its way through an application, until its span has ended.

    Args:
        scope: whose request it is.
        span: the SERVER span.
        context: has that span; current while the application's code runs.
        head: whether the request's method is HEAD, whose answer has no body.
    """

    __slots__ = (
        "__weakref__",
        "_body",
        "_content_length",
        "_content_type",
        "_encoding",
        "_error",
        "_head",
        "_limits",
        "_request_encoding",
        "_request_length",
        "_request_type",
        "_started",
        "context",
        "ended",
        "guard",
        "reason",
        "record",
        "service",
        "span",
        "status",
        "tee",
        "whole",
    )

    def __init__(self, scope: CaptureScope, span: Span, context: Context, *, head: bool) -> None:
        self.span = span
        self.context = context
        self.guard = scope.guard
        self.service = scope.service
        self.tee: Tee | None = None
        """The response's body; None if it is not recorded."""
        self.whole = False
        """Whether the tee has seen the response's end."""
        self.ended = False
        self.status: int | None = None
        self.reason = ""
        self._started = False
        self._error: BaseException | None = None
        self._content_type = self._encoding = self._content_length = ""
        self._request_type = self._request_encoding = self._request_length = ""
        self._body: CopiedBody | None = None
        self._head = head
        self.record: SpanRecord | None = scope.record_for(span) if span.is_recording() else None
        """What the span will say; None if it says nothing."""
        if self.record is not None:
            unfinished.add(self)

    def __deepcopy__(self, _memo: object) -> ServerExchange:
        """Let a copy of what it is kept in, as of an environ, be within the same request."""
        return self

    def __reduce__(self) -> tuple[type[None], tuple[()]]:
        """Let what it is kept in be pickled: in another process there is no such request."""
        return type(None), ()

    def copies_bodies(self, limits: RequestLimits) -> None:
        """Record bodies, each within its limit."""
        self._limits = limits
        self.tee = Tee(limits.usual)

    def reads(self, body: CopiedBody, content_type: str, encoding: str, length: str) -> None:
        """Note that the request has a body, with its three headers; empty where there is none."""
        self._body = body
        self._request_type, self._request_encoding = content_type, encoding
        self._request_length = length

    @property
    def started(self) -> bool:
        """Whether the response's head has been seen."""
        return self._started

    def starts(
        self, status: int | None, reason: str, lines: Iterable[tuple[object, object]]
    ) -> None:
        """Note status line and headers; a second call, after an error, replaces the first."""
        record = self.record
        if record is None:
            return
        self.status, self.reason = status, reason
        if self._started:
            record.forget_headers("response")
        self._started = True
        record.headers("response", lines)
        self._content_type = record.value(_CONTENT_TYPE)
        self._encoding = record.value(_CONTENT_ENCODING)
        self._content_length = record.value(_CONTENT_LENGTH)
        if self.tee is not None:
            self.tee.set_limit(self._limits.of(self._content_type))

    def fail(self, error: BaseException) -> None:
        """Note what the application raised; the first counts. A client's abort is no error."""
        if self._error is None and not self.ended and not isinstance(error, GeneratorExit):
            self._error = error

    def end(self) -> None:
        """End the span with all that was seen; once, however often it is called."""
        if self.ended:
            return
        self.ended = True
        try:
            unfinished.discard(self)
            if self.record is not None:
                self._finish(self.record)
        except Exception as error:  # once a request, as the next: cheaper than a guard around it
            if not self.guard.absorb(error):
                raise
        finally:  # also where a signal handler of the program has raised
            try:
                self.span.end()
            except Exception as error:
                if not self.guard.absorb(error):
                    raise
            self._error = None  # its traceback leads back here

    def _route(self) -> str:
        """Return the route that the framework has left with the request; empty if none."""
        return ""

    def _finish(self, record: SpanRecord) -> None:
        span, code = self.span, self.status
        route = self._route()
        if route:
            name_by_route(span, route)
        if code is not None:
            record.attributes[HTTP_RESPONSE_STATUS_CODE] = code
        if self.reason:
            record.attributes[OTELHOOK_REASON] = redact_reason(record.redactor, self.reason)
        if self.tee is not None:
            self._request_body(record)
            if code is not None:
                self._response_body(record, code, self.tee)
        if self._error is not None:
            note_exception(span, self._error, record.redactor)
        elif code is not None and code >= 500:  # noqa: PLR2004 - RFC 9110, 15.6
            record.attributes[ERROR_TYPE] = str(code)
            span.set_status(Status(StatusCode.ERROR))
        record.finish(span)

    def _request_body(self, record: SpanRecord) -> None:
        body = self._body
        if body is None:
            record.no_body("request")
            return
        declared = int(self._request_length) if self._request_length.isdecimal() else None
        tee = body.tee
        whole = body.ended or tee.size == declared
        form = BodyForm(self._request_type, self._request_encoding, whole)
        unseen = -1 if declared is None else declared
        record.body("request", tee, form, size=None if whole else unseen)

    def _is_bodiless(self, code: int) -> bool:
        """Say whether an answer with this status has no body, whatever the application gave."""
        return self._head or code in _BODILESS

    def _response_body(self, record: SpanRecord, code: int, tee: Tee) -> None:
        if self._is_bodiless(code):
            tee.restart()
            self.whole = True
        declared = int(self._content_length) if self._content_length.isdecimal() else None
        whole = self.whole or tee.size == declared
        unseen = -1 if declared is None else max(declared, tee.size)
        form = BodyForm(self._content_type, self._encoding, whole)
        record.body("response", tee, form, size=None if whole else unseen)
