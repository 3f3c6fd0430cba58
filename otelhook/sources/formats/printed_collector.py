"""What the Collector's ``debug`` exporter prints with ``verbosity: detailed``, as OTLP JSON.

Layout: ``otlptext`` in the Collector's repository. Before 0.62 a scope was an
``InstrumentationLibrary``, and types stood in capitals. A value may have line ends of its own: what
is no line of the layout belongs to the value before it.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, Final, TypeAlias

from otelhook.model import AttributeValue
from otelhook.sources.formats.shapes import attribute_value, otlp_of, unix_nanoseconds

__all__ = ["BEGINS", "EXAMPLE", "read_collector_text"]

EXAMPLE: Final = """\
2025-11-29T21:00:01.000Z\tinfo\tResourceSpans #0
Resource SchemaURL:\x20
Resource attributes:
     -> service.name: Str(shop)
ScopeSpans #0
ScopeSpans SchemaURL:\x20
InstrumentationScope net/http 1.0
Span #0
    Trace ID       : 463ac35c9f6413ad48485a3953bb6124
    Parent ID      :\x20
    ID             : 72485a3953bb6124
    Name           : GET
    Kind           : Client
    Start time     : 2025-11-29 21:00:00.000000001 +0000 UTC
    End time       : 2025-11-29 21:00:00.010000001 +0000 UTC
    Status code    : Unset
    Status message :\x20
Attributes:
     -> url.full: Str(http://image/v2/images)
\t{"kind": "exporter", "data_type": "traces", "name": "debug"}
"""

BEGINS: Final = re.compile(r"(?:\S+\t\w+\t(?:\S+\t)?)?ResourceSpans #\d+$")
"""The first line, perhaps behind a logger's time, level and line of code."""

_Object: TypeAlias = dict[str, Any]

_SECTION: Final = re.compile(
    r"(?:\S+\t\w+\t(?:\S+\t)?)?(ResourceSpans|ScopeSpans|InstrumentationLibrarySpans|Span) #\d+"
)
_LISTED: Final = re.compile(r"(SpanEvent|SpanLink) #\d+")
_HEADING: Final = re.compile(r"((?:\w+ )*(?:[Aa]ttributes|labels|refs)|Events|Links):")
_SCOPE: Final = re.compile(r"Instrumentation(?:Scope|Library) (.*) (\S*)")
_SCHEMA: Final = re.compile(r"\w+ SchemaURL:.*")
_FIELD: Final = re.compile(r" {4}(\w+(?: \w+)?) *: ?(.*)")
_PAIR: Final = re.compile(r"( {5,})-> (.*?):(?: (.*))?")
_OTHER: Final = re.compile(
    r"\t?\{\".*|\d{4}-\d\d-\d\dT\S+\t\w+\t.*|Resource(?:Metrics|Logs?|Profiles) #\d+"
)
"""The exporter's last line, the logger's next, another signal."""

_VALUE: Final = re.compile(r"(\w+)\((.*)\)", re.DOTALL)
_NESTED: Final = len(" " * 5)
_IDS: Final[Mapping[str, str]] = {
    "Trace ID": "traceId",
    "Parent ID": "parentSpanId",
    "ID": "spanId",
    "TraceState": "traceState",
}
_TIMES: Final[Mapping[str, str]] = {
    "Start time": "startTimeUnixNano",
    "End time": "endTimeUnixNano",
    "Timestamp": "timeUnixNano",
}
_STATUS: Final[Mapping[str, str]] = {"Status code": "code", "Status message": "message"}


def read_collector_text(lines: Iterable[tuple[int, str]]) -> Iterator[tuple[int, _Object]]:
    """Yield each span as OTLP JSON of its own, with the line where it begins.

    Args:
        lines: numbered, without their ends and without what ``docker compose`` puts before each.
    """
    reader = _Reader()
    for number, line in lines:
        yield from reader.line(number, line)
    yield from reader.end()


class _Value:
    """What stands behind a name, whose end is known by the line after it alone."""

    def __init__(self, to: _Object, name: str, first: str, *, typed: bool) -> None:
        self._to = to
        self._name = name
        self._lines = [first]
        self._typed = typed and _VALUE.fullmatch(first + ")") is not None

    def more(self, line: str) -> None:
        """Take a line that is none of the layout's."""
        self._lines.append(line)

    @property
    def may_end(self) -> bool:
        """Whether a line of the layout's would be one: within ``Str(`` it is text."""
        return not self._typed or self._lines[-1].endswith(")")

    def end(self) -> None:
        """Put the value where it belongs."""
        text = "\n".join(self._lines)
        if self._typed:
            self._to[self._name] = _typed_value(text)
        else:
            self._to.update(_field(self._name, text, self._to))


class _Reader:
    """Where in the layout the text is."""

    def __init__(self) -> None:
        self._resource: dict[str, AttributeValue] = {}
        self._scope: _Object = {}
        self._span: _Object = {}
        self._begun = 0
        self._part: _Object = {}
        """What fields belong to: the span, or its event or link that is being read."""
        self._attributes: dict[str, AttributeValue] | None = None
        """Where attributes go; None where a pair is a field of an event or a link."""
        self._value: _Value | None = None

    def line(self, number: int, line: str) -> Iterator[tuple[int, _Object]]:
        """Take a line; a span is whole when something else begins."""
        section = _SECTION.fullmatch(line)
        may_end = self._value is None or self._value.may_end
        if section is not None or (may_end and _OTHER.fullmatch(line)):
            yield from self.end()
            self._section(section[1] if section is not None else "", number)
        elif self._value is not None and not (may_end and self._is_layout(line)):
            self._value.more(line)
        else:
            self._close()
            self._read(line)

    def end(self) -> Iterator[tuple[int, _Object]]:
        """Yield the span that was being read."""
        self._close()
        if self._begun:
            yield self._begun, otlp_of(self._resource, self._scope, self._span)
        self._begun = 0

    def _section(self, name: str, number: int) -> None:
        self._part, self._attributes = {}, {}
        if name == "Span":
            self._begun = number
            self._span = self._part = {"attributes": {}, "events": [], "links": []}
        elif name:
            self._scope = {}
        if name == "ResourceSpans":
            self._resource = {}

    def _is_layout(self, line: str) -> bool:
        forms = (_LISTED, _HEADING, _SCOPE, _SCHEMA, _PAIR)
        return any(form.fullmatch(line) for form in forms) or self._is_field(line)

    def _is_field(self, line: str) -> bool:
        return self._part is self._span and _FIELD.fullmatch(line) is not None

    def _read(self, line: str) -> None:
        if listed := _LISTED.fullmatch(line):
            self._part, self._attributes = {"attributes": {}}, None
            self._span["events" if listed[1] == "SpanEvent" else "links"].append(self._part)
        elif heading := _HEADING.fullmatch(line):
            self._attributes = self._under(heading[1])
        elif scope := _SCOPE.fullmatch(line):
            self._scope = {"name": scope[1], "version": scope[2]}
        elif pair := _PAIR.fullmatch(line):
            self._pair(len(pair[1]), pair[2], pair[3] or "")
        elif self._is_field(line) and (field := _FIELD.fullmatch(line)):
            self._value = _Value(self._part, field[1], field[2], typed=False)

    def _under(self, heading: str) -> dict[str, AttributeValue]:
        """Return where attributes under a heading go; those of no use go nowhere."""
        if heading == "Attributes":
            found: dict[str, AttributeValue] = self._span["attributes"]
            return found
        return self._resource if heading in ("Resource attributes", "Resource labels") else {}

    def _pair(self, indent: int, name: str, value: str) -> None:
        if self._attributes is not None:
            self._value = _Value(self._attributes, name, value, typed=True)
        elif indent > _NESTED:
            self._value = _Value(self._part["attributes"], name, value, typed=True)
        else:
            self._value = _Value(self._part, name, value, typed=False)

    def _close(self) -> None:
        if self._value is not None:
            self._value.end()
        self._value = None


def _field(name: str, text: str, part: _Object) -> _Object:
    """Return what stands under a name of the exporter's under OTLP's."""
    if name in _IDS:
        return {_IDS[name]: text.strip()}
    if name in _TIMES:
        return {_TIMES[name]: unix_nanoseconds(text.strip())}
    if name in _STATUS:
        said = text if name == "Status message" else _enum("STATUS_CODE_", text)
        return {"status": {**part.get("status", {}), _STATUS[name]: said}}
    if name == "Kind":
        return {"kind": _enum("SPAN_KIND_", text)}
    return {"name": text} if name == "Name" else {}


def _enum(prefix: str, text: str) -> str:
    return prefix + text.strip().removeprefix(prefix).upper()


def _typed_value(text: str) -> AttributeValue:
    """Return the value of ``Int(12)``; what has another form is text."""
    match = _VALUE.fullmatch(text)
    if match is None:
        return text
    read = _READERS.get(match[1].upper())
    try:
        return match[2] if read is None else read(match[2])
    except (ValueError, RecursionError):
        return match[2]


def _json(text: str) -> AttributeValue:
    return attribute_value(json.loads(text))


def _bytes(text: str) -> bytes:
    return base64.b64decode(text, validate=True)


def _nothing(text: str) -> None:  # noqa: ARG001 - read as the others are
    return None


_READERS: Final[Mapping[str, Callable[[str], AttributeValue]]] = {
    "MAP": _json,
    "SLICE": _json,
    "ARRAY": _json,
    "BYTES": _bytes,
    "DOUBLE": float,
    "INT": int,
    "BOOL": "true".__eq__,
    "EMPTY": _nothing,
    "NULL": _nothing,
}
"""By type; what is of another is text."""
