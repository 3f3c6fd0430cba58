"""One request on its way through a WSGI application, and what its SERVER span will say."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from opentelemetry.context import Context
from opentelemetry.trace import Span, Status, StatusCode

from otelhook.attributes import ERROR_TYPE, HTTP_RESPONSE_STATUS_CODE, OTELHOOK_REASON
from otelhook.capture.record.content import BodyForm
from otelhook.capture.record.in_flight import unfinished
from otelhook.capture.record.scope import CaptureScope
from otelhook.capture.record.span_record import note_exception
from otelhook.capture.record.tee import Tee
from otelhook.capture.wsgi.environ import describe_request, has_body, method_of, path_of
from otelhook.capture.wsgi.request_input import InputTee
from otelhook.redaction import redact_text

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

__all__ = ["ServerExchange"]

_BODILESS = frozenset({204, 205, 304})


class ServerExchange:
    """One request on its way through an application, until its span has ended."""

    __slots__ = (
        "__weakref__",
        "_content_length",
        "_content_type",
        "_encoding",
        "_error",
        "_head",
        "_input",
        "_limits",
        "_record",
        "_request_encoding",
        "_request_length",
        "_request_type",
        "_scope",
        "_status",
        "_status_set",
        "context",
        "ended",
        "guard",
        "span",
        "tee",
        "whole",
    )

    def __init__(
        self,
        scope: CaptureScope,
        span: Span,
        context: Context,
        environ: WSGIEnvironment,
        *,
        secret_path: bool,
    ) -> None:
        self._scope = scope
        self.span = span
        self.context = context
        self.guard = scope.guard
        self.tee: Tee | None = None
        """The response's body; None if it is not recorded."""
        self.whole = False
        """Whether the tee has seen the response's end."""
        self.ended = False
        self._error: BaseException | None = None
        self._status: object = ""
        self._status_set = False
        self._content_type = self._encoding = self._content_length = ""
        self._input: InputTee | None = None
        self._head = environ.get("REQUEST_METHOD") == "HEAD"
        self._record = scope.record_for(span) if span.is_recording() else None
        if self._record is None:
            return
        unfinished.add(self)
        with self.guard:
            describe_request(environ, self._record, secret_path=secret_path)
        if scope.server_bodies:
            self._limits = scope.limits.everywhere or scope.limits.at(
                method_of(environ), path_of(environ)
            )
            self.tee = Tee(self._limits.usual)
            self._tee_input(environ)

    def _tee_input(self, environ: WSGIEnvironment) -> None:
        self._request_type = str(environ.get("CONTENT_TYPE") or "")
        self._request_encoding = str(environ.get("HTTP_CONTENT_ENCODING") or "")
        self._request_length = str(environ.get("CONTENT_LENGTH") or "")
        source = environ.get("wsgi.input")
        if source is not None and has_body(environ):
            limit = self._limits.of(self._request_type)
            self._input = InputTee(source, Tee(limit), self.guard)
            environ["wsgi.input"] = self._input

    def responder(self, start_response: StartResponse) -> Callable[..., Any]:
        """Return the ``start_response`` that the application gets."""

        def start(*args: Any, **kwargs: Any) -> Callable[[bytes], object]:  # noqa: ANN401
            try:
                write = start_response(*args, **kwargs)
            except BaseException:
                if not self._status_set:  # else the first one is on the wire, and stays true
                    with self.guard:
                        self._started(*args, **kwargs)
                raise
            with self.guard:
                self._started(*args, **kwargs)
            tee = self.tee
            if tee is None:
                return write

            def noted_write(chunk: bytes) -> object:
                with self.guard:
                    tee.add(chunk)
                return write(chunk)

            return noted_write

        return start

    def _started(
        self,
        status: str = "",
        headers: Iterable[tuple[str, str]] = (),
        *_: object,
        response_headers: Iterable[tuple[str, str]] = (),
        **__: object,
    ) -> None:
        """Note status line and headers; a second call, after an error, replaces the first."""
        record = self._record
        if record is None:
            return
        self._status = status
        lines = list(headers or response_headers)
        if self._status_set:
            record.forget_headers("response")
        self._status_set = True
        record.headers("response", lines)
        self._content_type = record.header("response", "content-type")
        self._encoding = record.header("response", "content-encoding")
        self._content_length = record.header("response", "content-length")
        if self.tee is not None:
            self.tee.set_limit(self._limits.of(self._content_type))

    def fail(self, error: BaseException) -> None:
        """Note what the application raised; the first counts. A client's abort is no error."""
        if self._error is None and not isinstance(error, GeneratorExit):
            self._error = error

    def end(self) -> None:
        """End the span with all that was seen; once, however often it is called."""
        if self.ended:
            return
        self.ended = True
        unfinished.discard(self)
        try:
            if self._record is not None:
                self._finish()
        except Exception as error:  # once a request, as the next: cheaper than a guard around it
            if not self.guard.absorb(error):
                raise
        try:
            self.span.end()
        except Exception as error:
            if not self.guard.absorb(error):
                raise

    def _finish(self) -> None:
        record, span = self._record, self.span
        if record is None:
            return
        code, reason = _split_status(self._status if isinstance(self._status, str) else "")
        if code is not None:
            record.attributes[HTTP_RESPONSE_STATUS_CODE] = code
        if reason:
            record.attributes[OTELHOOK_REASON] = redact_text(record.redactor, reason).value
        if self.tee is not None:
            self._request_body()
            self._response_body(code, self.tee)
        if self._error is not None:
            note_exception(span, self._error, record.redactor)
        elif code is not None and code >= 500:  # noqa: PLR2004 - RFC 9110, 15.6
            record.attributes[ERROR_TYPE] = str(code)
            span.set_status(Status(StatusCode.ERROR))
        record.finish(span)

    def _request_body(self) -> None:
        record, source = self._record, self._input
        if record is None:
            return
        if source is None:
            record.no_body("request")
            return
        declared = int(self._request_length) if self._request_length.isdecimal() else None
        tee = source.tee
        whole = source.ended or tee.size == declared
        form = BodyForm(self._request_type, self._request_encoding, whole)
        unseen = -1 if declared is None else declared
        record.body("request", tee, form, size=None if whole else unseen)

    def _response_body(self, code: int | None, tee: Tee) -> None:
        record = self._record
        if record is None or code is None:
            return
        if self._head or code in _BODILESS:
            tee.restart()
            self.whole = True
        declared = int(self._content_length) if self._content_length.isdecimal() else None
        whole = self.whole or tee.size == declared
        unseen = -1 if declared is None else max(declared, tee.size)
        form = BodyForm(self._content_type, self._encoding, whole)
        record.body("response", tee, form, size=None if whole else unseen)


@lru_cache(maxsize=256)
def _split_status(line: str) -> tuple[int | None, str]:
    """Split ``404 Not Found``; a line without a reason, or without a number, is taken as it is."""
    number, _, reason = line.strip().partition(" ")
    if len(number) == 3 and number.isdecimal():  # noqa: PLR2004 - RFC 9110, 15
        return int(number), reason.strip()
    return None, line
