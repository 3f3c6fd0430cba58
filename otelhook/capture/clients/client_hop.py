"""One hop of an outgoing call: a request on the wire, its answer or its failure, and its span.

What `requests`, urllib3 and http.client have in common. They stand on each other, and a hop is
recorded by the uppermost of them that the program used: it knows best what the program meant.
"""

from __future__ import annotations

import _socket
import socket
import time
from collections.abc import Callable, Iterable, Mapping
from contextvars import ContextVar
from functools import lru_cache
from typing import Any, Final, Literal, NamedTuple
from urllib.parse import urlsplit, urlunsplit

from opentelemetry.context import Context
from opentelemetry.trace import Span, SpanKind, Status, StatusCode

from otelhook.attributes import (
    ERROR_TYPE,
    HTTP_REQUEST_METHOD,
    HTTP_RESPONSE_STATUS_CODE,
    NETWORK_PROTOCOL_VERSION,
    NETWORK_TRANSPORT,
    OTELHOOK_REASON,
    RESEND_COUNT,
    SERVER_ADDRESS,
    SERVER_PORT,
    URL_FULL,
    URL_TEMPLATE,
)
from otelhook.capture.clients.stock_clients import (
    OURS,
    SUPPRESS_HTTP,
    is_enabled,
    scope_within_stock,
)
from otelhook.capture.context.propagation import with_span
from otelhook.capture.guard import Guard
from otelhook.capture.header_values import as_text, length_of, split_host
from otelhook.capture.record.body_capture import SentBody
from otelhook.capture.record.body_limits import RequestLimits
from otelhook.capture.record.body_reader import BodyReader
from otelhook.capture.record.callers import calling_line
from otelhook.capture.record.content import BodyForm
from otelhook.capture.record.deferred_body import LateBody
from otelhook.capture.record.scope import CaptureScope, scope_of
from otelhook.capture.record.span_record import SpanRecord, end_recorded, note_exception
from otelhook.capture.record.tee import Tee
from otelhook.redaction import redact_path, redact_reason, redact_url

__all__ = [
    "ClientHop",
    "DefaultScope",
    "UnderWay",
    "is_unix",
    "recorded_scope",
    "under_way",
]

DefaultScope = Callable[[], CaptureScope | None]
"""Returns the scope of calls made outside any captured request; None records none."""

_UNIX: Final = getattr(socket, "AF_UNIX", None)
_family: Final[Callable[[socket.socket], int]] = vars(_socket.socket)["family"].__get__
"""A socket's family as a number: asked for it, a socket of Python's makes an enumeration's member
of it, each time."""

_BODILESS = frozenset({101, 204, 304})
_VERSIONS = {9: "0.9", 10: "1.0", 11: "1.1", 20: "2"}


class UnderWay(NamedTuple):
    """A request that a hook further up records: hooks further down leave it alone."""

    connection: object
    method: str
    address: Callable[[], str]
    """Asked for where the connection is another one, as it hardly ever is."""
    goes_over: Callable[[Any], None] | None = None
    """Is told the socket that it goes over, which only the hook lowest down knows."""

    def covers(self, connection: object, method: str, address: Callable[[], str]) -> bool:
        """Say whether a request further down is this one: on its connection, or the same again on
        one that the connection delegates to, as vcrpy's does.
        """
        if self.connection is connection:
            return True
        return self.method == method and self.address() == address()


under_way: ContextVar[UnderWay | None] = ContextVar("otelhook-request-under-way", default=None)
"""The request that is being sent or answered; a body that is being sent may make others."""


def recorded_scope(
    default_scope: DefaultScope, current: Context, url: str, library: str = ""
) -> CaptureScope | Literal[False] | None:
    """Return the scope of a call to an address that is made now.

    Args:
        default_scope: the scope of calls made outside any captured request.
        current: the context of the code that makes the call.
        url: where it goes.
        library: by which stock instrumentation it may have a span already; see `stock_clients`.

    Returns:
        None if it is not recorded here, False if nobody further down is to record it either.
    """
    scope = scope_of(current) or default_scope()
    if scope is None:
        return None
    if scope.excludes_call(url):
        return False
    if is_enabled(current):
        return scope
    if library:
        with scope.guard:
            return scope_within_stock(scope, current, url, library)
    return None


def is_unix(connected: object) -> bool:
    """Say whether what a connection has is a Unix socket; a program may have another kind."""
    if isinstance(connected, _socket.socket):
        return _family(connected) == _UNIX  # type: ignore[arg-type]
    return getattr(connected, "family", None) == _UNIX


@lru_cache(maxsize=64)
def _address_of(url: str) -> tuple[str, bool, str, str, int | None]:
    """Return an address without userinfo, whether it had some, host and port as they stand there,
    the host and the port.
    """
    parts = urlsplit(url)
    userinfo, _, place = parts.netloc.rpartition("@")
    whole = urlunsplit(parts._replace(netloc=place))
    return whole, bool(userinfo), place, *split_host(place, parts.scheme.lower())


def _path_of(url: str) -> str:
    return urlsplit(url).path or "/"


class ClientHop:
    """A CLIENT span from the request's first byte to the response's head.

    Args:
        scope: whose call it is.
        parent: the context in which the span starts.
        method: the request's method.
        url: the address in full, userinfo included; that is not recorded.
        resend: how many times the same request was sent before.
        start: when it began, nanoseconds since the epoch; now if left out.
    """

    __slots__ = (
        *("_described", "_ended_at", "_method", "_record", "_scope", "_url", "context", "limits"),
        "span",
    )

    def __init__(  # noqa: PLR0913 - what a hop is
        self,
        scope: CaptureScope,
        parent: Context,
        method: str,
        url: str,
        *,
        resend: int = 0,
        start: int | None = None,
    ) -> None:
        self._scope = scope
        self._method = method.upper()
        self._url = url
        self._ended_at: int | None = None
        self._described = False
        attributes: dict[str, str | int] = {HTTP_REQUEST_METHOD: self._method}
        name = self._method
        if scope.names is not None:
            path = _path_of(url)
            template = scope.names.of(redact_path(scope.redactor, path).value)
            if template:
                attributes[URL_TEMPLATE] = template
                name = f"{self._method} {template}"
        if scope.caller:
            with scope.guard:
                attributes |= calling_line()
        self.span: Span = scope.tracer.start_span(
            name, parent, SpanKind.CLIENT, attributes, start_time=start
        )
        self.context = with_span(self.span, parent, **{SUPPRESS_HTTP: OURS})
        self._record: SpanRecord | None = None
        self.limits: RequestLimits
        """Of its bodies, if it is recorded."""
        if self.span.is_recording():
            self._record = record = scope.record_for(self.span)
            self._describe_address(record)
            if resend:
                record.attributes[RESEND_COUNT] = resend

    def _describe_address(self, record: SpanRecord) -> None:
        limits = self._scope.limits
        self.limits = limits.everywhere or limits.at(self._method, _path_of(self._url))
        whole, userinfo, _, name, port = _address_of(self._url)
        url = redact_url(record.redactor, whole)
        record.attributes[URL_FULL] = url.value
        record.place("url", [*(["userinfo"] if userinfo else []), *url.places])
        record.attributes[SERVER_ADDRESS] = name
        if port is not None:
            record.attributes[SERVER_PORT] = port

    def describe_sent(
        self,
        headers: Iterable[tuple[object, object]],
        body: SentBody | None,
        *,
        has_host: bool,
        coded: bool = True,
    ) -> None:
        """Record what was sent.

        Args:
            headers: in order, in the library's own types.
            body: what was noted of it; None if it is not recorded.
            has_host: whether ``Host`` is among the headers; libraries add it later.
            coded: whether the body was noted with the content coding that the headers name.
        """
        record = self._record
        if record is None:
            return
        lines = list(headers)
        if not has_host:
            lines.insert(0, ("host", _address_of(self._url)[2]))
        if self._described:  # a further attempt takes its place
            record.forget_headers("request")
        self._described = True
        record.headers("request", lines)
        if body is None:
            return
        declared = length_of(record.header("request", "content-length"))
        tee = body.tee
        whole = body.ended or tee.size == declared
        kind = record.header("request", "content-type")
        coding = record.header("request", "content-encoding") if coded else ""
        form = BodyForm(kind, coding, whole)
        unseen = -1 if declared is None else declared
        record.body("request", tee, form, size=None if whole else unseen)

    def describe_answer(
        self, code: int, reason: object, version: int, headers: Iterable[tuple[object, object]]
    ) -> None:
        """Record the response's status line and headers."""
        record = self._record
        if record is None:
            return
        record.attributes[HTTP_RESPONSE_STATUS_CODE] = code
        if reason:
            record.attributes[OTELHOOK_REASON] = redact_reason(record.redactor, as_text(reason))
        known = _VERSIONS.get(version)
        if known:
            record.attributes[NETWORK_PROTOCOL_VERSION] = known
        record.headers("response", headers)
        if code >= 400:  # noqa: PLR2004 - RFC 9110, 15.5
            record.attributes[ERROR_TYPE] = str(code)
            self.span.set_status(Status(StatusCode.ERROR))

    def see_to_body(
        self,
        status: int,
        headers: Mapping[str, Any],
        tee: Callable[[BodyReader], bool],
        *,
        left: int | None = None,
    ) -> LateBody | None:
        """Arrange for the response's body to be recorded when it is read.

        Args:
            status: the response's.
            headers: the response's, found by names in any case.
            tee: lets the response tell a reader what is read of it; False if it cannot.
            left: bytes that are still to be read, if that is known.

        Returns:
            The body to come; None if there is none, or none to be recorded.
        """
        record = self._record
        if record is None or not self._scope.client_bodies:
            return None
        if self._method == "HEAD" or status in _BODILESS or left == 0:
            record.body("response", Tee(0), BodyForm())
            return None
        late = LateBody(self._scope, self.context, record, headers)
        limit = self.limits.of(as_text(headers.get("Content-Type")))
        reader = BodyReader(limit, self._scope.guard, late.done)
        return late if tee(reader) else None

    def goes_over(self, connected: Any) -> None:
        """Record a Unix socket as what the request goes over: its name is a name of nothing else.

        Args:
            connected: the connection's socket; None if that is not known.
        """
        record = self._record
        if record is None or not is_unix(connected):
            return
        name: Any = ""
        with self.guard:
            name = connected.getpeername()
        text = name.decode("utf-8", "replace") if isinstance(name, bytes) else str(name)
        record.attributes[NETWORK_TRANSPORT] = "unix"
        # One without a file stands in a namespace of its own, behind a zero byte.
        record.attributes[SERVER_ADDRESS] = text.replace("\0", "@", 1)
        record.attributes.pop(SERVER_PORT, None)

    @property
    def guard(self) -> Guard:
        """Absorbs failures of ours."""
        return self._scope.guard

    @property
    def records_bodies(self) -> bool:
        """Whether bodies are recorded."""
        return self._record is not None and self._scope.client_bodies

    def stop_clock(self) -> None:
        """Note that the hop ends now; whether its span may end is known later."""
        self._ended_at = time.time_ns()

    def note_failure(self, error: BaseException) -> None:
        """Record why there is no answer, or not all of it."""
        if self._record is not None and self.span.is_recording():
            note_exception(self.span, error, self._record.redactor)

    def finish(self) -> None:
        """Write the record and end the span, once, however often it is called.

        Neither a failure of ours nor what a signal handler raises here keeps it open.
        """
        if self.span.is_recording():
            end_recorded(self.span, self._record, self._scope.guard, self._ended_at)
