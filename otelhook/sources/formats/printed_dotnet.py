"""What the console exporter of .NET's SDK prints of each span, as OTLP JSON.

Layout: ``ConsoleActivityExporter`` of opentelemetry-dotnet. Types are not printed: every value is
text, as Jaeger's and Zipkin's tags are.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final, TypeAlias

from otelhook.sources.formats.shapes import otlp_of, unix_nanoseconds

__all__ = ["BEGINS", "EXAMPLE", "read_dotnet_console"]

EXAMPLE: Final = """\
Activity.TraceId:            463ac35c9f6413ad48485a3953bb6124
Activity.SpanId:             72485a3953bb6124
Activity.TraceFlags:         Recorded
Activity.DisplayName:        GET
Activity.Kind:               Client
Activity.StartTime:          2025-11-29T21:00:00.0000001Z
Activity.Duration:           00:00:00.0100000
Activity.Tags:
    url.full: http://image/v2/images
Instrumentation scope (ActivitySource):
    Name: System.Net.Http
Resource associated with Activity:
    service.name: shop

"""

BEGINS: Final = re.compile(r"Activity\.TraceId: +\S+$")

_Object: TypeAlias = dict[str, Any]

_FIELD: Final = re.compile(r" {0,4}(?:Activity\.(\w+)|(StatusCode) ?): *(.*)")
_HEADING: Final = re.compile(
    r"Activity\.(Tags|Events|Links):|(Resource) associated with Activity:"
    r"|Instrumentation (scope) \(ActivitySource\):"
)
_PAIR: Final = re.compile(r"( {4}| {8})([^\s:]+): (.*)")
_EVENT: Final = re.compile(r" {4}(.+) \[(.+)\]")
_LINK: Final = re.compile(r" {4}([0-9a-f]{32}) ([0-9a-f]{16})")
_DURATION: Final = re.compile(r"(?:(\d+)\.)?(\d+):(\d+):(\d+)(?:\.(\d{1,7}))?")
_NESTED: Final = len(" " * 8)
_SLASHED: Final = re.compile(
    r"(\d{1,2})/(\d{1,2})/(\d{4}) (\d{1,2}):(\d\d):(\d\d)(?: ([AP])M)? ([+-]\d\d:\d\d)"
)
"""An event's time, as .NET prints it where no language is set, or English: month first."""


def read_dotnet_console(lines: Iterable[tuple[int, str]]) -> Iterator[tuple[int, _Object]]:
    """Yield each span as OTLP JSON of its own, with the line where it begins.

    Args:
        lines: numbered, without their ends and without what ``docker compose`` puts before each.
    """
    printed: _Printed | None = None
    for number, line in lines:
        if BEGINS.match(line):
            if printed is not None:
                yield printed.whole()
            printed = _Printed(number)
        if printed is not None and not printed.take(line):
            yield printed.whole()
            printed = None
    if printed is not None:
        yield printed.whole()


class _Printed:
    """One span, as far as it was read."""

    def __init__(self, number: int) -> None:
        self._number = number
        self._fields: dict[str, str] = {}
        self._heading = ""
        self._pairs: dict[str, dict[str, str]] = {"Tags": {}, "Resource": {}, "scope": {}}
        self._events: list[_Object] = []
        self._links: list[_Object] = []
        self._last: tuple[dict[str, str], str] | None = None
        """Where the value is that a line of no form goes on with."""

    def take(self, line: str) -> bool:
        """Take a line; whether the span goes on after it."""
        if not line and self._heading == "Resource":
            return False
        if heading := _HEADING.fullmatch(line):
            self._heading, self._last = "".join(filter(None, heading.groups())), None
        elif (field := _FIELD.fullmatch(line)) and not line.startswith(" " * _NESTED):
            self._put(self._fields, field[1] or field[2], field[3])
        elif not self._listed(line):
            pair = _PAIR.fullmatch(line)
            if pair is not None:
                self._put(self._under(len(pair[1])), pair[2], pair[3])
            elif self._last is not None:
                of, name = self._last
                of[name] += "\n" + line
        return True

    def whole(self) -> tuple[int, _Object]:
        """Return the line where the span begins, and the span."""
        fields = self._fields
        code = fields.get("StatusCode", "Unset").strip().upper()
        span: _Object = {
            "traceId": fields.get("TraceId", ""),
            "spanId": fields.get("SpanId", ""),
            "parentSpanId": fields.get("ParentSpanId", ""),
            "traceState": fields.get("TraceState", ""),
            "name": fields.get("DisplayName", ""),
            "kind": "SPAN_KIND_" + fields.get("Kind", "").strip().upper(),
            "startTimeUnixNano": self._begun,
            "endTimeUnixNano": _end(self._begun, fields.get("Duration", "")),
            "attributes": self._pairs["Tags"],
            "events": self._events,
            "links": self._links,
            "status": {
                "code": f"STATUS_CODE_{code}",
                "message": fields.get("StatusDescription", ""),
            },
        }
        scope = self._pairs["scope"]
        named = {
            "name": scope.get("Name") or fields.get("ActivitySourceName", ""),
            "version": scope.get("Version", ""),
        }
        return self._number, otlp_of(self._pairs["Resource"], named, span)

    @property
    def _begun(self) -> str:
        return unix_nanoseconds(self._fields.get("StartTime", ""))

    def _put(self, of: dict[str, str], name: str, value: str) -> None:
        of[name] = value
        self._last = (of, name)

    def _listed(self, line: str) -> bool:
        """Take an event's or a link's first line."""
        if self._heading == "Events" and (event := _EVENT.fullmatch(line)):
            event_time = _event_time(event[2]) or self._begun
            self._events.append({"name": event[1], "timeUnixNano": event_time, "attributes": {}})
            self._last = None
        elif self._heading == "Links" and (link := _LINK.fullmatch(line)):
            self._links.append({"traceId": link[1], "spanId": link[2], "attributes": {}})
            self._last = None
        else:
            return False
        return True

    def _under(self, indent: int) -> dict[str, str]:
        of = {"Events": self._events, "Links": self._links}.get(self._heading)
        if indent == _NESTED and of:
            found: dict[str, str] = of[-1]["attributes"]
            return found
        return self._pairs.get(self._heading, {})


def _event_time(text: str) -> str:
    """Return a time, whole seconds; nothing if it is in a form of another language."""
    match = _SLASHED.fullmatch(text)
    if match is None:
        return ""
    month, day, year, hour, minute, second = (int(part) for part in match.groups()[:6])
    if match[7]:
        hour = hour % 12 + (12 if match[7] == "P" else 0)
    moment = f"{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{match[8]}"
    found = unix_nanoseconds(moment)
    return found if found.isdigit() else ""


def _end(begun: str, duration: str) -> str:
    match = _DURATION.fullmatch(duration.strip())
    if match is None or not begun.isdigit():
        return begun
    days, hours, minutes, seconds = (int(part or 0) for part in match.groups()[:4])
    whole = ((days * 24 + hours) * 60 + minutes) * 60 + seconds
    return str(int(begun) + whole * 1_000_000_000 + int((match[5] or "").ljust(9, "0")))
