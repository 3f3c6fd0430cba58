"""Traces from the log of requestshook, otelhook's ancestor.

The log has no trace id and no times: a file is one trace, its ids are made of its first entry, and
its times count entries, a millisecond each from the epoch on, which says nothing but the order.
It has secrets in the clear, which are hidden as it is read.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from otelhook import attributes as key
from otelhook.attributes import Side, body_content, body_size, body_truncated, header_prefix
from otelhook.capture.redaction import (
    Redacted,
    Redactor,
    redact_body,
    redact_bytes,
    redact_headers,
    redact_url,
)
from otelhook.errors import DamagedDataError, NotRecordedError, StorageError
from otelhook.model import (
    AttributeValue,
    Resource,
    Scope,
    Span,
    SpanId,
    SpanKind,
    Status,
    StatusCode,
    Trace,
    TraceId,
)
from otelhook.sources.requestshook_log import (
    Call,
    Entry,
    content_of,
    read_calls,
    read_entries,
)

__all__ = ["RequestshookSource", "spans_of"]

_logger = logging.getLogger(__name__)

_TICK = 1_000_000
"""Nanoseconds that stand for one entry of the log."""

_SCOPE = Scope("requestshook")
_SHOWN = 5
_SERVER_ERRORS = 500
_CLIENT_ERRORS = 400


class RequestshookSource:
    """A file that requestshook appended to: one trace.

    Responses without requests, requests without responses and entries that cannot be read are
    logged as warnings; the rest is read all the same.
    """

    def __init__(self, path: Path, *, redactor: Redactor | None = None) -> None:
        """Name the source; the file is read at the first question.

        Args:
            path: the log.
            redactor: the rules by which secrets are hidden.
        """
        self._path = path
        self._redactor = redactor or Redactor()
        self._read: Trace | None = None
        self._empty = False

    @property
    def name(self) -> str:
        """The file."""
        return f"the requestshook log {self._path}"

    def find(self, prefix: str) -> Sequence[TraceId]:
        """Return the trace's id if it starts with ``prefix``."""
        trace = self._trace()
        fits = trace is not None and trace.trace_id.startswith(prefix.lower())
        return (trace.trace_id,) if trace is not None and fits else ()

    def newest(self, limit: int) -> Sequence[TraceId]:
        """Return the trace's id; nothing if the log is empty."""
        trace = self._trace()
        return (trace.trace_id,) if trace is not None and limit > 0 else ()

    def trace(self, trace_id: TraceId) -> Trace:
        """Return the trace.

        Raises:
            NotRecordedError: it has another id.
        """
        trace = self._trace()
        if trace is None or trace.trace_id != trace_id:
            message = f"no trace {trace_id} in {self.name}"
            raise NotRecordedError(message)
        return trace

    def _trace(self) -> Trace | None:
        if self._read is None and not self._empty:
            warnings: list[str] = []
            entries = self._entries(warnings)
            self._read = spans_of(entries, self._redactor, warnings) if entries else None
            self._empty = not entries
            self._warn(warnings)
        return self._read

    def _entries(self, warnings: list[str]) -> list[Entry]:
        """Read the file; only an empty one has no entries.

        Raises:
            StorageError: it cannot be read.
            DamagedDataError: there is something in it, and none of it is an entry.
        """
        try:
            # Lines end at line feeds alone: a body may hold what else Python takes for an end.
            with self._path.open(encoding="utf-8", errors="replace", newline="\n") as lines:
                entries = list(read_entries(lines, warnings))
            size = self._path.stat().st_size
        except OSError as error:
            message = f"{self._path}: cannot be read: {error.strerror or error}"
            raise StorageError(message) from error
        if not entries and size:
            message = (
                f"{self._path}: this is no log of requestshook: no line has the form "
                "'### (A) REQ >>> (B) : METHOD URL'"
            )
            raise DamagedDataError(message)
        return entries

    def _warn(self, warnings: Sequence[str]) -> None:
        for warning in warnings[:_SHOWN]:
            _logger.warning("%s: %s", self._path, warning)
        if len(warnings) > _SHOWN:
            _logger.warning("%s: and %d more like these", self._path, len(warnings) - _SHOWN)


def spans_of(entries: Sequence[Entry], redactor: Redactor, warnings: list[str]) -> Trace:
    """Return a log's entries as a trace; warnings are appended.

    Each call is a CLIENT span of the caller and a SERVER span of the callee. All that was logged
    is on the SERVER span: it was the callee who logged. A caller whose calls are made for no
    other has one INTERNAL span around them all.

    Args:
        entries: all of them, in the order of the file, at least one.
        redactor: the rules by which secrets are hidden.
        warnings: what could not be read, one sentence each.
    """
    first = entries[0]
    trace_id = TraceId(_digest(32, first.caller, first.callee, first.url, first.request_id))
    return _Spans(trace_id, redactor.for_trace(trace_id)).trace(read_calls(entries, warnings))


def _digest(length: int, *parts: object) -> str:
    text = "\0".join(str(part) for part in parts)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:length]


def _time(place: float) -> int:
    return round(place * _TICK)


class _Spans:
    """Makes the spans of one trace."""

    def __init__(self, trace_id: TraceId, redactor: Redactor) -> None:
        self._trace_id = trace_id
        self._redactor = redactor
        self._resources: dict[str, Resource] = {}
        self._server_ids: dict[int, SpanId] = {}

    def trace(self, calls: Sequence[Call]) -> Trace:
        around: dict[str, tuple[float, float]] = {}
        for call in calls:
            if call.parent is None:
                caller = call.request.caller
                began, ended = around.get(caller, (call.began, call.ended))
                around[caller] = (began, max(ended, call.ended))
        spans = [
            self._span(SpanKind.INTERNAL, caller, caller, times) for caller, times in around.items()
        ]
        root_ids = {span.name: span.span_id for span in spans}
        for number, call in enumerate(calls, 1):
            spans += self._pair(number, call, root_ids)
        return Trace(self._trace_id, tuple(spans))

    def _pair(self, number: int, call: Call, root_ids: Mapping[str, SpanId]) -> Iterator[Span]:
        request = call.request
        parent = (
            root_ids[request.caller] if call.parent is None else self._server_ids[id(call.parent)]
        )
        places: list[str] = []
        common = self._common(call, places)
        times = (call.began, call.ended)
        client = self._span(
            SpanKind.CLIENT,
            request.caller,
            request.method,
            times,
            common,
            parent=parent,
            part=number,
            status=_status(call, _CLIENT_ERRORS),
        )
        logged: dict[str, AttributeValue] = dict(common)
        if not call.without_request:
            self._message(logged, "request", request, places)
        if call.response is not None:
            self._message(logged, "response", call.response, places)
        if places:
            logged[key.OTELHOOK_REDACTED] = tuple(dict.fromkeys(places))
        server = self._span(
            SpanKind.SERVER,
            request.callee,
            request.method,
            times,
            logged,
            parent=client.span_id,
            part=number,
            status=_status(call, _SERVER_ERRORS),
        )
        self._server_ids[id(call)] = server.span_id
        yield client
        yield server

    def _span(  # noqa: PLR0913 - a span has this many parts
        self,
        kind: SpanKind,
        service: str,
        name: str,
        places: tuple[float, float],
        attributes: Mapping[str, AttributeValue] | None = None,
        *,
        parent: SpanId | None = None,
        part: int = 0,
        status: Status | None = None,
    ) -> Span:
        """Make a span; ``places`` are those of its first and last entry in the log."""
        if service not in self._resources:
            self._resources[service] = Resource({key.SERVICE_NAME: service})
        return Span(
            trace_id=self._trace_id,
            span_id=SpanId(_digest(16, self._trace_id, kind.name, service, part)),
            parent_span_id=parent,
            name=name,
            kind=kind,
            start_time=_time(places[0]),
            end_time=_time(places[1]),
            attributes=attributes or {},
            resource=self._resources[service],
            scope=_SCOPE,
            status=status or Status(),
        )

    def _common(self, call: Call, places: list[str]) -> dict[str, AttributeValue]:
        shown = redact_url(self._redactor, call.request.url)
        places += [f"url.{place}" for place in shown.places]
        found: dict[str, AttributeValue] = {
            key.HTTP_REQUEST_METHOD: call.request.method,
            key.URL_FULL: shown.value,
        }
        try:
            parts = urlsplit(shown.value)
        except ValueError:  # such as an IPv6 address without its bracket
            parts = urlsplit("")
        found[key.URL_PATH] = parts.path or "/"
        if parts.query:
            found[key.URL_QUERY] = parts.query
        if call.response is None:
            found[key.ERROR_TYPE] = "no response"
        else:
            found[key.HTTP_RESPONSE_STATUS_CODE] = call.response.status
            if call.response.reason:
                found[key.OTELHOOK_REASON] = call.response.reason
        return found

    def _message(
        self, found: dict[str, AttributeValue], side: Side, entry: Entry, places: list[str]
    ) -> None:
        """Write an entry's headers and body to a span's attributes, redacted."""
        shown = redact_headers(self._redactor, entry.headers)
        places += [f"{side}.header.{place}" for place in shown.places]
        lines: dict[str, tuple[str, ...]] = {}
        for name, value in shown.value:
            header = header_prefix(side) + name.lower()
            lines[header] = (*lines.get(header, ()), value)
        found.update(lines)
        content = content_of(entry.body)
        kind = next((v for name, v in entry.headers if name.lower() == "content-type"), "")
        body: Redacted[str] | Redacted[bytes] = (
            redact_body(self._redactor, content.value, kind)
            if isinstance(content.value, str)
            else redact_bytes(self._redactor, content.value, kind)
        )
        places += [f"{side}.body.{place}" for place in body.places]
        found[body_content(side)] = body.value
        if content.truncated:
            found[body_truncated(side)] = True
        size = _size(entry) if content.value else 0
        if size is not None:
            found[body_size(side)] = size


def _status(call: Call, errors_from: int) -> Status:
    response = call.response
    failed = response is None or (response.status or 0) >= errors_from
    return Status(StatusCode.ERROR) if failed else Status()


def _size(entry: Entry) -> int | None:
    """Return the body's size as the message says; how it was logged says nothing of it."""
    text = next((v for name, v in entry.headers if name.lower() == "content-length"), "")
    digits = text.strip()
    return int(digits) if digits.isascii() and digits.isdecimal() and len(digits) < 19 else None  # noqa: PLR2004 - what fits 64 bits
