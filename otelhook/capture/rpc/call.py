"""One end of a gRPC call, until its span has ended."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from opentelemetry.context import Context
from opentelemetry.trace import Span, SpanKind, Status, StatusCode

from otelhook.capture.context.propagation import with_span
from otelhook.capture.guard import Guard
from otelhook.capture.record.scope import CaptureScope
from otelhook.capture.record.span_record import note_exception
from otelhook.capture.rpc.messages import Messages, lines_of
from otelhook.native_threads import NativeLock

if TYPE_CHECKING:
    from otelhook.capture.record.span_record import SpanRecord

__all__ = ["CANCELLED", "UNKNOWN", "Method", "RpcEnd"]

CANCELLED: Final = 1
"""gRPC's code of a call that its caller gave up."""
UNKNOWN: Final = 2
"""gRPC's code of a call that the program's own code failed."""
_OTLP: Final = "opentelemetry.proto.collector."

_FAILURES_OF_SERVERS: Final = frozenset({2, 4, 12, 13, 14, 15})
"""Codes that are a server's own failure (semantic conventions, "gRPC"); a client's are all."""


class Method:
    """A method by its full name, and whether its requests and responses are streams."""

    __slots__ = ("name", "streams_requests", "streams_responses")

    def __init__(self, name: str, *, streams_requests: bool, streams_responses: bool) -> None:
        self.name = name.strip("/")
        self.streams_requests = streams_requests
        self.streams_responses = streams_responses

    @property
    def carries_spans(self) -> bool:
        """Whether it is what spans leave and arrive by, which is not recorded."""
        return self.name.startswith(_OTLP)


class RpcEnd:
    """A CLIENT or SERVER span of a call, and what is noted of the call's messages.

    Args:
        scope: whose call it is.
        parent: the context in which the span starts.
        kind: which end it is.
        method: what is called.
    """

    __slots__ = (
        "_lock",
        "_over",
        "_record",
        "_scope",
        "context",
        "kind",
        "requests",
        "responses",
        "span",
    )

    def __init__(
        self, scope: CaptureScope, parent: Context, kind: SpanKind, method: Method
    ) -> None:
        service, _, name = method.name.rpartition("/")
        attributes = {"rpc.system": "grpc", "rpc.service": service, "rpc.method": name}
        self.kind = kind
        self.span: Span = scope.tracer.start_span(method.name, parent, kind, attributes)
        self.context = with_span(self.span, parent)
        self._scope = scope
        self._lock = NativeLock()
        self._over = False
        self._record: SpanRecord | None = None
        self.requests: Messages | None = None
        self.responses: Messages | None = None
        if self.span.is_recording():
            self._record = scope.record_for(self.span)
            if scope.client_bodies if kind is SpanKind.CLIENT else scope.server_bodies:
                limits = scope.limits.everywhere or scope.limits.at("POST", f"/{method.name}")
                limit = limits.of("application/json")
                self.requests = Messages(limit, several=method.streams_requests)
                self.responses = Messages(limit, several=method.streams_responses)

    @property
    def guard(self) -> Guard:
        """Absorbs failures of ours."""
        return self._scope.guard

    def note(self, key: str, value: str | int) -> None:
        """Record an attribute."""
        if self._record is not None:
            self._record.attributes[key] = value

    def metadata(self, side: Any, metadata: object) -> None:
        """Record metadata as headers."""
        if self._record is not None:
            self._record.headers(side, lines_of(metadata))

    def sent(self, message: object) -> None:
        """Note a request's message."""
        with self.guard:
            if self.requests is not None:
                self.requests.add(message)

    def received(self, message: object) -> None:
        """Note a response's message."""
        with self.guard:
            if self.responses is not None:
                self.responses.add(message)

    def end(self, code: int, details: str = "", error: BaseException | None = None) -> None:
        """Record how the call ended, and end the span; the first word on it counts.

        Args:
            code: gRPC's, 0 for OK.
            details: what was said of a failure.
            error: what the program's own code raised, if that was it.
        """
        with self._lock:
            if self._over:
                return
            self._over = True
        try:
            with self.guard:
                self._finish(code, details, error)
        finally:
            with self.guard:
                self.span.end()

    def _finish(self, code: int, details: str, error: BaseException | None) -> None:
        record = self._record
        if record is None:
            return
        record.attributes["rpc.grpc.status_code"] = code
        for side, messages in (("request", self.requests), ("response", self.responses)):
            if messages is None:
                continue
            if messages.tee.size or messages.size:
                record.body(side, messages.tee, messages.form, size=messages.size)  # type: ignore[arg-type]
            else:
                record.no_body(side)  # type: ignore[arg-type]
        if error is not None:
            note_exception(self.span, error, record.redactor)
        elif code and (self.kind is SpanKind.CLIENT or code in _FAILURES_OF_SERVERS):
            from otelhook.redaction import redact_text

            self.span.set_status(
                Status(StatusCode.ERROR, redact_text(record.redactor, details).value)
            )
        record.finish(self.span)
