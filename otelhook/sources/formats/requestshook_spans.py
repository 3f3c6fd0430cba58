"""A requestshook log's entries as spans, their secrets hidden."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import urlsplit

from otelhook import attributes as key
from otelhook.attributes import Direction, body_content, body_size, body_truncated, header_prefix
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
from otelhook.redaction import (
    Redacted,
    Redactor,
    redact_body,
    redact_bytes,
    redact_headers,
    redact_url,
)
from otelhook.sources.formats.requestshook_log import Entry, LoggedCall, content_of, read_calls

__all__ = ["spans_of"]

_TICK = 1_000_000
"""Nanoseconds that stand for one entry of the log."""

_SCOPE = Scope("requestshook")
_SERVER_ERRORS = 500
_CLIENT_ERRORS = 400


def spans_of(entries: Sequence[Entry], redactor: Redactor, warnings: list[str]) -> Trace:
    """Return a log's entries as a trace; warnings are appended.

    Each call is a CLIENT span of the caller and a SERVER span of the callee. All that was logged
    is on the SERVER span: it was the callee who logged, and the CLIENT span says that it is
    inferred. A caller whose calls are made for no
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

    def trace(self, calls: Sequence[LoggedCall]) -> Trace:
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

    def _pair(
        self, number: int, call: LoggedCall, root_ids: Mapping[str, SpanId]
    ) -> Iterator[Span]:
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
            {**common, key.OTELHOOK_INFERRED: True},
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
            attributes={**(attributes or {}), key.OTELHOOK_UNTIMED: True},
            resource=self._resources[service],
            scope=_SCOPE,
            status=status or Status(),
        )

    def _common(self, call: LoggedCall, places: list[str]) -> dict[str, AttributeValue]:
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
        self, found: dict[str, AttributeValue], side: Direction, entry: Entry, places: list[str]
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


def _status(call: LoggedCall, errors_from: int) -> Status:
    response = call.response
    failed = response is None or (response.status or 0) >= errors_from
    return Status(StatusCode.ERROR) if failed else Status()


def _size(entry: Entry) -> int | None:
    """Return the body's size as the message says; how it was logged says nothing of it."""
    text = next((v for name, v in entry.headers if name.lower() == "content-length"), "")
    digits = text.strip()
    return int(digits) if digits.isascii() and digits.isdecimal() and len(digits) < 19 else None  # noqa: PLR2004 - what fits 64 bits
